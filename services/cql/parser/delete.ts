/** DELETE. */
import type { Delete, Deletion } from './ast.ts';
import type { Cursor } from './cursor.ts';
import { columnName, name, tableName } from './names.ts';
import { optionalIf, where } from './relations.ts';
import { term } from './terms.ts';
import { usingTimestamp } from './using.ts';

export function deleteFrom(cursor: Cursor): Delete {
  cursor.expect('DELETE');
  const deletions = cursor.is('FROM') ? [] : cursor.list(deletion);
  cursor.expect('FROM');
  const table = tableName(cursor);
  const using = usingTimestamp(cursor);
  const relations = where(cursor);
  return { kind: 'delete', table, deletions, using, where: relations, ...optionalIf(cursor) };
}

function deletion(cursor: Cursor): Deletion {
  const column = columnName(cursor);
  if (cursor.accept('[')) {
    const key = term(cursor);
    cursor.expect(']');
    return { kind: 'element', column, key };
  }
  if (cursor.accept('.')) return { kind: 'field', column, field: name(cursor) };
  return { kind: 'column', column };
}
