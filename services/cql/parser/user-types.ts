/** CREATE, ALTER and DROP TYPE. */

import { renames } from './alter-table.ts';
import type { AlterType, CreateType, DropType, FieldDefinition, TypeChange } from './ast.ts';
import type { Cursor } from './cursor.ts';
import { name, userTypeName } from './names.ts';
import { type } from './types.ts';

/** @param cursor behind `CREATE TYPE`, as of what follows here */
export function createType(cursor: Cursor): CreateType {
  const ifNotExists = cursor.acceptIfNotExists();
  const typeName = userTypeName(cursor);
  cursor.expect('(');
  const fields = [fieldDefinition(cursor)];
  while (cursor.accept(',')) {
    // A comma may stand behind the last one.
    if (!cursor.is(',') && !cursor.is(')')) fields.push(fieldDefinition(cursor));
  }
  cursor.expect(')');
  return { kind: 'createType', name: typeName, ifNotExists, fields };
}

function fieldDefinition(cursor: Cursor): FieldDefinition {
  return { name: name(cursor), type: type(cursor) };
}

export function alterType(cursor: Cursor): AlterType {
  const ifExists = cursor.acceptIfExists();
  return { kind: 'alterType', name: userTypeName(cursor), ifExists, change: typeChange(cursor) };
}

function typeChange(cursor: Cursor): TypeChange {
  switch (cursor.kind) {
    case 'ADD': {
      cursor.take();
      const ifNotExists = cursor.acceptIfNotExists();
      return { kind: 'add', ifNotExists, field: fieldDefinition(cursor) };
    }
    case 'ALTER': {
      cursor.take();
      const field = name(cursor);
      cursor.expect('TYPE');
      return { kind: 'alterType', field, type: type(cursor) };
    }
    case 'RENAME': {
      cursor.take();
      const ifExists = cursor.acceptIfExists();
      return { kind: 'rename', ifExists, renames: renames(cursor) };
    }
    default:
      throw cursor.noAlternative();
  }
}

export function dropType(cursor: Cursor): DropType {
  const ifExists = cursor.acceptIfExists();
  return { kind: 'dropType', name: userTypeName(cursor), ifExists };
}
