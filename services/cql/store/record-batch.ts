/** Writes of records, gathered into transactions under the lease, with rests between them. */
import type { Fence } from '@hypergate/node/api';
import {
  type Pace,
  type RecordKey,
  type TableDomain,
  type TableStore,
  unstagePieces,
} from '@hypergate/table';
import { indexedBytesMax, type RowRecord, rowsTable } from '../model/rows.ts';
import { settleLimits } from './limits.ts';

export interface RecordWrite {
  readonly domain: TableDomain;
  readonly key: RecordKey;
  /** Undefined: it is removed. */
  readonly row: RowRecord | undefined;
}

export class RecordBatch {
  readonly #tables: TableStore;
  readonly #fence: Fence;
  readonly #pace: Pace;
  readonly #signal: AbortSignal;
  #writes: RecordWrite[] = [];
  #names = new Set<string>();
  #bytes = 0;

  /** @param signal ends it with its reason */
  constructor(tables: TableStore, fence: Fence, pace: Pace, signal: AbortSignal) {
    this.#tables = tables;
    this.#fence = fence;
    this.#pace = pace;
    this.#signal = signal;
  }

  async add(write: RecordWrite): Promise<void> {
    const name = nameOf(write);
    // A record is written once in a transaction.
    if (this.#names.has(name)) await this.flush();
    this.#names.add(name);
    this.#writes.push(write);
    this.#bytes += bytesOf(write);
    const { writesPerTransaction, bytesPerTransaction } = settleLimits;
    if (this.#writes.length >= writesPerTransaction || this.#bytes >= bytesPerTransaction) await this.flush();
    else await this.#pace.step();
  }

  async flush(): Promise<void> {
    if (this.#writes.length === 0) return this.#signal.throwIfAborted();
    const writes = this.#writes;
    this.#writes = [];
    this.#names = new Set();
    this.#bytes = 0;
    try {
      this.#signal.throwIfAborted();
      await this.#tables.transact(
        writes.map(({ domain, key, row }) =>
          row === undefined
            ? { kind: 'remove', domain, table: rowsTable, key }
            : { kind: 'put', domain, table: rowsTable, key, row },
        ),
        { fence: this.#fence },
      );
    } catch (error) {
      // It is all made anew: what was staged for it would take the place that a full disk does not have.
      for (const { row } of writes) if (row !== undefined) unstagePieces(this.#tables, row.body);
      throw error;
    }
    await this.#pace.step();
  }
}

/** Beside what is counted, a record has its address, a seal and names. */
const recordOverhead = 400;
/** Of a piece that stands in chunks. */
const pieceBytes = 128;

/** About how much of a transaction it takes: the key stands in the entries of the index as well. */
function bytesOf({ key, row }: RecordWrite): number {
  let bytes = recordOverhead + 3 * (key.partition.length + key.sort.length);
  if (row === undefined) return bytes;
  bytes += row.partitionKey.length;
  for (const piece of row.body) {
    const length = piece.kind === 'inline' ? piece.bytes.length : pieceBytes;
    bytes += length + Math.min(length, indexedBytesMax);
  }
  return bytes;
}

function nameOf({ domain, key }: RecordWrite): string {
  const text = (bytes: Uint8Array) => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).latin1Slice();
  return text(domain.address) + text(key.partition) + text(key.sort);
}
