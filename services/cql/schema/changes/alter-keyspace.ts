/** ALTER KEYSPACE. */
import { existingKeyspace, withKeyspace } from '../keyspace.ts';
import type { Schema } from '../model.ts';
import { booleanProperty, mapProperty, type Properties } from '../params/properties.ts';
import { readReplication, replicationWarnings, totalCopies } from '../params/replication.ts';
import { type ChangeContext, type Changed, changed, checkModifiable, unchanged } from './change.ts';
import { checkKeyspaceProperties, checkNotLocal } from './create-keyspace.ts';

export interface AlterKeyspace {
  readonly keyspace: string;
  readonly properties: Properties;
  readonly ifExists: boolean;
}

export function alterKeyspace(schema: Schema, statement: AlterKeyspace, context: ChangeContext): Changed {
  const { keyspace: name, properties } = statement;
  checkModifiable(schema, name, 'ALTER');
  checkKeyspaceProperties(properties);
  if (statement.ifExists && !schema.keyspaces.has(name)) return unchanged(schema);
  const before = existingKeyspace(schema, name);
  const given = mapProperty(properties, 'replication');
  const replication =
    given === undefined
      ? before.replication
      : readReplication(name, given, before.replication, context.cluster);
  checkNotLocal(replication);
  const durableWrites = booleanProperty(properties, 'durable_writes') ?? before.durableWrites;
  const warnings = given === undefined ? [] : replicationWarnings(name, replication, context.cluster);
  if (totalCopies(replication) > totalCopies(before.replication))
    warnings.push(
      'When increasing replication factor you need to run a full (-full) repair to distribute the data.',
    );
  return changed(
    withKeyspace(schema, { ...before, replication, durableWrites }),
    { change: 'UPDATED', target: 'KEYSPACE', keyspace: name },
    warnings,
  );
}
