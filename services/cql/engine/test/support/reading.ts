/** What cursors give, in the form of the model. */
import type { Value } from '../../../types/api.ts';
import { isCellLive, isMarkerLive, isRowLive } from '../../liveness.ts';
import type { PartitionData, Row } from '../../model.ts';
import type { PartitionCursor } from '../../storage.ts';
import { hex, type Visible, type VisibleRow } from './model.ts';

export function visibleColumns(row: Row | undefined, now: number): Visible {
  const visible: Visible = {};
  for (const [id, column] of row?.columns ?? []) {
    if (column.kind === 'cell' && isCellLive(column.cell, now)) visible[`${id}`] = hex([column.cell.value!]);
    if (column.kind === 'counter') visible[`${id}`] = String(column.counter.count);
    if (column.kind !== 'complex') continue;
    for (const cell of column.complex.cells) {
      if (isCellLive(cell, now)) visible[`${id}[${hex([cell.path])}]`] = hex([cell.value!]);
    }
  }
  return visible;
}

export function visibleRows(rows: readonly Row[], now: number): VisibleRow[] {
  return rows
    .filter((row) => isRowLive(row, now))
    .map((row) => ({
      clustering: hex(row.clustering),
      isMarked: isMarkerLive(row.marker, now),
      columns: visibleColumns(row, now),
    }));
}

export function visibleData(data: PartitionData, now: number) {
  return { statics: visibleColumns(data.statics, now), rows: visibleRows(data.rows, now) };
}

export async function readRows(cursor: PartitionCursor | undefined): Promise<Row[]> {
  const rows: Row[] = [];
  if (cursor === undefined) return rows;
  for (let row = await cursor.next(); row !== undefined; row = await cursor.next()) rows.push(row);
  return rows;
}

/** Of cursors that need no waiting. */
export function rowsNow(cursor: PartitionCursor | undefined): Row[] {
  const rows: Row[] = [];
  for (let row = cursor?.next(); row !== undefined; row = cursor?.next()) {
    if (row instanceof Promise) throw new Error('it waits');
    rows.push(row);
  }
  return rows;
}

export const keyOf = (key: Value) => hex([key]);
