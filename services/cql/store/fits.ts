/**
 * What a statement wrote is applied at its place in the journal. By then its table may have been dropped and made anew with the same id, or
 * have lost a column: what does not fit the table as it is there has no effect, as a kind of cell that a column does not have could not be
 * merged, settled or read.
 */
import type { ColumnData, Mutation, Row } from '../engine/model.ts';
import type { ColumnSchema, TableSchema } from '../schema/model.ts';
import { isMultiCell } from '../types/type-shape.ts';

type Kinds = ReadonlyMap<number, ColumnData['kind']>;

interface Shape {
  readonly regulars: Kinds;
  readonly statics: Kinds;
  /** Rows of views have cells of base columns that the view does not show, but lives by. */
  readonly isView: boolean;
}

const known = new WeakMap<TableSchema, Shape>();

/** @returns the mutation itself when all of it fits */
export function fitting(table: TableSchema, mutation: Mutation): Mutation {
  let shape = known.get(table);
  if (shape === undefined) {
    const isView = table.kind === 'view';
    shape = { regulars: kindsOf(table.regulars), statics: kindsOf(table.statics), isView };
    known.set(table, shape);
  }
  const { statics, rows, tombstones } = mutation;
  const most = table.clustering.length;
  let isSame = true;
  const { regulars, isView } = shape;
  const fitted = (row: Row, kinds: Kinds, values: number): Row | undefined => {
    const result = row.clustering.length > values ? undefined : fittingRow(row, kinds, isView);
    if (result !== row) isSame = false;
    return result;
  };
  const fittingStatics = statics === undefined ? undefined : fitted(statics, shape.statics, 0);
  const fittingRows = rows.map((row) => fitted(row, regulars, most));
  const ranges = tombstones.filter(
    ({ start, end }) => start.prefix.length <= most && end.prefix.length <= most,
  );
  if (isSame && ranges.length === tombstones.length) return mutation;
  return {
    ...mutation,
    statics: fittingStatics,
    rows: fittingRows.filter((row) => row !== undefined),
    tombstones: ranges,
  };
}

function fittingRow(row: Row, kinds: Kinds, isView: boolean): Row {
  const isFitting = ([id, data]: readonly [number, ColumnData]) => isOfKind(data, kinds.get(id), isView);
  for (const entry of row.columns) {
    if (!isFitting(entry)) return { ...row, columns: new Map([...row.columns].filter(isFitting)) };
  }
  return row;
}

/** Counters are deleted by cells. */
function isOfKind(data: ColumnData, kind: ColumnData['kind'] | undefined, isView: boolean): boolean {
  if (kind === undefined) return isView;
  return data.kind === kind || (kind === 'counter' && data.kind === 'cell' && data.cell.value === undefined);
}

function kindsOf(columns: readonly ColumnSchema[]): Kinds {
  return new Map(columns.map(({ id, type }) => [id, kindOf(type)]));
}

function kindOf(type: ColumnSchema['type']): ColumnData['kind'] {
  if (type.kind === 'native' && type.name === 'counter') return 'counter';
  return isMultiCell(type) ? 'complex' : 'cell';
}
