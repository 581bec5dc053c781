/** INSERT, of values and of JSON. */
import type { Insert, InsertJson, QualifiedName } from './ast.ts';
import type { Cursor } from './cursor.ts';
import { columnName, tableName } from './names.ts';
import { term } from './terms.ts';
import { optionalUsing } from './using.ts';

export function insert(cursor: Cursor): Insert | InsertJson {
  cursor.expectAll('INSERT', 'INTO');
  const table = tableName(cursor);
  if (cursor.accept('JSON')) return insertJson(cursor, table);
  if (!cursor.is('(')) throw cursor.noAlternative();
  cursor.take();
  const columns = cursor.list(columnName);
  cursor.expectAll(')', 'VALUES', '(');
  const values = cursor.list(term);
  cursor.expect(')');
  const ifNotExists = cursor.acceptIfNotExists();
  return { kind: 'insert', table, columns, values, ifNotExists, using: optionalUsing(cursor) };
}

function insertJson(cursor: Cursor, table: QualifiedName): InsertJson {
  const json = jsonValue(cursor);
  const missing = cursor.accept('DEFAULT') ? jsonDefault(cursor) : 'null';
  const ifNotExists = cursor.acceptIfNotExists();
  return { kind: 'insertJson', table, json, missing, ifNotExists, using: optionalUsing(cursor) };
}

function jsonValue(cursor: Cursor): InsertJson['json'] {
  switch (cursor.kind) {
    case 'STRING_LITERAL':
      return { kind: 'text', text: cursor.take().value };
    case 'QMARK':
    case ':':
      return cursor.marker();
    default:
      throw cursor.noAlternative();
  }
}

function jsonDefault(cursor: Cursor): 'null' | 'unset' {
  if (cursor.accept('NULL')) return 'null';
  if (cursor.accept('UNSET')) return 'unset';
  throw cursor.noAlternative();
}
