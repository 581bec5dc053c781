/** Collects what one statement writes into the columns of one row. */
import type { ColumnData, ComplexCell, Deletion, PathCell } from '../../engine/model.ts';
import type { TableLayout } from '../../engine/order.ts';
import { newerDeletion, reconcileCells } from '../../engine/reconcile.ts';
import type { Value } from '../../types/api.ts';
import type { ListPaths } from './list-paths.ts';
import type { Stamp } from './stamp.ts';

interface Parts {
  deletion: Deletion | undefined;
  readonly cells: PathCell[];
}

export class RowWriter {
  readonly stamp: Stamp;
  readonly paths: ListPaths;
  private readonly columns = new Map<number, ColumnData>();
  private parts: Map<number, Parts> | undefined;

  constructor(stamp: Stamp, paths: ListPaths) {
    this.stamp = stamp;
    this.paths = paths;
  }

  /** @param value null: a tombstone */
  set(column: number, value: Value | null): void {
    const cell = value === null ? this.stamp.tombstone : this.stamp.cell(value);
    this.columns.set(column, { kind: 'cell', cell });
  }

  /** @param value null: a tombstone */
  setPart(column: number, path: Value, value: Value | null): void {
    const cell = value === null ? this.stamp.tombstone : this.stamp.cell(value);
    this.partsOf(column).cells.push({ ...cell, path });
  }

  /** Everything in it. */
  deleteParts(column: number, deletion: Deletion): void {
    const parts = this.partsOf(column);
    parts.deletion = newerDeletion(parts.deletion, deletion);
  }

  count(column: number, delta: bigint): void {
    const before = this.columns.get(column);
    const count = BigInt.asIntN(64, before?.kind === 'counter' ? before.counter.count + delta : delta);
    this.columns.set(column, { kind: 'counter', counter: { timestamp: this.stamp.timestamp, count } });
  }

  /** Columns by id, with the cells of each in order. */
  finish(layout: TableLayout): ReadonlyMap<number, ColumnData> {
    if (this.parts === undefined) return this.columns;
    for (const [id, parts] of this.parts) {
      const complex = ordered(parts, layout.paths(id));
      if (complex !== undefined) this.columns.set(id, { kind: 'complex', complex });
    }
    return this.columns;
  }

  private partsOf(column: number): Parts {
    this.parts ??= new Map();
    let parts = this.parts.get(column);
    if (parts === undefined) this.parts.set(column, (parts = { deletion: undefined, cells: [] }));
    return parts;
  }
}

function ordered(
  { deletion, cells }: Parts,
  order: (left: Value, right: Value) => number,
): ComplexCell | undefined {
  if (cells.length === 0 && deletion === undefined) return undefined;
  if (isAscending(cells, order)) return { deletion, cells };
  const distinct: PathCell[] = [];
  for (const cell of cells.toSorted((left, right) => order(left.path, right.path))) {
    const last = distinct.at(-1);
    if (last !== undefined && order(last.path, cell.path) === 0)
      distinct[distinct.length - 1] = reconcileCells(last, cell);
    else distinct.push(cell);
  }
  return { deletion, cells: distinct };
}

function isAscending(cells: readonly PathCell[], order: (left: Value, right: Value) => number): boolean {
  for (let at = 1; at < cells.length; at++)
    if (order(cells[at - 1]!.path, cells[at]!.path) >= 0) return false;
  return true;
}
