/** DROP TABLE, with its indexes. */
import { invalid } from '../../errors.ts';
import { viewsOf, withKeyspace, withoutTable } from '../keyspace.ts';
import type { Schema } from '../model.ts';
import { type Changed, changed, keyspaceToChange, tableChange, unchanged } from './change.ts';

export interface DropTable {
  readonly keyspace: string;
  readonly name: string;
  readonly ifExists: boolean;
}

export function dropTable(schema: Schema, statement: DropTable): Changed {
  const { keyspace: keyspaceName, name } = statement;
  const keyspace = keyspaceToChange(schema, keyspaceName, 'DROP', name);
  const table = keyspace?.tables.get(name);
  if (keyspace === undefined || table === undefined) {
    if (statement.ifExists) return unchanged(schema);
    throw invalid(`Table '${keyspaceName}.${name}' doesn't exist`);
  }
  if (table.kind === 'view')
    throw invalid('Cannot use DROP TABLE on a materialized view. Please use DROP MATERIALIZED VIEW instead.');
  const views = viewsOf(keyspace, name);
  // Cassandra 4.0 names the keyspace here where it means the views.
  if (views.length > 0)
    throw invalid(`Cannot drop a table when materialized views still depend on it (${keyspaceName})`);
  return changed(
    withKeyspace(schema, withoutTable(keyspace, name)),
    tableChange('DROPPED', keyspaceName, name),
  );
}
