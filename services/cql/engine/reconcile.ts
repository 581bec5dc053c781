/**
 * Several versions of one thing become one: Apache Cassandra's rules, so that clients which set times of writing see what they
 * would see there. Every function here is idempotent, commutative and associative; so fragments can be merged in any order and
 * any number of times. (Counters cannot: counter.ts.)
 *
 * Ties matter, as clients often write twice in a microsecond: a deletion hides what is as old as itself; among cells of one time a
 * tombstone wins, then one that expires, of those the one that expires later, then the larger value by unsigned bytes
 * (CASSANDRA-14592: the outcome must not depend on the clock). Where Cassandra would keep either, the larger ttl wins here, so that
 * the outcome does not depend on the order.
 */
import type { Value } from '../types/api.ts';
import type { Cell, ColumnData, ComplexCell, Deletion, PathCell, Row, RowMarker } from './model.ts';
import { compareBytes, type TableLayout, type ValueOrder } from './order.ts';

export function hides(deletion: Deletion | undefined, timestamp: bigint): boolean {
  return deletion !== undefined && timestamp <= deletion.timestamp;
}

/** Whether the first adds anything to the second. */
export function supersedes(deletion: Deletion, other: Deletion | undefined): boolean {
  if (other === undefined) return true;
  if (deletion.timestamp !== other.timestamp) return deletion.timestamp > other.timestamp;
  return deletion.localTime > other.localTime;
}

export function newerDeletion(left: Deletion | undefined, right: Deletion | undefined): Deletion | undefined {
  if (left === undefined) return right;
  return supersedes(left, right) ? left : right;
}

/** The cell that stays. */
export function reconcileCells<Kind extends Cell>(left: Kind, right: Kind): Kind {
  if (left.timestamp !== right.timestamp) return left.timestamp > right.timestamp ? left : right;
  const leftRank = rankOf(left);
  const rightRank = rankOf(right);
  if (leftRank !== rightRank) return leftRank > rightRank ? left : right;
  if (left.localTime !== right.localTime) return left.localTime > right.localTime ? left : right;
  if (left.value !== undefined && right.value !== undefined) {
    const difference = compareBytes(left.value, right.value);
    if (difference !== 0) return difference > 0 ? left : right;
  }
  return left.ttl >= right.ttl ? left : right;
}

function rankOf(cell: Cell): number {
  if (cell.value === undefined) return 2;
  return cell.ttl > 0 ? 1 : 0;
}

export function reconcileMarkers(
  left: RowMarker | undefined,
  right: RowMarker | undefined,
): RowMarker | undefined {
  if (left === undefined || right === undefined) return left ?? right;
  if (left.timestamp !== right.timestamp) return left.timestamp > right.timestamp ? left : right;
  if (left.ttl > 0 !== right.ttl > 0) return left.ttl > 0 ? left : right;
  if (left.expiresAt !== right.expiresAt) return left.expiresAt > right.expiresAt ? left : right;
  return left.ttl >= right.ttl ? left : right;
}

/** @returns undefined when nothing is left */
export function mergeComplex(
  left: ComplexCell,
  right: ComplexCell,
  order: ValueOrder,
  active?: Deletion,
): ComplexCell | undefined {
  const newer = newerDeletion(left.deletion, right.deletion);
  const deletion = newer !== undefined && supersedes(newer, active) ? newer : undefined;
  const hiding = deletion ?? active;
  const cells =
    right.cells.length * 8 < left.cells.length
      ? insertCells(left.cells, right.cells, order)
      : left.cells.length * 8 < right.cells.length
        ? insertCells(right.cells, left.cells, order)
        : zipCells(left.cells, right.cells, order);
  const visible = hiding === undefined ? cells : cells.filter((cell) => !hides(hiding, cell.timestamp));
  return deletion === undefined && visible.length === 0 ? undefined : { deletion, cells: visible };
}

function zipCells(left: readonly PathCell[], right: readonly PathCell[], order: ValueOrder): PathCell[] {
  const cells: PathCell[] = [];
  let at = 0;
  for (const cell of right) {
    while (at < left.length && order(left[at]!.path, cell.path) < 0) cells.push(left[at++]!);
    const same = at < left.length && order(left[at]!.path, cell.path) === 0;
    cells.push(same ? reconcileCells(left[at++]!, cell) : cell);
  }
  while (at < left.length) cells.push(left[at++]!);
  return cells;
}

/** For a few cells into many, as a list grows: fewer comparisons than going through all of them. */
function insertCells(many: readonly PathCell[], few: readonly PathCell[], order: ValueOrder): PathCell[] {
  const cells = many.slice();
  let from = 0;
  for (const cell of few) {
    from = firstPath(cells, cell.path, order, from);
    const same = from < cells.length && order(cells[from]!.path, cell.path) === 0;
    if (same) cells[from] = reconcileCells(cells[from]!, cell);
    else if (from === cells.length) cells.push(cell);
    else cells.splice(from, 0, cell);
    from += 1;
  }
  return cells;
}

