/** DROP INDEX. */
import { invalid } from '../../errors.ts';
import { findIndex, withKeyspace, withTables } from '../keyspace.ts';
import type { Schema } from '../model.ts';
import { type Changed, changed, keyspaceToChange, tableChange, unchanged } from './change.ts';

export interface DropIndex {
  readonly keyspace: string;
  readonly name: string;
  readonly ifExists: boolean;
}

export function dropIndex(schema: Schema, statement: DropIndex): Changed {
  const { keyspace: keyspaceName, name } = statement;
  const keyspace = keyspaceToChange(schema, keyspaceName, 'ALTER', name);
  const found = keyspace === undefined ? undefined : findIndex(keyspace, name);
  if (keyspace === undefined || found === undefined) {
    if (statement.ifExists) return unchanged(schema);
    // The quote at the end is Cassandra's.
    throw invalid(`Index '${keyspaceName}.${name}' doesn't exist'`);
  }
  const { table } = found;
  const indexes = table.indexes.filter((index) => index !== found.index);
  return changed(
    withKeyspace(schema, withTables(keyspace, { ...table, indexes })),
    tableChange('UPDATED', keyspaceName, table.name),
  );
}
