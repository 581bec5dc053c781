/**
 * Its own process: 32 callers write, overwrite, copy, delete, upload in parts and read until the gateway dies.
 * `node load.ts JSON`, with what `LoadOrder` says. Ends with 0 however the gateway ends; faults are in the journal.
 */
import { checkContent, makeContent } from '../lib/content.ts';
import { askProof } from '../lib/proofs.ts';
import { SeededRandom } from '../lib/random.ts';
import { S3Caller, UnexpectedStatus, xmlTexts } from '../lib/s3-caller.ts';
import type { SigningIdentity } from '../lib/sigv4.ts';
import { JournalWriter, type KeyState, readJournal, sameState, type WriteKind } from './journal.ts';
import * as limits from './limits.ts';

export interface LoadOrder {
  readonly port: number;
  readonly identity: SigningIdentity;
  readonly journal: string;
  readonly seed: string;
  /** Give up after this long if nobody kills the gateway. */
  readonly lifeMs: number;
  /** The first free content seed and write number. */
  readonly first: number;
  /** Where the gateway says what its admin API is. */
  readonly dataDir: string;
  /** Shared counters need conditional writes. */
  readonly conditional: boolean;
  readonly proofs: boolean;
}

const order = JSON.parse(process.argv[2] ?? '') as LoadOrder;
const journal = new JournalWriter(order.journal);
const known = readJournal(order.journal).keys;
const endsAt = performance.now() + order.lifeMs;
let number = order.first;
let dead = false;
let begun = false;

class Worker {
  private readonly random: SeededRandom;
  private readonly caller = newCaller();
  private readonly small: string[];
  private readonly large: string[];

  constructor(index: number) {
    this.random = new SeededRandom(`${order.seed} ${index}`);
    this.small = Array.from({ length: limits.smallKeysPerWorker }, (_unused, i) => `w${index}/small ${i}`);
    this.large = Array.from({ length: limits.largeKeysPerWorker }, (_unused, i) => `w${index}/large/${i}`);
  }

  async run(): Promise<void> {
    while (!dead && performance.now() < endsAt) {
      try {
        await this.step();
      } catch (error) {
        // An answer that should not have come is a fault; a broken connection is the death that is waited for.
        if (error instanceof UnexpectedStatus)
          journal.write({ e: 'fault', text: `under load: ${error.message}` });
        else dead = true;
      }
    }
    this.caller.close();
  }

  private step(): Promise<void> {
    const dice = this.random.next();
    if (dice < 0.42)
      return this.put(
        'put-small',
        this.random.pick(this.small),
        this.random.logBetween(16, limits.smallBytesMax),
      );
    if (dice < 0.58) {
      const size = this.random.logBetween(limits.largeBytesMin, limits.largeBytesMax);
      return this.put('put-large', this.random.pick(this.large), size);
    }
    if (dice < 0.65) return this.multipart();
    if (dice < 0.75) return this.remove();
    if (dice < 0.84) return this.copy();
    if (dice < 0.9 && order.conditional) return this.raise();
    return this.read();
  }

  private async put(kind: WriteKind, key: string, size: number): Promise<void> {
    const state = { seed: takeNumber(), size };
    await this.effect(kind, key, state, undefined, async () => {
      await this.caller.ok({ method: 'PUT', path: path(key), body: makeContent(state.seed, size) });
    });
  }

  private async remove(): Promise<void> {
    const key = this.random.pick([...this.small, ...this.large]);
    await this.effect('delete', key, null, undefined, async () => {
      await this.caller.ok({ method: 'DELETE', path: path(key) }, 204);
    });
  }

  private async copy(): Promise<void> {
    const own = this.random.next() < 0.7 ? this.small : this.large;
    const from = this.random.pick(own);
    const state = certain(from);
    const to = this.random.pick(own.filter((key) => key !== from));
    if (state === undefined || state === null) return;
    await this.effect('copy', to, state, undefined, async () => {
      const reply = await this.caller.ok({
        method: 'PUT',
        path: path(to),
        headers: { 'x-amz-copy-source': encodeURI(path(from)) },
      });
      // S3 may answer 200 and say in the document that it failed.
      if (reply.body.includes('<Error>'))
        throw new UnexpectedStatus({ method: 'COPY', path: path(to) }, reply);
    });
  }

  private async multipart(): Promise<void> {
    const key = this.random.pick(this.large);
    const size = this.random.between(limits.partBytes + 1, limits.largeBytesMax);
    const body = makeContent(takeNumber(), size);
    const state = { seed: Number(body.readBigUInt64BE(0)), size };
    const begun = await this.caller.ok({ method: 'POST', path: path(key), query: { uploads: '' } });
    const id = xmlTexts(begun.body, 'UploadId')[0] as string;
    journal.write({ e: 'upload', id, key });
    let document = '<CompleteMultipartUpload>';
    for (let at = 0, part = 1; at < size; at += limits.partBytes, part += 1) {
      const piece = body.subarray(at, at + limits.partBytes);
      const query = { uploadId: id, partNumber: String(part) };
      const sent = await this.caller.ok({ method: 'PUT', path: path(key), query, body: piece });
      const etag = sent.headers.get('etag') as string;
      journal.write({ e: 'part', id, number: part, etag, size: piece.length });
      document += `<Part><PartNumber>${part}</PartNumber><ETag>${etag}</ETag></Part>`;
    }
    const fate = this.random.next();
    if (fate < 0.08) return; // Left open: recovery must keep its parts and keep it invisible.
    if (fate < 0.2) {
      journal.write({ e: 'abort', id });
      await this.caller.ok({ method: 'DELETE', path: path(key), query: { uploadId: id } }, 204);
      journal.write({ e: 'aborted', id });
      return;
    }
    await this.effect('complete', key, state, id, async () => {
      const call = {
        method: 'POST',
        path: path(key),
        query: { uploadId: id },
        body: Buffer.from(`${document}</CompleteMultipartUpload>`),
      };
      const reply = await this.caller.ok(call);
      if (reply.body.includes('<Error>')) throw new UnexpectedStatus(call, reply);
    });
  }

