/** CREATE TYPE. */
import { invalid } from '../../errors.ts';
import { existingKeyspace, withKeyspace } from '../keyspace.ts';
import { schemaLimits } from '../limits.ts';
import type { KeyspaceSchema, Schema, UserType } from '../model.ts';
import { checkIdentifier } from '../names.ts';
import { isRawCounter, type RawType, resolveType } from '../raw-type.ts';
import { type Changed, changed, checkModifiable, unchanged } from './change.ts';

export interface NewField {
  readonly name: string;
  readonly type: RawType;
}

export interface CreateType {
  readonly keyspace: string;
  readonly name: string;
  readonly fields: readonly NewField[];
  readonly ifNotExists: boolean;
}

export function createType(schema: Schema, statement: CreateType): Changed {
  const { name } = statement;
  checkModifiable(schema, statement.keyspace, 'CREATE', name);
  const keyspace = existingKeyspace(schema, statement.keyspace);
  if (keyspace.types.has(name)) {
    if (statement.ifNotExists) return unchanged(schema);
    throw invalid(`A user type with name '${name}' already exists`);
  }
  checkIdentifier(name);
  checkFieldCount(statement.fields.length);
  const seen = new Set<string>();
  for (const field of statement.fields) {
    if (seen.has(field.name)) throw invalid(`Duplicate field name '${field.name}' in type '${name}'`);
    seen.add(field.name);
    checkIdentifier(field.name);
  }
  for (const field of statement.fields) checkFieldType(field.type);
  const fields = statement.fields.map((field) => ({
    name: field.name,
    type: resolveType(field.type, keyspace.name, keyspace.types),
  }));
  const made: UserType = { keyspace: keyspace.name, name, fields };
  return changed(withKeyspace(schema, withType(keyspace, made)), {
    change: 'CREATED',
    target: 'TYPE',
    keyspace: keyspace.name,
    name,
  });
}

export function checkFieldCount(count: number): void {
  if (count > schemaLimits.fieldsPerType)
    throw invalid(`A user type can have no more than ${schemaLimits.fieldsPerType} fields`);
}

export function checkFieldType(type: RawType): void {
  if (isRawCounter(type)) throw invalid('A user type cannot contain counters');
  if (type.kind === 'user') throw invalid('A user type cannot contain non-frozen UDTs');
}

export const withType = (keyspace: KeyspaceSchema, type: UserType): KeyspaceSchema => ({
  ...keyspace,
  types: new Map(keyspace.types).set(type.name, type),
});
