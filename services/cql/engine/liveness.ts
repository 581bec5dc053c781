/** What is alive at a time. Something with a ttl is a tombstone from its local time on. */
import type { Cell, ColumnData, Row, RowMarker } from './model.ts';

/** @param now seconds since 1970 */
export function isCellLive(cell: Cell, now: number): boolean {
  return cell.value !== undefined && (cell.ttl === 0 || now < cell.localTime);
}

export function isMarkerLive(marker: RowMarker | undefined, now: number): boolean {
  return marker !== undefined && (marker.ttl === 0 || now < marker.expiresAt);
}

export function isColumnLive(column: ColumnData, now: number): boolean {
  if (column.kind === 'cell') return isCellLive(column.cell, now);
  if (column.kind === 'counter') return true;
  for (const cell of column.complex.cells) if (isCellLive(cell, now)) return true;
  return false;
}

/**
 * A row is there while its marker or any of its cells is.
 * @param known ids of the table's columns, where cells of dropped ones may be among them
 */
export function isRowLive(row: Row, now: number, known?: ReadonlySet<number>): boolean {
  if (isMarkerLive(row.marker, now)) return true;
  for (const [id, column] of row.columns) {
    if (isColumnLive(column, now) && known?.has(id) !== false) return true;
  }
  return false;
}
