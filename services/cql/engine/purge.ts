/**
 * What need not be stored any longer: tombstones, and what expired, once `gc_grace_seconds` have gone by since and nothing is left that
 * they might hide. Something that expired counts from its writing (local time minus ttl), as the tombstone that Cassandra
 * makes of it. Its value goes as soon as it expired; the cell stays one that expires until it goes itself, as turning it into a
 * tombstone would give it another rank among cells of the same time (reconcile.ts).
 */
import { isCellLive, isMarkerLive } from './liveness.ts';
import type { Cell, ColumnData, ComplexCell, Deletion, PathCell, Row } from './model.ts';

export interface PurgeRule {
  /** Seconds since 1970. */
  readonly now: number;
  /** What was deleted before that may go. */
  readonly goneBefore: number;
  /** Whether there may be something of that time or older elsewhere, which would come back. */
  mayHide(timestamp: bigint): boolean;
}

const noBytes = new Uint8Array(0);

export function purgeDeletion(deletion: Deletion | undefined, rule: PurgeRule): Deletion | undefined {
  if (deletion === undefined || deletion.localTime >= rule.goneBefore) return deletion;
  return rule.mayHide(deletion.timestamp) ? deletion : undefined;
}

/** @returns undefined when the cell may go */
export function purgeCell<Kind extends Cell>(cell: Kind, rule: PurgeRule): Kind | undefined {
  if (isCellLive(cell, rule.now)) return cell;
  const deletedAt = cell.value === undefined ? cell.localTime : cell.localTime - cell.ttl;
  if (deletedAt < rule.goneBefore && !rule.mayHide(cell.timestamp)) return undefined;
  return cell.value === undefined || cell.value.length === 0 ? cell : { ...cell, value: noBytes };
}

function purgeComplex(complex: ComplexCell, rule: PurgeRule): ComplexCell | undefined {
  const deletion = purgeDeletion(complex.deletion, rule);
  const cells: PathCell[] = [];
  let isSame = deletion === complex.deletion;
  for (const cell of complex.cells) {
    const kept = purgeCell(cell, rule);
    if (kept !== undefined) cells.push(kept);
    if (kept !== cell) isSame = false;
  }
  if (isSame) return complex;
  return deletion === undefined && cells.length === 0 ? undefined : { deletion, cells };
}

function purgeColumn(column: ColumnData, rule: PurgeRule): ColumnData | undefined {
  if (column.kind === 'counter') return column;
  if (column.kind === 'cell') {
    const cell = purgeCell(column.cell, rule);
    if (cell === column.cell) return column;
    return cell === undefined ? undefined : { kind: 'cell', cell };
  }
  const complex = purgeComplex(column.complex, rule);
  if (complex === column.complex) return column;
  return complex === undefined ? undefined : { kind: 'complex', complex };
}

/** @returns the row itself when all of it stays, undefined when nothing does */
export function purgeRow(row: Row, rule: PurgeRule): Row | undefined {
  const deletion = purgeDeletion(row.deletion, rule);
  const marker =
    row.marker === undefined ||
    isMarkerLive(row.marker, rule.now) ||
    row.marker.expiresAt >= rule.goneBefore ||
    rule.mayHide(row.marker.timestamp)
      ? row.marker
      : undefined;
  const columns = new Map<number, ColumnData>();
  let isSame = deletion === row.deletion && marker === row.marker;
  for (const [id, column] of row.columns) {
    const kept = purgeColumn(column, rule);
    if (kept !== undefined) columns.set(id, kept);
    if (kept !== column) isSame = false;
  }
  if (isSame) return row;
  if (deletion === undefined && marker === undefined && columns.size === 0) return undefined;
  return { clustering: row.clustering, marker, deletion, columns };
}
