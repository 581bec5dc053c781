/** ALTER TABLE. */
import type { AlterTable, Rename, TableChange } from './ast.ts';
import type { Cursor } from './cursor.ts';
import { columnName, isName, name, tableName } from './names.ts';
import { withProperties } from './properties.ts';
import { columnDefinition, namesInParentheses } from './tables.ts';
import { type } from './types.ts';

const longMax = 2n ** 63n - 1n;

/** @param cursor behind `ALTER TABLE` */
export function alterTable(cursor: Cursor): AlterTable {
  const ifExists = cursor.acceptIfExists();
  return { kind: 'alterTable', table: tableName(cursor), ifExists, change: tableChange(cursor) };
}

function tableChange(cursor: Cursor): TableChange {
  switch (cursor.kind) {
    case 'ADD':
      return add(cursor);
    case 'ALTER': {
      cursor.take();
      const column = columnName(cursor);
      cursor.expect('TYPE');
      return { kind: 'alterType', column, type: type(cursor) };
    }
    case 'DROP':
      return drop(cursor);
    case 'RENAME': {
      cursor.take();
      const ifExists = cursor.acceptIfExists();
      return { kind: 'rename', ifExists, renames: renames(cursor) };
    }
    case 'WITH':
      return { kind: 'options', properties: withProperties(cursor) };
    default:
      throw cursor.noAlternative();
  }
}

function add(cursor: Cursor): TableChange {
  cursor.expect('ADD');
  const ifNotExists = cursor.acceptIfNotExists();
  if (!cursor.accept('(')) return { kind: 'add', ifNotExists, columns: [columnDefinition(cursor)] };
  const columns = cursor.list(columnDefinition);
  cursor.expect(')');
  return { kind: 'add', ifNotExists, columns };
}

function drop(cursor: Cursor): TableChange {
  cursor.expect('DROP');
  // A column may be called `compact`.
  if (cursor.is('COMPACT') && cursor.peek(1).kind === 'STORAGE') {
    cursor.expectAll('COMPACT', 'STORAGE');
    return { kind: 'dropCompactStorage' };
  }
  const ifExists = cursor.acceptIfExists();
  if (!isName(cursor.token) && !cursor.is('(')) throw cursor.noAlternative();
  const columns = cursor.is('(') ? namesInParentheses(cursor) : [name(cursor)];
  return { kind: 'drop', ifExists, columns, timestamp: dropTimestamp(cursor) };
}

function dropTimestamp(cursor: Cursor): bigint | undefined {
  if (!cursor.accept('USING')) return undefined;
  cursor.expect('TIMESTAMP');
  const { value } = cursor.expect('INTEGER');
  // Before a long text becomes a number, which takes more than linear time.
  if (value.length > 20 || BigInt(value) > longMax || BigInt(value) < -longMax - 1n) {
    throw cursor.refuse(`Invalid timestamp: ${value.slice(0, 40)}`);
  }
  return BigInt(value);
}

/** `a TO b AND c TO d` */
export function renames(cursor: Cursor): Rename[] {
  const found: Rename[] = [];
  do {
    const from = name(cursor);
    cursor.expect('TO');
    found.push({ from, to: name(cursor) });
  } while (cursor.accept('AND'));
  return found;
}
