/** Transactions for tests of the embedded node, and a log and a store that fail when told to. */
import { createHash } from 'node:crypto';
import { expect } from 'vitest';
import {
  type Bytes,
  type CommitResult,
  NodeError,
  type NodeErrorCode,
  type NodePorts,
  type Operation,
  Tag,
  type TaggedKey,
  type Transaction,
} from '../../api/index.ts';
import type { CommitLog } from '../../store/commit-log-port.ts';
import type { KeyValueStore } from '../../store/kv.ts';
import { type EmbeddedNodeModules, MemoryState, memoryModules } from '../index.ts';

let count = 0;

/** Distinct bytes, the same in every run. */
export function distinct(length: number, name = 'bytes'): Buffer {
  return createHash('sha512').update(`${name} ${count++}`).digest().subarray(0, length);
}

export const domain = createHash('sha256').update('domain').digest();

export function createDomain(writer: TaggedKey, address: Bytes = domain): Operation {
  const readKey = Buffer.alloc(33, 9);
  readKey[0] = Tag.ristretto255Point;
  const config = { ownerKey: writer, writerKeys: [writer], readKey, payload: Buffer.alloc(0) };
  return { kind: 'create-domain', domain: address, config };
}

export function put(slot: Bytes, payload: string | Bytes, extra: object = {}): Operation {
  const incarnation = Buffer.from(slot.subarray(0, 8));
  return { kind: 'add-vertex', domain, slot, incarnation, payload: Buffer.from(payload), ...extra };
}

export function remove(slot: Bytes): Operation {
  const incarnation = Buffer.from(slot.subarray(0, 8));
  return { kind: 'remove-vertex', domain, slot, incarnation, note: Buffer.alloc(0) };
}

export function transaction(operations: readonly Operation[], extra: Partial<Transaction> = {}): Transaction {
  return { id: distinct(16, 'id'), validFrom: 0, validUntil: 4096, expects: [], operations, ...extra };
}

export function commit(
  ports: NodePorts,
  operations: readonly Operation[],
  extra?: Partial<Transaction>,
): Promise<CommitResult> {
  return ports.commit(transaction(operations, extra));
}

export function payloadOf(
  ports: { readSync(key: { domain: Bytes; slot: Bytes }): unknown },
  slot: Bytes,
): string | undefined {
  const atom = ports.readSync({ domain, slot }) as { payload: Bytes } | undefined;
  return atom && Buffer.from(atom.payload).toString();
}

export async function fails(work: Promise<unknown>, code: NodeErrorCode): Promise<NodeError> {
  const error = await work.then(
    () => undefined,
    (reason) => reason,
  );
  expect(error).toBeInstanceOf(NodeError);
  expect((error as NodeError).code).toBe(code);
  return error as NodeError;
}

/** Waits, turn by turn, until something holds. */
export async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setImmediate(resolve));
}

export function failure(code: string): Error {
  return Object.assign(new Error(`${code}: planted`), { code });
}

/** Memory modules whose log and store can be held and made to fail. */
export class Bench {
  readonly state = new MemoryState();
  /** What the next appends fail with, one each. */
  readonly appendFailures: Error[] = [];
  /** While set, appends do not become durable. */
  hold: Promise<void> | undefined;
  kvFailure: Error | undefined;
  readonly dropped: string[] = [];
  readonly #kvBatches: number[] = [];

  get kvBatches(): readonly number[] {
    return this.#kvBatches;
  }

  modules(): EmbeddedNodeModules {
    const base = memoryModules(this.state);
    return {
      ...base,
      kv: this.#kv(base.kv),
      openLog: async (state) => this.#log(await base.openLog(state)),
      openChunks: async (state) => {
        const chunks = await base.openChunks(state);
        return {
          ...chunks,
          dropped: (list) => {
            for (const { hash } of list) this.dropped.push(Buffer.from(hash).toString('hex'));
            chunks.dropped(list);
          },
        };
      },
    };
  }

  #log(log: CommitLog): CommitLog {
    return {
      append: (record) => {
        const planted = this.appendFailures.shift();
        if (planted !== undefined) return { position: log.last + 1, durable: Promise.reject(planted) };
        const { position, durable } = log.append(record);
        return { position, durable: Promise.all([durable, this.hold]).then(() => undefined) };
      },
      read: (from) => log.read(from),
      get first() {
        return log.first;
      },
      get last() {
        return log.last;
      },
      release: (below) => log.release(below),
      close: () => log.close(),
    };
  }

  #kv(kv: KeyValueStore): KeyValueStore {
    return {
      get: (key) => kv.get(key),
      getSync: (key) => kv.getSync(key),
      batch: async (operations, options) => {
        if (this.kvFailure !== undefined) throw this.kvFailure;
        this.#kvBatches.push(operations.length);
        await kv.batch(operations, options);
      },
      entries: (range) => kv.entries(range),
      close: () => kv.close(),
    };
  }
}

/** A value with all bytes as hex, whatever class they have. */
export function plain(value: unknown): unknown {
  return JSON.parse(
    JSON.stringify(value, (_key, inner) => {
      if (inner instanceof Uint8Array) return Buffer.from(inner).toString('hex');
      return inner?.type === 'Buffer' ? Buffer.from(inner.data).toString('hex') : inner;
    }),
  );
}
