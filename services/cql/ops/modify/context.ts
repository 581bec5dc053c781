/** What statements that modify are prepared with, and the tables and columns that they name. */
import { invalid } from '../../errors.ts';
import type { Functions } from '../../functions/api.ts';
import type { QualifiedName } from '../../parser/ast.ts';
import { printName } from '../../parser/index.ts';
import { viewsOf } from '../../schema/index.ts';
import type { ColumnSchema, Schema, TableSchema } from '../../schema/model.ts';
import type { Need } from '../api.ts';
import type { Effects } from './effects.ts';

export interface ModifyContext {
  /** Of USE. */
  readonly keyspace: string | undefined;
  /** As `ParsedStatement.markers`. */
  readonly markers: readonly (string | undefined)[];
  readonly functions: Functions;
  readonly effects: Effects;
}

export function tableNamed(name: QualifiedName, schema: Schema, context: ModifyContext): TableSchema {
  const keyspace = name.keyspace ?? context.keyspace;
  if (keyspace === undefined)
    throw invalid('No keyspace has been specified. USE a keyspace, or explicitly specify keyspace.tablename');
  const found = schema.keyspaces.get(keyspace);
  if (found === undefined) throw invalid(`keyspace ${keyspace} does not exist`);
  const table = found.tables.get(name.name);
  if (table === undefined) throw invalid(`table ${name.name} does not exist`);
  return table;
}

export function columnNamed(table: TableSchema, name: string): ColumnSchema {
  const column = table.columns.get(name);
  if (column === undefined)
    throw invalid(`Undefined column name ${printName(name)} in table ${table.keyspace}.${table.name}`);
  return column;
}

/** What writing a table takes; its views are read from it and written with it. */
export function needsOf(table: TableSchema, schema: Schema, hasConditions: boolean): Need[] {
  const need = (permission: Need['permission'], { keyspace, name }: TableSchema): Need => ({
    permission,
    resource: { kind: 'table', keyspace, table: name },
  });
  const keyspace = schema.keyspaces.get(table.keyspace);
  const views = keyspace === undefined ? [] : viewsOf(keyspace, table.name);
  return [
    need('MODIFY', table),
    ...(hasConditions || views.length > 0 ? [need('SELECT', table)] : []),
    ...views.map((view) => need('MODIFY', view)),
  ];
}
