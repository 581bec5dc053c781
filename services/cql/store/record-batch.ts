/** Writes of records, gathered into transactions under the lease, with rests between them. */
import type { Fence } from '@hypergate/node/api';
import { type DomainWrite, inlineBytesMax, type Pace, type TableStore } from '@hypergate/table';
import { settleLimits, storeLimits } from './limits.ts';
import { type Cached, type RowCache, unknown } from './row-cache.ts';

export interface RecordBatchModules {
  readonly tables: TableStore;
  readonly fence: Fence;
  readonly pace: Pace;
  /** Ends it with its reason. */
  readonly signal: AbortSignal;
  /** Learns what was written. */
  readonly cache: RowCache;
}

/** Beside its body, a record has its key and names. */
const recordOverhead = 400;

export class RecordBatch {
  readonly #tables: TableStore;
  readonly #fence: Fence;
  readonly #pace: Pace;
  readonly #signal: AbortSignal;
  readonly #cache: RowCache;
  #writes: DomainWrite[] = [];
  /** Of the records, with their bodies where they are cached. */
  #bodies = new Map<string, Cached>();
  #bytes = 0;

  /** @param signal ends it with its reason */
  constructor({ tables, fence, pace, signal, cache }: RecordBatchModules) {
    this.#tables = tables;
    this.#fence = fence;
    this.#pace = pace;
    this.#signal = signal;
    this.#cache = cache;
  }

  /** @param name of the record, to be written once in a transaction. @param body undefined: it is removed; unknown: it is long */
  async add(write: DomainWrite, name: string, body: Cached): Promise<void> {
    if (this.#bodies.has(name)) await this.flush();
    this.#bodies.set(name, body);
    this.#writes.push(write);
    this.#bytes += lengthOf(body) + recordOverhead;
    const { writesPerTransaction, bytesPerTransaction } = settleLimits;
    if (this.#writes.length >= writesPerTransaction || this.#bytes >= bytesPerTransaction) await this.flush();
    else await this.#pace.step();
  }

  async flush(): Promise<void> {
    this.#signal.throwIfAborted();
    if (this.#writes.length === 0) return;
    const writes = this.#writes;
    this.#writes = [];
    const bodies = this.#bodies;
    this.#bodies = new Map();
    this.#bytes = 0;
    try {
      await this.#tables.transact(writes, { fence: this.#fence });
    } catch (error) {
      // Whether it was done is not known.
      for (const name of bodies.keys()) this.#cache.forget(name);
      throw error;
    }
    for (const [name, body] of bodies) {
      if (body === unknown || lengthOf(body) > storeLimits.cachedBodyBytesMax) this.#cache.forget(name);
      else this.#cache.wrote(name, body);
    }
    await this.#pace.step();
  }
}

/** In the transaction: long bodies are staged before. */
function lengthOf(body: Cached): number {
  return body === unknown ? 0 : Math.min(body?.length ?? 0, inlineBytesMax);
}
