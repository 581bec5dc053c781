/**
 * What is stored, as Apache Cassandra's storage engine sees it: partitions of rows of cells, each with the time of its writing, and
 * deletions among them that hide what is older. Several versions of the same thing are reconciled into one, in any order and
 * any number of times (reconcile.ts): so what is written is a fragment of the same shape as what is stored.
 *
 * Times of writing are microseconds as clients give them, 64 bits with sign. Local times are seconds since 1970: when something
 * expires, or when it was deleted, from which `gc_grace_seconds` counts.
 */
import type { Value } from '../types/api.ts';

/** No time of writing. */
export const noTimestamp: bigint = -(2n ** 63n);

export interface Deletion {
  /** Hides what was written then or before. */
  readonly timestamp: bigint;
  /** When that was. */
  readonly localTime: number;
}

/** That a row is there even with no value in it: written by INSERT. */
export interface RowMarker {
  readonly timestamp: bigint;
  /** Seconds; 0: it does not expire. */
  readonly ttl: number;
  /** Local time; 0 without a ttl. */
  readonly expiresAt: number;
}

export interface Cell {
  readonly timestamp: bigint;
  /** Undefined: a tombstone. */
  readonly value: Value | undefined;
  /** Seconds; 0: it does not expire. */
  readonly ttl: number;
  /** Local time: when it expires, or was deleted. 0 for a live cell without ttl. */
  readonly localTime: number;
}

/** Of a collection or UDT that is not frozen: cells by path. The path of a list is a time UUID, of a set the element, of a map the key, of a UDT the field's number in two bytes. */
export interface ComplexCell {
  readonly deletion: Deletion | undefined;
  /** In the order of paths. */
  readonly cells: readonly PathCell[];
}

export interface PathCell extends Cell {
  readonly path: Value;
}

/**
 * Of a counter: what its shards add up to. Deltas commute; each is applied exactly once, told apart by its place in the journal, so a
 * counter is never reconciled by time. A deletion takes away what came before it in the journal.
 */
export interface CounterCell {
  readonly timestamp: bigint;
  readonly count: bigint;
}

export type ColumnData =
  | { readonly kind: 'cell'; readonly cell: Cell }
  | { readonly kind: 'complex'; readonly complex: ComplexCell }
  | { readonly kind: 'counter'; readonly counter: CounterCell };

/** One row, or the statics of a partition, which have no clustering. */
export interface Row {
  /** Values of the clustering columns. Null is not possible, empty is. */
  readonly clustering: readonly Value[];
  readonly marker: RowMarker | undefined;
  /** Of the row as a whole. */
  readonly deletion: Deletion | undefined;
  /** By column id. */
  readonly columns: ReadonlyMap<number, ColumnData>;
}

/** Between rows of a partition, in their order: before or after all rows that begin with these clustering values. */
export interface ClusteringBound {
  /** Of the first clustering columns; none: the partition's end. */
  readonly prefix: readonly Value[];
  readonly side: 'before' | 'after';
}

export interface RangeTombstone {
  readonly start: ClusteringBound;
  readonly end: ClusteringBound;
  readonly deletion: Deletion;
}

/**
 * What is known of one partition of one table, or a part of it; also what one statement writes to it.
 */
export interface PartitionData {
  /** `TableSchema.id` */
  readonly table: string;
  /** The partition key as Cassandra serialises it: the value, or for several columns each with its length and a zero. */
  readonly key: Value;
  readonly deletion: Deletion | undefined;
  readonly statics: Row | undefined;
  /** In clustering order, each clustering once. */
  readonly rows: readonly Row[];
  readonly tombstones: readonly RangeTombstone[];
}

/** What one statement writes, to one partition. A counter's cells are deltas. */
export type Mutation = PartitionData;
