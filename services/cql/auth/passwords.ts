/**
 * Passwords are kept as scrypt of them (RFC 7914) with a salt of their own. To check one takes a while and memory on purpose, so that only a
 * few are checked at the same time; a role that is not there costs as much as one that is.
 */
import { createHmac, randomBytes, type ScryptOptions, scrypt, timingSafeEqual } from 'node:crypto';
import { CqlError, invalid } from '../errors.ts';
import { authLimits } from './limits.ts';

/** N = 2^14, r = 8, p = 2: 16 MiB, and about as long as bcrypt with 2^10 rounds. */
const cost = { log: 14, blocks: 8, lanes: 2 } as const;
const saltBytes = 16;
const hashBytes = 32;

interface Kept {
  readonly options: ScryptOptions;
  readonly salt: Buffer;
  readonly hash: Buffer;
}

const pattern =
  /^\$scrypt\$ln=(\d{1,2}),r=(\d{1,2}),p=(\d{1,2})\$([A-Za-z0-9+/]{22,86})\$([A-Za-z0-9+/]{43})$/;

function optionsOf(log: number, blocks: number, lanes: number): ScryptOptions {
  return { N: 2 ** log, r: blocks, p: lanes, maxmem: 256 * 2 ** log * blocks };
}

function readKept(text: string): Kept | undefined {
  const parts = pattern.exec(text);
  if (parts === null) return undefined;
  const [log, blocks, lanes] = parts.slice(1, 4).map(Number) as [number, number, number];
  // Whoever may set a hash could otherwise make a login take all memory there is.
  if (log < 10 || log > 16 || blocks !== 8 || lanes < 1 || lanes > 4) return undefined;
  return {
    options: optionsOf(log, blocks, lanes),
    salt: Buffer.from(parts[4]!, 'base64'),
    hash: Buffer.from(parts[5]!, 'base64'),
  };
}

const unpadded = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64').replaceAll('=', '');

function derive(password: string, salt: Uint8Array, options: ScryptOptions): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    scrypt(password, salt, hashBytes, options, (error, key) =>
      error === null ? resolve(key) : reject(error),
    );
  });
}

function checkLength(password: string): void {
  if (Buffer.byteLength(password) > authLimits.passwordBytesMax)
    throw invalid(`A password may have ${authLimits.passwordBytesMax} bytes at most`);
}

/** WITH HASHED PASSWORD: as this server keeps them. @throws CqlError `invalid` */
export function checkHash(text: string): string {
  if (readKept(text) !== undefined) return text;
  if (/^\$2[abxy]?\$/.test(text))
    throw invalid(
      'Hashes of bcrypt are not taken: give the password itself, or a hash that this server made',
    );
  throw invalid('Invalid hashed password value: it is not of the form that this server keeps');
}

interface Waiting {
  run(): void;
}

/** Who wants to log in. */
export interface Asker {
  /** The same for the same client that gives the same name. */
  readonly id: string;
  /** Asked when its turn has come. @throws CqlError when it may not be checked any more */
  checkMayTry(): void;
}

const unknownAsker: Asker = { id: '', checkMayTry: () => undefined };

/** Checks and makes hashes, a few at a time. */
export class Passwords {
  private running = 0;
  private readonly waiting: Waiting[] = [];
  /** Of the HMACs below; nothing that is kept says what a password was. */
  private readonly secret = randomBytes(32);
  /** Until when a login is known to be right, the oldest first. */
  private readonly proven = new Map<string, number>();
  /** Checks that go on, or wait: a client that opens many connections at once is checked once. */
  private readonly checking = new Map<string, Promise<boolean>>();
  private readonly now: () => number;
  private readonly waitingMax: number;
  /** What roles that are not there are compared with. */
  private readonly nobody: Kept = {
    options: optionsOf(cost.log, cost.blocks, cost.lanes),
    salt: randomBytes(saltBytes),
    hash: randomBytes(hashBytes),
  };

  /** @param now milliseconds */
  constructor(now: () => number, waitingMax: number = authLimits.checksWaitingMax) {
    this.now = now;
    this.waitingMax = waitingMax;
  }

  async hash(password: string): Promise<string> {
    checkLength(password);
    const salt = randomBytes(saltBytes);
    const key = await this.one(() => derive(password, salt, optionsOf(cost.log, cost.blocks, cost.lanes)));
    return `$scrypt$ln=${cost.log},r=${cost.blocks},p=${cost.lanes}$${unpadded(salt)}$${unpadded(key)}`;
  }

  /** @param kept undefined when there is no such role, or it has no password */
  async isRight(password: string, kept: string | undefined, asker: Asker = unknownAsker): Promise<boolean> {
    const proof = this.proofOf(password, kept ?? '');
    const until = this.proven.get(proof);
    if (until !== undefined && until > this.now()) return true;
    // Of one client and one name, whether or not there is such a role: others learn nothing from how long theirs takes.
    const check = `${asker.id} ${proof}`;
    let going = this.checking.get(check);
    if (going === undefined) {
      going = this.check(password, kept, proof, asker).finally(() => this.checking.delete(check));
      this.checking.set(check, going);
    }
    return going;
  }

  private async check(
    password: string,
    kept: string | undefined,
    proof: string,
    asker: Asker,
  ): Promise<boolean> {
    const known = kept === undefined ? undefined : readKept(kept);
    const { options, salt, hash } = known ?? this.nobody;
    const key = await this.one(() => {
      asker.checkMayTry();
      return derive(password, salt, options);
    });
    const isEqual = timingSafeEqual(key, hash);
    if (!isEqual || known === undefined) return false;
    this.remember(proof);
    return true;
  }

  private proofOf(password: string, kept: string): string {
    return createHmac('sha256', this.secret).update(`${kept} ${password}`).digest('base64');
  }

  private remember(proof: string): void {
    this.proven.delete(proof);
    this.proven.set(proof, this.now() + authLimits.provenMs);
    if (this.proven.size <= authLimits.provenMax) return;
    const [oldest] = this.proven.keys();
    this.proven.delete(oldest!);
  }

  private async one<Result>(work: () => Promise<Result>): Promise<Result> {
    if (this.running >= authLimits.checksAtOnce) {
      if (this.waiting.length >= this.waitingMax)
        throw new CqlError('overloaded', 'Too many logins at the same time; try again later');
      await new Promise<void>((run) => this.waiting.push({ run }));
    } else this.running++;
    try {
      return await work();
    } finally {
      const next = this.waiting.shift();
      if (next === undefined) this.running--;
      else next.run();
    }
  }
}
