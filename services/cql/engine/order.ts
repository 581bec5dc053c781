/**
 * The order of what a table holds, as the engine needs it: handed in, so that nothing here knows types. Rows stand in the order of
 * their clustering, cells of a collection in the order of their paths, bounds between rows.
 */
import type { Value } from '../types/api.ts';
import type { ClusteringBound } from './model.ts';

export type ValueOrder = (left: Value, right: Value) => number;

/** Compares as many values as the shorter of both has: 0 when one begins with the other. Descending columns are its concern. */
export type RowOrder = (left: readonly Value[], right: readonly Value[]) => number;

/** What is known of a table whose rows are merged. */
export interface TableLayout {
  /** `TableSchema.id` */
  readonly id: string;
  readonly isCounter: boolean;
  readonly rows: RowOrder;
  /** Order of paths in a column of several cells; of bytes for a column that is not known any more. */
  paths(column: number): ValueOrder;
}

/** By unsigned bytes; the shorter one first. */
export function compareBytes(left: Value, right: Value): number {
  const length = Math.min(left.length, right.length);
  // Most values differ early: a loop is quicker than the call into the platform.
  const near = Math.min(length, 24);
  for (let at = 0; at < near; at++) {
    const difference = left[at]! - right[at]!;
    if (difference !== 0) return difference;
  }
  return near === length ? left.length - right.length : Buffer.compare(left, right);
}

/** Rows of one partition. With COMPACT STORAGE some have fewer values; they come before those that begin with theirs. */
export function compareRows(order: RowOrder, left: readonly Value[], right: readonly Value[]): number {
  return order(left, right) || left.length - right.length;
}

/** Whether the bound is before (less than 0) or behind the row; it is never at one. */
export function compareBoundToRow(
  order: RowOrder,
  bound: ClusteringBound,
  clustering: readonly Value[],
): number {
  const common = order(bound.prefix, clustering);
  if (common !== 0) return common;
  if (bound.prefix.length > clustering.length) return 1;
  return bound.side === 'before' ? -1 : 1;
}

export function compareBounds(order: RowOrder, left: ClusteringBound, right: ClusteringBound): number {
  const common = order(left.prefix, right.prefix);
  if (common !== 0) return common;
  // The shorter one encloses what begins with the longer one.
  if (left.prefix.length < right.prefix.length) return left.side === 'before' ? -1 : 1;
  if (left.prefix.length > right.prefix.length) return right.side === 'before' ? 1 : -1;
  if (left.side === right.side) return 0;
  return left.side === 'before' ? -1 : 1;
}

export const partitionStart: ClusteringBound = { prefix: [], side: 'before' };
export const partitionEnd: ClusteringBound = { prefix: [], side: 'after' };
