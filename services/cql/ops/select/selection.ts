/** What a SELECT shows: its selectors against the table, the columns that clients are told of, and JSON. */
import { invalid } from '../../errors.ts';
import type { Select } from '../../parser/ast.ts';
import type { ColumnSchema, TableSchema } from '../../schema/model.ts';
import type { Value } from '../../types/api.ts';
import { bytesOfText } from '../../types/binary.ts';
import { jsonKey, toJson } from '../../types/json.ts';
import type { ColumnSpec } from '../api.ts';
import type { PreparedSelector, SelectedColumns, TermContext } from '../terms/api.ts';
import { newSelectedColumns } from '../terms/selected-columns.ts';
import { prepareColumnSelector, prepareSelector } from '../terms/selectors.ts';
import { jsonSpec } from '../terms/specs.ts';
import type { StatementRestrictions } from './statement-restrictions.ts';

export type ResultRow = (Value | undefined)[];

export interface Selection {
  /** First those that are shown, then columns that rows are sorted by. */
  readonly selectors: readonly PreparedSelector[];
  readonly shown: number;
  readonly columns: SelectedColumns;
  /** Of what clients get: with JSON of one text. */
  readonly specs: readonly ColumnSpec[];
  readonly isAggregate: boolean;
  readonly isJson: boolean;
}

export function prepareSelection(statement: Select, table: TableSchema, context: TermContext): Selection {
  const columns = newSelectedColumns();
  const shown =
    statement.selectors?.map((selector) => prepareSelector(selector, table, columns, context)) ??
    [...table.columns.values()].map((column) => prepareColumnSelector(column, table, columns));
  return {
    selectors: shown,
    shown: shown.length,
    columns,
    specs: statement.isJson ? [jsonSpec(table)] : shown.map(({ spec }) => spec),
    isAggregate: shown.some(({ isAggregate }) => isAggregate),
    isJson: statement.isJson,
  };
}

/** With columns that rows are sorted by. */
export function withHidden(
  selection: Selection,
  sortedBy: readonly ColumnSchema[],
  table: TableSchema,
): Selection {
  if (sortedBy.length === 0) return selection;
  const hidden = sortedBy.map((column) => prepareColumnSelector(column, table, selection.columns));
  return { ...selection, selectors: [...selection.selectors, ...hidden] };
}

export function checkDistinct(
  statement: Select,
  { columns: { columns: selected } }: Selection,
  restrictions: StatementRestrictions,
): void {
  if (statement.perPartitionLimit !== undefined)
    throw invalid('PER PARTITION LIMIT is not allowed with SELECT DISTINCT queries');
  if (restrictions.restrictsRows)
    throw invalid(
      'SELECT DISTINCT with WHERE clause only supports restriction by partition key and/or static columns.',
    );
  for (const { kind, name } of selected)
    if (kind !== 'partition_key' && kind !== 'static')
      throw invalid(
        'SELECT DISTINCT queries must only request partition key columns and/or static columns ' +
          `(not ${name})`,
      );
  if (!restrictions.isKeyRange) return;
  for (const column of restrictions.table.partitionKey)
    if (!selected.includes(column))
      throw invalid(
        `SELECT DISTINCT queries must request all the partition key columns (missing ${column.name})`,
      );
}

function jsonValue({ spec }: PreparedSelector, value: Value | undefined): string {
  return value?.length === 0 ? '""' : toJson(spec.type, value);
}

/** As it is kept until it is sent: with JSON its values are one text. What rows are sorted by stays behind. */
export function keptRow({ selectors, shown, isJson }: Selection, row: ResultRow): ResultRow {
  if (!isJson) return row;
  const fields: string[] = [];
  for (let index = 0; index < shown; index += 1) {
    const selector = selectors[index]!;
    fields.push(`${jsonKey(selector.spec.name)}: ${jsonValue(selector, row[index])}`);
  }
  return [bytesOfText(`{${fields.join(', ')}}`), ...row.slice(shown)];
}
