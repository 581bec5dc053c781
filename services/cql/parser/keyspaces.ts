/** CREATE, ALTER and DROP KEYSPACE, and USE. */
import type { AlterKeyspace, CreateKeyspace, DropKeyspace, Use } from './ast.ts';
import type { Cursor } from './cursor.ts';
import { keyspaceName } from './names.ts';
import { withProperties } from './properties.ts';

/** @param cursor behind `CREATE KEYSPACE`, as of what follows here */
export function createKeyspace(cursor: Cursor): CreateKeyspace {
  const ifNotExists = cursor.acceptIfNotExists();
  const keyspace = keyspaceName(cursor);
  return { kind: 'createKeyspace', keyspace, ifNotExists, properties: withProperties(cursor) };
}

export function alterKeyspace(cursor: Cursor): AlterKeyspace {
  const ifExists = cursor.acceptIfExists();
  const keyspace = keyspaceName(cursor);
  return { kind: 'alterKeyspace', keyspace, ifExists, properties: withProperties(cursor) };
}

export function dropKeyspace(cursor: Cursor): DropKeyspace {
  const ifExists = cursor.acceptIfExists();
  return { kind: 'dropKeyspace', keyspace: keyspaceName(cursor), ifExists };
}

export function use(cursor: Cursor): Use {
  cursor.expect('USE');
  return { kind: 'use', keyspace: keyspaceName(cursor) };
}
