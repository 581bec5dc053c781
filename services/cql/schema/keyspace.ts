/** Finding things in a schema, and the schema with one of them replaced. */
import { CqlError, invalid } from '../errors.ts';
import type {
  AggregateSchema,
  FunctionSchema,
  IndexSchema,
  KeyspaceSchema,
  Schema,
  TableSchema,
} from './model.ts';
import { byName } from './names.ts';
import { signatureText } from './type-text.ts';
import { schemaVersion } from './version.ts';

export function withKeyspace(schema: Schema, keyspace: KeyspaceSchema): Schema {
  const keyspaces = new Map(schema.keyspaces).set(keyspace.name, keyspace);
  return { keyspaces, version: schemaVersion(keyspaces) };
}

export function withoutKeyspace(schema: Schema, name: string): Schema {
  const keyspaces = new Map(schema.keyspaces);
  keyspaces.delete(name);
  return { keyspaces, version: schemaVersion(keyspaces) };
}

export function existingKeyspace(schema: Schema, name: string): KeyspaceSchema {
  const found = schema.keyspaces.get(name);
  if (found === undefined) throw invalid(`Keyspace '${name}' doesn't exist`);
  return found;
}

export const withTables = (keyspace: KeyspaceSchema, ...changed: readonly TableSchema[]): KeyspaceSchema => {
  const tables = new Map(keyspace.tables);
  for (const table of changed) tables.set(table.name, table);
  return { ...keyspace, tables };
};

export function withoutTable(keyspace: KeyspaceSchema, name: string): KeyspaceSchema {
  const tables = new Map(keyspace.tables);
  tables.delete(name);
  return { ...keyspace, tables };
}

/** The views of a table, by name. */
export function viewsOf(keyspace: KeyspaceSchema, table: string): TableSchema[] {
  return [...keyspace.tables.values()].filter((view) => view.view?.baseTable === table).sort(byName);
}

export interface FoundIndex {
  readonly table: TableSchema;
  readonly index: IndexSchema;
}

/** Names of indexes are a keyspace's, not a table's. */
export function findIndex(keyspace: KeyspaceSchema, name: string): FoundIndex | undefined {
  for (const table of keyspace.tables.values()) {
    const index = table.indexes.find((candidate) => candidate.name === name);
    if (index !== undefined) return { table, index };
  }
  return undefined;
}

/** The overload with these arguments. */
export function findOverload<T extends FunctionSchema | AggregateSchema>(
  overloads: readonly T[] | undefined,
  argumentTypes: T['argumentTypes'],
): T | undefined {
  const wanted = signatureText(argumentTypes);
  return overloads?.find((candidate) => signatureText(candidate.argumentTypes) === wanted);
}

/** Overloads with one added, or put where one with the same arguments was. */
export function withOverload<T extends FunctionSchema | AggregateSchema>(
  all: ReadonlyMap<string, readonly T[]>,
  added: T,
): ReadonlyMap<string, readonly T[]> {
  const overloads = all.get(added.name) ?? [];
  const old = findOverload(overloads, added.argumentTypes);
  const next =
    old === undefined ? [...overloads, added] : overloads.map((each) => (each === old ? added : each));
  return new Map(all).set(added.name, next);
}

export function withoutOverload<T extends FunctionSchema | AggregateSchema>(
  all: ReadonlyMap<string, readonly T[]>,
  removed: T,
): ReadonlyMap<string, readonly T[]> {
  const left = (all.get(removed.name) ?? []).filter((each) => each !== removed);
  const next = new Map(all);
  if (left.length === 0) next.delete(removed.name);
  else next.set(removed.name, left);
  return next;
}

/** Thrown where something must not exist yet. `table` is empty for keyspaces. */
export function alreadyExists(keyspace: string, table = ''): CqlError {
  const message =
    table === ''
      ? `Cannot add existing keyspace "${keyspace}"`
      : `Cannot add already existing table "${table}" to keyspace "${keyspace}"`;
  return new CqlError('alreadyExists', message, { kind: 'alreadyExists', keyspace, table });
}