  private async raise(): Promise<void> {
    const counter = `counter-${this.random.between(1, limits.counters)}`;
    const now = await this.caller.ok({ method: 'GET', path: path(counter) }, 200, 404);
    const value = (now.status === 404 ? 0 : Number(now.body.toString())) + 1;
    const condition: Record<string, string> =
      now.status === 404 ? { 'if-none-match': '*' } : { 'if-match': now.headers.get('etag') as string };
    journal.write({ e: 'raise', counter, value });
    const call = { method: 'PUT', path: path(counter), body: Buffer.from(String(value)), headers: condition };
    const reply = await this.caller.ok(call, 200, 409, 412);
    if (reply.status === 200) journal.write({ e: 'raised', counter, value });
  }

  /** Own keys must show the last acknowledged write; those of others any whole one. */
  private async read(): Promise<void> {
    const own = this.random.next() < 0.5;
    const kind = this.random.next() < 0.7 ? 'small' : 'large';
    const other = `w${this.random.between(0, limits.workers - 1)}/${kind === 'small' ? 'small 0' : 'large/0'}`;
    const key = own ? this.random.pick(this[kind]) : other;
    const got = await this.caller.ok({ method: 'GET', path: path(key) }, 200, 404);
    let found: KeyState = null;
    if (got.status === 200) {
      const checked = checkContent(got.body);
      if ('fault' in checked) {
        journal.write({ e: 'fault', text: `torn read of ${key} under load: ${checked.fault}` });
        return;
      }
      found = { seed: checked.seed, size: got.body.length };
    }
    const expected = own ? certain(key) : undefined;
    if (expected !== undefined && !sameState(expected, found)) {
      const text = `stale read of ${key}: ${JSON.stringify(found)} instead of ${JSON.stringify(expected)}`;
      journal.write({ e: 'fault', text });
    }
  }

  /** Writes down what is about to be, does it, and writes down that it was acknowledged. */
  private async effect(
    kind: WriteKind,
    key: string,
    state: KeyState,
    upload: string | undefined,
    run: () => Promise<void>,
  ): Promise<void> {
    const n = takeNumber();
    journal.write({ e: 'begin', n, kind, key, state, ...(upload === undefined ? {} : { upload }) });
    known.set(key, [...(known.get(key) ?? [null]), state]);
    await run();
    journal.write({ e: 'ack', n });
    begin();
    known.set(key, [state]);
  }
}

/** Writes a key that is its alone and has each write proven before the next. */
async function provenWrites(index: number): Promise<void> {
  const random = new SeededRandom(`${order.seed} prover ${index}`);
  const caller = newCaller();
  const key = `proven/${index}`;
  while (!dead && performance.now() < endsAt) {
    const state = { seed: takeNumber(), size: random.logBetween(16, limits.provenBytesMax) };
    try {
      const n = takeNumber();
      journal.write({ e: 'begin', n, kind: 'put-small', key, state });
      const body = makeContent(state.seed, state.size);
      const { headers } = await caller.ok({ method: 'PUT', path: path(key), body });
      journal.write({ e: 'ack', n });
      const { status, text } = await askProof(order, `s3://${limits.bucket}/${key}`);
      const frame = Number(headers.get('x-hypergate-frame'));
      if (status === 200) journal.write({ e: 'proven', key, state, frame, document: text });
      else if (!dead) journal.write({ e: 'fault', text: `${key} was not proven: ${status} ${text}` });
    } catch (error) {
      if (error instanceof UnexpectedStatus)
        journal.write({ e: 'fault', text: `under load: ${error.message}` });
      else dead = true;
    }
  }
  caller.close();
}

function newCaller(): S3Caller {
  return new S3Caller({ host: '127.0.0.1', port: order.port, identity: order.identity });
}

function path(key: string): string {
  return `/${limits.bucket}/${key}`;
}

function takeNumber(): number {
  number += 1;
  return number;
}

/** The one state that a key can have, or undefined when a write to it was not answered. */
function certain(key: string): KeyState | undefined {
  const states = known.get(key) ?? [null];
  return states.length === 1 ? states[0] : undefined;
}

/** Tells, once, that writes are being acknowledged. */
function begin(): void {
  if (begun) return;
  begun = true;
  process.send?.('begun');
}

const provers = order.proofs ? limits.provers : 0;
await Promise.all([
  ...Array.from({ length: limits.workers }, (_unused, index) => new Worker(index).run()),
  ...Array.from({ length: provers }, (_unused, index) => provenWrites(index)),
]);
journal.close();
process.exit(0);
