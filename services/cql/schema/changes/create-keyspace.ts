/** CREATE KEYSPACE. */
import { invalid } from '../../errors.ts';
import { alreadyExists, withKeyspace } from '../keyspace.ts';
import { schemaLimits } from '../limits.ts';
import type { KeyspaceSchema, Schema } from '../model.ts';
import {
  booleanProperty,
  checkNames,
  configError,
  mapProperty,
  type Properties,
} from '../params/properties.ts';
import { localStrategy, readReplication, replicationWarnings } from '../params/replication.ts';
import { type ChangeContext, type Changed, changed, checkModifiable, unchanged } from './change.ts';

export interface CreateKeyspace {
  readonly keyspace: string;
  readonly properties: Properties;
  readonly ifNotExists: boolean;
}

const known: ReadonlySet<string> = new Set(['durable_writes', 'replication']);

export function checkKeyspaceProperties(properties: Properties): void {
  checkNames(properties, known);
  const replication = mapProperty(properties, 'replication');
  if (replication !== undefined && !replication.has('class'))
    throw configError('Missing replication strategy class');
}

export function checkNotLocal(replication: Readonly<Record<string, string>>): void {
  if (replication.class === localStrategy)
    throw invalid('Unable to use given strategy class: LocalStrategy is reserved for internal use.');
}

export function createKeyspace(schema: Schema, statement: CreateKeyspace, context: ChangeContext): Changed {
  const { keyspace: name, properties } = statement;
  checkModifiable(schema, name, 'CREATE');
  checkKeyspaceProperties(properties);
  const given = mapProperty(properties, 'replication');
  if (given === undefined) throw invalid("Missing mandatory option 'replication'");
  if (schema.keyspaces.has(name)) {
    if (statement.ifNotExists) return unchanged(schema);
    throw alreadyExists(name);
  }
  if (schema.keyspaces.size >= schemaLimits.keyspaces)
    throw invalid(`There can be no more than ${schemaLimits.keyspaces} keyspaces`);
  const replication = readReplication(name, given, undefined, context.cluster);
  checkNotLocal(replication);
  const made: KeyspaceSchema = {
    name,
    durableWrites: booleanProperty(properties, 'durable_writes') ?? true,
    replication,
    isVirtual: false,
    tables: new Map(),
    types: new Map(),
    functions: new Map(),
    aggregates: new Map(),
  };
  return changed(
    withKeyspace(schema, made),
    { change: 'CREATED', target: 'KEYSPACE', keyspace: name },
    replicationWarnings(name, replication, context.cluster),
  );
}
