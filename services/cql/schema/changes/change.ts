/** What all changes of the schema have in common: what they are given beside the statement, and what they give back. */
import { CqlError, invalid } from '../../errors.ts';
import type { KeyspaceSchema, Schema, SchemaChange } from '../model.ts';
import { checkKeyspaceName } from '../names.ts';
import type { Cluster } from '../params/replication.ts';
import { isLocalSystem, isReplicatedSystem } from '../system/names.ts';

/** What does not follow from statement and schema. Noted with the change, so that applying it again gives the same. */
export interface ChangeContext {
  /** Microseconds since 1970. */
  readonly now: bigint;
  /** Of the table or view that this change makes: 16 random bytes in hexadecimal. */
  readonly newTableId: string;
  readonly cluster: Cluster;
}

export interface Changed {
  readonly schema: Schema;
  /** Undefined: nothing changed, as with IF NOT EXISTS. */
  readonly change: SchemaChange | undefined;
  /** For the client. */
  readonly warnings: readonly string[];
}

export const unchanged = (schema: Schema): Changed => ({ schema, change: undefined, warnings: [] });

export const changed = (schema: Schema, change: SchemaChange, warnings: readonly string[] = []): Changed => ({
  schema,
  change,
  warnings,
});

export const tableChange = (
  change: SchemaChange['change'],
  keyspace: string,
  name: string,
): SchemaChange => ({ change, target: 'TABLE', keyspace, name });

export type ChangePermission = 'CREATE' | 'ALTER' | 'DROP';

/** Before anything else: the system's own keyspaces stay as they are. `resource` is what the permission would be for. */
export function checkModifiable(
  schema: Schema,
  keyspace: string,
  permission: ChangePermission,
  table?: string,
): void {
  if (isLocalSystem(keyspace))
    throw new CqlError('unauthorized', `${keyspace} keyspace is not user-modifiable.`);
  // Scripts set the replication of system_auth, so that is allowed.
  if (isReplicatedSystem(keyspace) && !(permission === 'ALTER' && table === undefined)) {
    const resource =
      table === undefined || permission === 'CREATE'
        ? `<keyspace ${keyspace}>`
        : `<table ${keyspace}.${table}>`;
    throw new CqlError('unauthorized', `Cannot ${permission} ${resource}`);
  }
  if (schema.keyspaces.get(keyspace)?.isVirtual === true)
    throw invalid(`Virtual keyspace '${keyspace}' is not user-modifiable`);
  checkKeyspaceName(keyspace);
}

/** The keyspace, for changes within it. */
export function keyspaceToChange(
  schema: Schema,
  keyspace: string,
  permission: ChangePermission,
  table: string,
): KeyspaceSchema | undefined {
  checkModifiable(schema, keyspace, permission, table);
  return schema.keyspaces.get(keyspace);
}
