/** CREATE, ALTER and DROP MATERIALIZED VIEW. */
import type { AlterView, CreateView, DropView } from './ast.ts';
import type { Cursor } from './cursor.ts';
import { tableName } from './names.ts';
import { withProperties } from './properties.ts';
import { optionalWhere } from './relations.ts';
import { selectors } from './selectors.ts';
import { primaryKey, tableOptions } from './tables.ts';

/** @param cursor behind `CREATE MATERIALIZED VIEW`, as of what follows here */
export function createView(cursor: Cursor): CreateView {
  const ifNotExists = cursor.acceptIfNotExists();
  const view = tableName(cursor);
  cursor.expectAll('AS', 'SELECT');
  const shown = selectors(cursor);
  cursor.expect('FROM');
  const table = tableName(cursor);
  const where = optionalWhere(cursor);
  const key = primaryKey(cursor);
  const options = tableOptions(cursor);
  if (options.compactStorage) {
    throw cursor.refuse('COMPACT STORAGE tables are not allowed starting with version 4.0');
  }
  return {
    kind: 'createView',
    view,
    table,
    ifNotExists,
    selectors: shown,
    where,
    primaryKey: key,
    options,
  };
}

export function alterView(cursor: Cursor): AlterView {
  const ifExists = cursor.acceptIfExists();
  return { kind: 'alterView', view: tableName(cursor), ifExists, properties: withProperties(cursor) };
}

export function dropView(cursor: Cursor): DropView {
  const ifExists = cursor.acceptIfExists();
  return { kind: 'dropView', view: tableName(cursor), ifExists };
}
