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
import { settleLimits, storeLimits } from './limits.ts';
import { nameText, placeName, type RowCache } from './row-cache.ts';

export interface RecordBatchModules {
  readonly tables: TableStore;
  readonly fence: Fence;
  readonly pace: Pace;
  /** Ends it with its reason. */
  readonly signal: AbortSignal;
  /** Learns what was written. */
  readonly cache: RowCache;
}

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
  readonly #cache: RowCache;
  #writes = new Map<string, RecordWrite>();
  #bytes = 0;

  constructor({ tables, fence, pace, signal, cache }: RecordBatchModules) {
    this.#tables = tables;
    this.#fence = fence;
    this.#pace = pace;
    this.#signal = signal;
    this.#cache = cache;
  }

  async add(write: RecordWrite): Promise<void> {
    const name = nameOf(write);
    // A record is written once in a transaction.
    if (this.#writes.has(name)) await this.flush();
    this.#writes.set(name, write);
    this.#bytes += bytesOf(write);
    const { writesPerTransaction, bytesPerTransaction } = settleLimits;
    if (this.#writes.size >= writesPerTransaction || this.#bytes >= bytesPerTransaction) await this.flush();
    else await this.#pace.step();
  }

  async flush(): Promise<void> {
    if (this.#writes.size === 0) return this.#signal.throwIfAborted();
    const writes = this.#writes;
    this.#writes = new Map();
    this.#bytes = 0;
    try {
      this.#signal.throwIfAborted();
      await this.#tables.transact(
        Array.from(writes.values(), ({ domain, key, row }) =>
          row === undefined
            ? { kind: 'remove', domain, table: rowsTable, key }
            : { kind: 'put', domain, table: rowsTable, key, row },
        ),
        { fence: this.#fence },
      );
    } catch (error) {
      for (const [name, { row }] of writes) {
        // Whether it was done is not known.
        this.#cache.forget(name);
        // It is all made anew: what was staged for it would take the place that a full disk does not have.
        if (row !== undefined) unstagePieces(this.#tables, row.body);
      }
      throw error;
    }
    for (const [name, { row }] of writes) {
      const body = row === undefined ? undefined : shortBody(row);
      if (row !== undefined && body === undefined) this.#cache.forget(name);
      else this.#cache.wrote(name, body);
    }
    await this.#pace.step();
  }
}

/** What is cached of it. */
function shortBody({ body: [piece] }: RowRecord): Buffer | undefined {
  if (piece?.kind !== 'inline' || piece.bytes.length > storeLimits.cachedBodyBytesMax) return undefined;
  return piece.bytes;
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
  return placeName(domain, key.partition) + nameText(key.sort);
}
