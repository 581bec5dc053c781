/**
 * What a table shows that is not stored: made when it is asked for. Partitions stand in the order of their tokens, rows in clustering
 * order, as readers of stored tables expect it.
 */
import type { Row } from '../engine/model.ts';
import { compareBytes, compareRows } from '../engine/order.ts';
import type { TableSchema } from '../schema/model.ts';
import { layoutOf } from '../store/layouts.ts';
import type { Value } from '../types/api.ts';
import { tokenOf } from '../types/token.ts';
import { partitionKeyOf, type RowValues, rowOf, virtualTime } from './table-rows.ts';

export interface VirtualPartition {
  readonly key: Value;
  readonly token: bigint;
  readonly rows: readonly Row[];
}

/** Made anew at each reading, unless whoever makes them keeps them. */
export type VirtualRows = () => readonly VirtualPartition[];

export function comparePositions(
  left: Pick<VirtualPartition, 'token' | 'key'>,
  right: Pick<VirtualPartition, 'token' | 'key'>,
): number {
  if (left.token !== right.token) return left.token < right.token ? -1 : 1;
  return compareBytes(left.key, right.key);
}

/** Rows of any order, put together. */
export function partitionsOf(table: TableSchema, rows: readonly RowValues[]): VirtualPartition[] {
  const { rows: order } = layoutOf(table);
  const byKey = new Map<string, { key: Value; rows: Row[] }>();
  for (const values of rows) {
    const key = partitionKeyOf(table, values);
    const name = Buffer.from(key).toString('latin1');
    const known = byKey.get(name) ?? { key, rows: [] };
    known.rows.push(rowOf(table, values, virtualTime));
    byKey.set(name, known);
  }
  return [...byKey.values()]
    .map((partition) => ({
      key: partition.key,
      token: tokenOf(partition.key),
      rows: partition.rows.sort((a, b) => compareRows(order, a.clustering, b.clustering)),
    }))
    .sort(comparePositions);
}
