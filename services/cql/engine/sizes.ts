/** About how many bytes of memory things take: what limits count. Measured on Node 24, rounded up. */
import type { Value } from '../types/api.ts';
import type { ClusteringBound, ColumnData, Row } from './model.ts';

const valueBytes = 96;
const cellBytes = 250;
export const rowOverhead = 600;
export const partitionOverhead = 480;
export const tombstoneOverhead = 240;
/** Of a counter's sequence and total. */
export const counterEntryBytes = 48;

export function sizeOfValue(value: Value): number {
  return valueBytes + value.length;
}

export function sizeOfValues(values: readonly Value[]): number {
  let bytes = 0;
  for (const value of values) bytes += valueBytes + value.length;
  return bytes;
}

export function sizeOfBounds(start: ClusteringBound, end: ClusteringBound): number {
  return tombstoneOverhead + sizeOfValues(start.prefix) + sizeOfValues(end.prefix);
}

function sizeOfColumn(column: ColumnData): number {
  if (column.kind === 'counter') return cellBytes;
  if (column.kind === 'cell') return cellBytes + (column.cell.value?.length ?? 0);
  let bytes = cellBytes;
  for (const cell of column.complex.cells) {
    bytes += cellBytes + valueBytes + cell.path.length + (cell.value?.length ?? 0);
  }
  return bytes;
}

/** Of its columns. */
export function sizeOfRow(row: Row): number {
  let bytes = 0;
  for (const column of row.columns.values()) bytes += sizeOfColumn(column);
  return bytes;
}
