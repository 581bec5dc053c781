/** The keyspaces of the system, and the schema of a cluster in which nothing else was made yet. */
import type { KeyspaceSchema, Schema } from '../model.ts';
import { localStrategy } from '../params/replication.ts';
import { schemaVersion } from '../version.ts';
import { defineKeyspace } from './define.ts';
import { localTables } from './local-tables.ts';
import { isReplicatedSystem, isSystemKeyspace } from './names.ts';
import { authTables, distributedTables, traceTables, viewsTables } from './replicated-tables.ts';
import { schemaTables, virtualSchemaTables } from './schema-tables.ts';

const local = { class: localStrategy };
const simple = (copies: number) => ({
  class: 'org.apache.cassandra.locator.SimpleStrategy',
  replication_factor: String(copies),
});
const hourMs = 3_600_000;
const daySeconds = 86_400;

export const systemKeyspaces: readonly KeyspaceSchema[] = [
  defineKeyspace(
    'system',
    local,
    false,
    { gc_grace_seconds: 0, memtable_flush_period_in_ms: hourMs },
    localTables,
  ),
  defineKeyspace(
    'system_schema',
    local,
    false,
    { gc_grace_seconds: 7 * daySeconds, memtable_flush_period_in_ms: hourMs },
    schemaTables,
  ),
  defineKeyspace('system_auth', simple(1), false, { gc_grace_seconds: 90 * daySeconds }, authTables),
  defineKeyspace('system_distributed', simple(3), false, {}, distributedTables),
  defineKeyspace('system_traces', simple(2), false, { gc_grace_seconds: 0 }, traceTables),
  defineKeyspace('system_views', local, true, {}, viewsTables),
  defineKeyspace('system_virtual_schema', local, true, {}, virtualSchemaTables),
];

/** What is stored, with the system's own beside it. Of the system's keyspaces only what ALTER KEYSPACE sets is taken from there. */
export function schemaWith(stored: readonly KeyspaceSchema[]): Schema {
  const keyspaces = new Map(systemKeyspaces.map((keyspace) => [keyspace.name, keyspace]));
  for (const keyspace of stored) {
    const own = keyspaces.get(keyspace.name);
    const { replication, durableWrites } = keyspace;
    keyspaces.set(keyspace.name, own === undefined ? keyspace : { ...own, replication, durableWrites });
  }
  return { keyspaces, version: schemaVersion(keyspaces) };
}

export const emptySchema: Schema = schemaWith([]);

/** Whether the keyspace has anything that this program does not know by itself. */
export function isStored(keyspace: KeyspaceSchema): boolean {
  if (isReplicatedSystem(keyspace.name)) return !systemKeyspaces.includes(keyspace);
  return !isSystemKeyspace(keyspace.name);
}
