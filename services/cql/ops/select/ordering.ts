/** ORDER BY: rows of a partition backwards, or the rows of several partitions sorted. */
import { invalid } from '../../errors.ts';
import type { Ordering } from '../../parser/ast.ts';
import type { ColumnSchema } from '../../schema/model.ts';
import type { Value } from '../../types/api.ts';
import { comparatorOf } from '../../types/compare.ts';
import { existingColumn } from '../terms/column-selectors.ts';
import type { ResultRow } from './selection.ts';
import type { StatementRestrictions } from './statement-restrictions.ts';

export interface SortColumn {
  readonly column: ColumnSchema;
  readonly isDescending: boolean;
}

/** Columns with their last direction, each once. */
export function orderingColumns(
  orderings: readonly Ordering[],
  { table }: StatementRestrictions,
): SortColumn[] {
  const columns = new Map<ColumnSchema, SortColumn>();
  for (const { column: name, descending, annOf } of orderings) {
    const column = existingColumn(table, name);
    if (annOf !== undefined) throw invalid('ANN ordering by vector requires the column to be indexed');
    columns.set(column, { column, isDescending: descending });
  }
  return [...columns.values()];
}

/** @returns whether rows are read backwards */
export function isReversed(columns: readonly SortColumn[], restrictions: StatementRestrictions): boolean {
  if (columns.length === 0) return false;
  if (restrictions.usesIndex) throw invalid('ORDER BY with 2ndary indexes is not supported.');
  if (restrictions.isKeyRange)
    throw invalid('ORDER BY is only supported when the partition key is restricted by an EQ or an IN.');
  const { clustering } = restrictions.table;
  let reversed: boolean | undefined;
  let next = 0;
  for (const { column, isDescending } of columns) {
    if (column.kind !== 'clustering')
      throw invalid(
        `Order by is currently only supported on the clustered columns of the PRIMARY KEY, got ${column.name}`,
      );
    while (clustering[next] !== column) {
      const skipped = clustering[next++];
      if (skipped === undefined || !restrictions.isEqual(skipped))
        throw invalid(
          'Order by currently only supports the ordering of columns following their declared order in the PRIMARY KEY',
        );
    }
    next += 1;
    const isTurned = isDescending !== (column.order === 'desc');
    reversed ??= isTurned;
    if (reversed !== isTurned) throw invalid('Unsupported order by relation');
  }
  return reversed ?? false;
}

/** @param first index of the first column's value in rows; nulls come first. */
export function rowComparator(
  columns: readonly SortColumn[],
  first: number,
): (left: ResultRow, right: ResultRow) => number {
  const orders = columns.map(({ column, isDescending }, index) => {
    const compare = comparatorOf(column.type);
    const ascending = (left: Value | undefined, right: Value | undefined) => {
      if (left === undefined || right === undefined)
        return Number(left !== undefined) - Number(right !== undefined);
      return compare(left, right);
    };
    const at = first + index;
    return (left: ResultRow, right: ResultRow) =>
      isDescending ? ascending(right[at], left[at]) : ascending(left[at], right[at]);
  });
  return (left, right) => {
    for (const order of orders) {
      const result = order(left, right);
      if (result !== 0) return result;
    }
    return 0;
  };
}
