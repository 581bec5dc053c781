/** What the engine asks of whoever keeps settled records; the memtable is merged over it. */
import type { TableSchema } from '../schema/model.ts';
import type { Value } from '../types/api.ts';
import type { Deletion, RangeTombstone, Row } from './model.ts';
import type { PartitionRange, ReadOptions, Soon } from './storage.ts';

export interface StoredRow extends Row {
  /** Of counters: deltas of the journal up to that sequence are in it. */
  readonly countedTo?: number;
}

/** What records hold of one partition. Its deletions need not have been applied to its rows. */
export interface PartitionSource {
  readonly key: Value;
  readonly token: bigint;
  readonly deletion: Deletion | undefined;
  readonly statics: StoredRow | undefined;
  /** All that touch the slices asked for; they may overlap. */
  readonly tombstones: readonly RangeTombstone[];
  /** Rows of the slices, in the direction asked for. Undefined at the end. */
  next(): Soon<StoredRow | undefined>;
}

export interface PartitionSourceScan {
  /** Undefined at the end. */
  next(): Soon<PartitionSource | undefined>;
}

/**
 * May read ahead: when the memtable has dropped what was settled meanwhile, what was read before is given up and
 * asked for again.
 */
export interface RecordSource {
  read(table: TableSchema, key: Value, options: ReadOptions): Soon<PartitionSource | undefined>;
  scan(table: TableSchema, range: PartitionRange, options: ReadOptions): PartitionSourceScan;
}
