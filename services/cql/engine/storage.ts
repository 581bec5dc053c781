/**
 * Where partitions are kept, as the engine needs it. Reads see every write that was answered before, of every gateway over the same
 * node. What comes out is reconciled: deletions have been applied to what they hide. Cells that expired are still there, as
 * whoever reads says what time it is.
 */
import type { TableSchema } from '../schema/model.ts';
import type { Value } from '../types/api.ts';
import type { ClusteringBound, Deletion, Mutation, Row } from './model.ts';

/** Synchronous when everything needed is in memory, as nearly all small reads and writes are. */
export type Soon<T> = T | Promise<T>;

/** Rows between two bounds. */
export interface Slice {
  readonly start: ClusteringBound;
  readonly end: ClusteringBound;
}

export interface ReadOptions {
  /** In the table's clustering order and not overlapping; all rows unless given. */
  readonly slices?: readonly Slice[];
  /** From the last row to the first. */
  readonly isReversed?: boolean;
  /** How many rows are likely to be asked for: what is read ahead. */
  readonly rowsHint?: number;
}

/** One partition, its rows one after the other. */
export interface PartitionCursor {
  readonly key: Value;
  readonly token: bigint;
  readonly deletion: Deletion | undefined;
  /** Undefined when it has none. */
  readonly statics: Row | undefined;
  /** Undefined at the end. Also rows in which nothing is alive. */
  next(): Soon<Row | undefined>;
  /**
   * What deletes rows of a clustering within the slices, except a row's own deletion: what is written there may be hidden by it though
   * no row shows it.
   */
  covering(clustering: readonly Value[]): Deletion | undefined;
  /** The latest of what deletes rows in a slice, which lies within the slices. */
  latestIn(slice: Slice): Deletion | undefined;
}

/** Partitions in the order of their tokens, and of their keys where tokens are the same. */
export interface PartitionRange {
  /** A position, or the beginning; partitions there or behind. */
  readonly from?: { readonly token: bigint; readonly key?: Value; readonly isExclusive: boolean };
  readonly to?: { readonly token: bigint; readonly isInclusive: boolean };
}

export interface TableScan {
  /** Undefined at the end. The cursor before need not have been read to its end. */
  next(): Soon<PartitionCursor | undefined>;
}

export interface Reader {
  /** Undefined when nothing is known of it. */
  read(table: TableSchema, key: Value, options?: ReadOptions): Soon<PartitionCursor | undefined>;
  /** @param options of each partition */
  scan(table: TableSchema, range: PartitionRange, options?: ReadOptions): TableScan;
}

/** What a conditional statement comes to. */
export interface Decision<Result> {
  readonly mutations: readonly Mutation[];
  readonly result: Result;
}

export interface Storage extends Reader {
  /**
   * All of them or none. Resolves when they are durable.
   * @param otherwise decides in their place when the schema is another one by the time they would take effect, as another gateway may change it
   * @throws what the node throws: then it is not known whether they are
   */
  write(
    mutations: readonly Mutation[],
    otherwise?: (reader: Reader) => Soon<Decision<unknown>>,
  ): Promise<void>;
  /**
   * Reads and writes as one step: no write of anybody comes between. `decide` must not wait for anything but the reader, and may
   * be called again with another state. Without mutations, the result is as certain as a read after a write.
   */
  decide<Result>(decide: (reader: Reader) => Soon<Decision<Result>>): Promise<Result>;
  /** Everything of these tables, and of their indexes, that was written before: of all at once. Resolves when that is durable. */
  truncate(...tables: readonly TableSchema[]): Promise<void>;
}

/** The clock that gives times of writing: microseconds, never the same twice in this process. */
export interface WriteClock {
  next(): bigint;
  /**
   * Resolves when times are later than those of all writes that were answered by now, also by gateways whose clocks are ahead; undefined:
   * they are. To be asked by who is not in a decision, which begins so.
   */
  caughtUp?(): Promise<void> | undefined;
}
