/** Writes of records, gathered into transactions under the lease, with rests between them. */
import type { Fence } from '@hypergate/node/api';
import type { DomainWrite, Pace, TableStore } from '@hypergate/table';
import { settleLimits } from './limits.ts';

export class RecordBatch {
  readonly #tables: TableStore;
  readonly #fence: Fence;
  readonly #pace: Pace;
  readonly #signal: AbortSignal;
  #writes: DomainWrite[] = [];
  #names = new Set<string>();
  #bytes = 0;

  /** @param signal ends it with its reason */
  constructor(tables: TableStore, fence: Fence, pace: Pace, signal: AbortSignal) {
    this.#tables = tables;
    this.#fence = fence;
    this.#pace = pace;
    this.#signal = signal;
  }

  /** @param name of the record, to be written once in a transaction */
  async add(write: DomainWrite, name: string, bytes: number): Promise<void> {
    if (this.#names.has(name)) await this.flush();
    this.#names.add(name);
    this.#writes.push(write);
    this.#bytes += bytes;
    const { writesPerTransaction, bytesPerTransaction } = settleLimits;
    if (this.#writes.length >= writesPerTransaction || this.#bytes >= bytesPerTransaction) await this.flush();
    else await this.#pace.step();
  }

  async flush(): Promise<void> {
    this.#signal.throwIfAborted();
    if (this.#writes.length === 0) return;
    const writes = this.#writes;
    this.#writes = [];
    this.#names = new Set();
    this.#bytes = 0;
    await this.#tables.transact(writes, { fence: this.#fence });
    await this.#pace.step();
  }
}
