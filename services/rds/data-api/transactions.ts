/** Transactions between calls: by an id that says nothing, with an end when nobody comes back. */
import type { RandomSource } from '@hypergate/kit';
import { badRequest, dataError } from './errors.ts';
import { dataLimits } from './limits.ts';
import type { Login, Pool } from './pool.ts';
import type { Session } from './session.ts';

export interface Transaction {
  readonly id: string;
  readonly login: Login;
  readonly session: Session;
  readonly beganMs: number;
}

interface Entry extends Transaction {
  timer: NodeJS.Timeout | undefined;
  /** One statement at a time. */
  line: Promise<unknown>;
}

export interface TransactionLimits {
  readonly transactionIdleMs: number;
  readonly transactionMs: number;
}

export class Transactions {
  readonly #entries = new Map<string, Entry>();
  readonly #pool: Pool;
  readonly #random: RandomSource;
  readonly #limits: TransactionLimits;
  readonly #nowMs: () => number;

  constructor(pool: Pool, random: RandomSource, nowMs: () => number, limits: TransactionLimits) {
    this.#pool = pool;
    this.#random = random;
    this.#nowMs = nowMs;
    this.#limits = limits;
  }

  get size(): number {
    return this.#entries.size;
  }

  /** @throws AwsError */
  async begin(login: Login): Promise<string> {
    if (this.#entries.size >= dataLimits.transactionsMax)
      throw dataError('ServiceUnavailableError', 'Too many transactions are open.');
    const session = await this.#pool.take(login);
    try {
      await session.run('BEGIN', { values: [], types: [] });
    } catch (error) {
      this.#pool.giveBack(login, session);
      throw error;
    }
    const id = Buffer.from(this.#random.bytes(36)).toString('base64');
    const entry: Entry = {
      id,
      login,
      session,
      beganMs: this.#nowMs(),
      timer: undefined,
      line: Promise.resolve(),
    };
    this.#entries.set(id, entry);
    this.#watch(entry);
    return id;
  }

  /** @throws AwsError; whatever the work throws */
  use<Result>(
    id: string,
    login: Omit<Login, 'database'> & { readonly database: string | undefined },
    work: (one: Transaction) => Promise<Result>,
  ): Promise<Result> {
    const entry = this.#find(id, login);
    const turn = entry.line.then(() => this.#turn(entry, work));
    entry.line = turn.catch(() => undefined);
    return turn;
  }

  /** Commits or rolls back; it is over then, however that went. @throws AwsError DatabaseError */
  end(id: string, login: Omit<Login, 'database'>, text: 'COMMIT' | 'ROLLBACK'): Promise<void> {
    return this.use(id, { ...login, database: undefined }, async (entry) => {
      try {
        const { tag } = await entry.session.run(text, { values: [], types: [] });
        if (text === 'COMMIT' && tag !== 'COMMIT')
          throw dataError(
            'DatabaseErrorException',
            'ERROR: the transaction had failed and is rolled back; SQLState: 25P02',
          );
      } finally {
        this.#forget(entry as Entry);
      }
    });
  }

  async close(): Promise<void> {
    for (const entry of [...this.#entries.values()]) this.#forget(entry);
  }

  #find(id: string, login: Omit<Login, 'database'> & { readonly database: string | undefined }): Entry {
    const entry = this.#entries.get(id);
    // Somebody else's is as good as none.
    if (entry === undefined || entry.login.instance !== login.instance || entry.login.user !== login.user)
      throw dataError('TransactionNotFoundException', `Transaction ${id.slice(0, 200)} is not found`);
    if (login.database !== undefined && login.database !== entry.login.database)
      throw badRequest('Database name is not the same as transaction');
    return entry;
  }

  async #turn<Result>(entry: Entry, work: (one: Transaction) => Promise<Result>): Promise<Result> {
    if (!this.#entries.has(entry.id))
      throw dataError('TransactionNotFoundException', `Transaction ${entry.id} is not found`);
    clearTimeout(entry.timer);
    try {
      return await work(entry);
    } finally {
      if (entry.session.isBroken) this.#forget(entry);
      else if (this.#entries.has(entry.id)) this.#watch(entry);
    }
  }

  #watch(entry: Entry): void {
    const { transactionIdleMs, transactionMs } = this.#limits;
    const left = entry.beganMs + transactionMs - this.#nowMs();
    entry.timer = setTimeout(() => this.#forget(entry), Math.max(0, Math.min(transactionIdleMs, left)));
    entry.timer.unref();
  }

  /** What is open is rolled back as the connection is cleaned. */
  #forget(entry: Entry): void {
    clearTimeout(entry.timer);
    if (this.#entries.delete(entry.id)) this.#pool.giveBack(entry.login, entry.session);
  }
}
