/** BATCH. */
import type { Batch, Modification } from './ast.ts';
import type { Cursor } from './cursor.ts';
import { deleteFrom } from './delete.ts';
import { insert } from './insert.ts';
import { update } from './update.ts';
import { optionalUsing } from './using.ts';

export function batch(cursor: Cursor): Batch {
  cursor.expect('BEGIN');
  const type = batchType(cursor);
  cursor.expect('BATCH');
  const using = optionalUsing(cursor);
  const statements: Modification[] = [];
  for (let next = modification(cursor); next !== undefined; next = modification(cursor)) {
    statements.push(next);
    cursor.accept(';');
  }
  cursor.expectAll('APPLY', 'BATCH');
  return { kind: 'batch', type, using, statements };
}

function batchType(cursor: Cursor): Batch['type'] {
  if (cursor.accept('UNLOGGED')) return 'unlogged';
  return cursor.accept('COUNTER') ? 'counter' : 'logged';
}

function modification(cursor: Cursor): Modification | undefined {
  switch (cursor.kind) {
    case 'INSERT':
      return insert(cursor);
    case 'UPDATE':
      return update(cursor);
    case 'DELETE':
      return deleteFrom(cursor);
    default:
      return undefined;
  }
}