/** Index of the first cell whose path is not less. */
function firstPath(cells: readonly PathCell[], path: Value, order: ValueOrder, from: number): number {
  let low = from;
  let high = cells.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (order(cells[middle]!.path, path) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

/**
 * @param active what is deleted around it
 * @returns undefined when nothing is left
 */
export function mergeColumns(
  left: ColumnData,
  right: ColumnData,
  order: ValueOrder,
  active?: Deletion,
): ColumnData | undefined {
  if (left.kind === 'cell' && right.kind === 'cell') {
    const cell = reconcileCells(left.cell, right.cell);
    if (hides(active, cell.timestamp)) return undefined;
    return cell === left.cell ? left : right;
  }
  if (left.kind === 'complex' && right.kind === 'complex') {
    const complex = mergeComplex(left.complex, right.complex, order, active);
    return complex === undefined ? undefined : { kind: 'complex', complex };
  }
  throw new Error(`a column of kind ${left.kind} is not merged with one of kind ${right.kind}`);
}

/** What a deletion around it, and a collection's own, leave of a column. */
export function visibleColumn(column: ColumnData, active: Deletion | undefined): ColumnData | undefined {
  if (column.kind === 'cell') return hides(active, column.cell.timestamp) ? undefined : column;
  if (column.kind === 'counter') return hides(active, column.counter.timestamp) ? undefined : column;
  const { complex } = column;
  const deletion =
    complex.deletion !== undefined && supersedes(complex.deletion, active) ? complex.deletion : undefined;
  const hiding = deletion ?? active;
  if (hiding === undefined) return complex.cells.length === 0 ? undefined : column;
  const cells = complex.cells.filter((cell) => !hides(hiding, cell.timestamp));
  if (deletion === undefined && cells.length === 0) return undefined;
  if (deletion === complex.deletion && cells.length === complex.cells.length) return column;
  return { kind: 'complex', complex: { deletion, cells } };
}

/**
 * What a deletion around it leaves of a row, and what the row's own deletion leaves of its columns.
 * @returns the row itself when that is all of it, undefined when nothing is left
 */
export function visibleRow(row: Row, around: Deletion | undefined): Row | undefined {
  const deletion = row.deletion !== undefined && supersedes(row.deletion, around) ? row.deletion : undefined;
  const active = deletion ?? around;
  const marker = row.marker !== undefined && hides(active, row.marker.timestamp) ? undefined : row.marker;
  let changed: Map<number, ColumnData> | undefined;
  for (const [id, column] of row.columns) {
    const visible = visibleColumn(column, active);
    if (visible === column) continue;
    changed ??= new Map(row.columns);
    if (visible === undefined) changed.delete(id);
    else changed.set(id, visible);
  }
  const columns = changed ?? row.columns;
  if (marker === undefined && deletion === undefined && columns.size === 0) return undefined;
  if (changed === undefined && marker === row.marker && deletion === row.deletion) return row;
  return { clustering: row.clustering, marker, deletion, columns };
}

/**
 * Two versions of one row.
 * @param around what is deleted around it
 * @returns undefined when nothing is left
 */
export function mergeRows(left: Row, right: Row, layout: TableLayout, around?: Deletion): Row | undefined {
  const newer = newerDeletion(left.deletion, right.deletion);
  const deletion = newer !== undefined && supersedes(newer, around) ? newer : undefined;
  const active = deletion ?? around;
  let marker = reconcileMarkers(left.marker, right.marker);
  if (marker !== undefined && hides(active, marker.timestamp)) marker = undefined;
  const columns = new Map<number, ColumnData>();
  for (const [id, column] of left.columns) {
    const other = right.columns.get(id);
    const visible =
      other === undefined
        ? visibleColumn(column, active)
        : mergeColumns(column, other, layout.paths(id), active);
    if (visible !== undefined) columns.set(id, visible);
  }
  for (const [id, column] of right.columns) {
    if (left.columns.has(id)) continue;
    const visible = visibleColumn(column, active);
    if (visible !== undefined) columns.set(id, visible);
  }
  if (marker === undefined && deletion === undefined && columns.size === 0) return undefined;
  return { clustering: left.clustering, marker, deletion, columns };
}

/** Of rows that may be missing. */
export function mergeMaybeRows(
  left: Row | undefined,
  right: Row | undefined,
  layout: TableLayout,
  around?: Deletion,
): Row | undefined {
  if (left === undefined) return right === undefined ? undefined : visibleRow(right, around);
  return right === undefined ? visibleRow(left, around) : mergeRows(left, right, layout, around);
}
