/** Reads virtual tables as stored ones are read: partitions by key or in a range of tokens, rows in slices and either direction. */
import type { Row } from '../engine/model.ts';
import { compareBoundToRow, compareBytes } from '../engine/order.ts';
import type { PartitionCursor, PartitionRange, ReadOptions, TableScan } from '../engine/storage.ts';
import type { TableSchema } from '../schema/model.ts';
import { layoutOf } from '../store/layouts.ts';
import type { Value } from '../types/api.ts';
import type { VirtualPartition } from './virtual-tables.ts';

export function readVirtual(
  table: TableSchema,
  partitions: readonly VirtualPartition[],
  key: Value,
  options: ReadOptions = {},
): PartitionCursor | undefined {
  const partition = partitions.find((each) => compareBytes(each.key, key) === 0);
  return partition && cursorOf(table, partition, options);
}

export function scanVirtual(
  table: TableSchema,
  partitions: readonly VirtualPartition[],
  range: PartitionRange,
  options: ReadOptions = {},
): TableScan {
  const within = partitions.filter((partition) => isWithin(partition, range));
  let at = 0;
  return {
    next: () => {
      const partition = within[at++];
      return partition && cursorOf(table, partition, options);
    },
  };
}

function isWithin({ token, key }: VirtualPartition, { from, to }: PartitionRange): boolean {
  if (from !== undefined) {
    if (token < from.token) return false;
    if (token === from.token) {
      const order = from.key === undefined ? 0 : compareBytes(key, from.key);
      if (order < 0 || (order === 0 && from.isExclusive)) return false;
    }
  }
  return to === undefined || token < to.token || (token === to.token && to.isInclusive);
}

function cursorOf(
  table: TableSchema,
  { key, token, rows }: VirtualPartition,
  options: ReadOptions,
): PartitionCursor {
  const wanted = sliced(table, rows, options);
  if (options.isReversed === true) wanted.reverse();
  let at = 0;
  return {
    key,
    token,
    deletion: undefined,
    statics: undefined,
    next: () => wanted[at++],
    covering: () => undefined,
    latestIn: () => undefined,
  };
}

function sliced(table: TableSchema, rows: readonly Row[], { slices }: ReadOptions): Row[] {
  if (slices === undefined) return [...rows];
  const { rows: order } = layoutOf(table);
  return rows.filter(({ clustering }) =>
    slices.some(
      ({ start, end }) =>
        compareBoundToRow(order, start, clustering) < 0 && compareBoundToRow(order, end, clustering) > 0,
    ),
  );
}
