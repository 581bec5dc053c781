/** CREATE and DROP INDEX. */
import type { CreateIndex, DropIndex, IndexTargetSyntax, Properties } from './ast.ts';
import type { Cursor } from './cursor.ts';
import { columnName, indexName, localIndexName, tableName } from './names.ts';
import { withProperties } from './properties.ts';
import type { Kind } from './tokens.ts';

const targetKinds: ReadonlyMap<Kind, IndexTargetSyntax['kind']> = new Map<Kind, IndexTargetSyntax['kind']>([
  ['VALUES', 'values'],
  ['KEYS', 'keys'],
  ['ENTRIES', 'entries'],
  ['FULL', 'full'],
]);

/** @param cursor behind `CREATE INDEX` */
export function createIndex(cursor: Cursor, isCustom: boolean): CreateIndex {
  const ifNotExists = cursor.acceptIfNotExists();
  const name = cursor.is('ON') ? undefined : localIndexName(cursor);
  cursor.expect('ON');
  const table = tableName(cursor);
  cursor.expect('(');
  const targets = cursor.is(')') ? [] : cursor.list(indexTarget);
  cursor.expect(')');
  const className = cursor.accept('USING') ? cursor.expect('STRING_LITERAL').value : undefined;
  const properties: Properties = cursor.is('WITH') ? withProperties(cursor) : new Map();
  return { kind: 'createIndex', name, table, ifNotExists, isCustom, targets, className, properties };
}

function indexTarget(cursor: Cursor): IndexTargetSyntax {
  const kind = targetKinds.get(cursor.kind);
  // A column may be called `values` or `keys`.
  if (kind === undefined || (cursor.peek(1).kind !== '(' && kind !== 'entries' && kind !== 'full')) {
    return { kind: 'simple', column: columnName(cursor) };
  }
  cursor.take();
  cursor.expect('(');
  const column = columnName(cursor);
  cursor.expect(')');
  return { kind, column };
}

/** @param cursor behind `DROP INDEX` */
export function dropIndex(cursor: Cursor): DropIndex {
  const ifExists = cursor.acceptIfExists();
  return { kind: 'dropIndex', name: indexName(cursor), ifExists };
}
