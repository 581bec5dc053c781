/** Tables as values: made from their columns, and in the orders in which columns are shown. */
import { CqlError } from '../errors.ts';
import { schemaLimits } from './limits.ts';
import type { ColumnKind, ColumnSchema, TableSchema } from './model.ts';
import { byName, checkIdentifier, qualifiedName } from './names.ts';
import { isCounter, isMultiCell } from './type-facts.ts';

export type TableParts = Omit<
  TableSchema,
  'columns' | 'partitionKey' | 'clustering' | 'statics' | 'regulars' | 'nextColumnId'
> & {
  readonly nextColumnId?: number;
};

const ofKind = (columns: readonly ColumnSchema[], kind: ColumnKind) =>
  columns.filter((column) => column.kind === kind);
const byPosition = (a: ColumnSchema, b: ColumnSchema) => a.position - b.position;

/** `columns` in any order. */
export function makeTable(parts: TableParts, columns: readonly ColumnSchema[]): TableSchema {
  const partitionKey = ofKind(columns, 'partition_key').sort(byPosition);
  const clustering = ofKind(columns, 'clustering').sort(byPosition);
  const statics = ofKind(columns, 'static').sort(byName);
  const regulars = ofKind(columns, 'regular').sort(byName);
  const ordered = [...partitionKey, ...clustering, ...statics, ...regulars];
  const nextId = Math.max(parts.nextColumnId ?? 0, ...ordered.map((column) => column.id + 1));
  return {
    ...parts,
    columns: new Map(ordered.map((column) => [column.name, column])),
    partitionKey,
    clustering,
    statics,
    regulars,
    nextColumnId: nextId,
  };
}

/** The same table with other columns. */
export function withColumns(table: TableSchema, columns: readonly ColumnSchema[]): TableSchema {
  return makeTable(table, columns);
}

export const columnsOf = (table: TableSchema): ColumnSchema[] => [...table.columns.values()];

export const isKeyColumn = (column: ColumnSchema): boolean =>
  column.kind === 'partition_key' || column.kind === 'clustering';

/** As CREATE TABLE is written: of statics and of others first those of one cell. */
export function columnsInCreateOrder(table: TableSchema): ColumnSchema[] {
  const simpleFirst = (columns: readonly ColumnSchema[]) => [
    ...columns.filter((column) => !isMultiCell(column.type)),
    ...columns.filter((column) => isMultiCell(column.type)),
  ];
  return [
    ...table.partitionKey,
    ...table.clustering,
    ...simpleFirst(table.statics),
    ...simpleFirst(table.regulars),
  ];
}

export const tableName = (table: { readonly keyspace: string; readonly name: string }): string =>
  qualifiedName(table.keyspace, table.name);

/** What holds of every table, however it came about. */
export function checkTable(table: TableSchema): void {
  const fail = (message: string) => new CqlError('config', `${table.keyspace}.${table.name}: ${message}`);
  if (table.partitionKey.some(({ type }) => isCounter(type)))
    throw fail('PRIMARY KEY columns cannot contain counters');
  for (const { name, type } of [...table.statics, ...table.regulars]) {
    if (table.isCounter && !isCounter(type))
      throw fail(`Cannot have a non counter column ("${name}") in a counter table`);
    if (!table.isCounter && isCounter(type))
      throw fail(`Cannot have a counter column ("${name}") in a non counter table`);
  }
  if (table.partitionKey.length === 0) throw fail(`Missing partition keys for table ${tableName(table)}`);
  if (table.columns.size > schemaLimits.columnsPerTable)
    throw fail(`A table can have no more than ${schemaLimits.columnsPerTable} columns`);
  for (const name of table.columns.keys()) checkIdentifier(name);
}
