/** DROP MATERIALIZED VIEW. */
import { invalid } from '../../errors.ts';
import { withKeyspace, withoutTable } from '../keyspace.ts';
import type { Schema } from '../model.ts';
import { type Changed, changed, keyspaceToChange, tableChange, unchanged } from './change.ts';

export interface DropView {
  readonly keyspace: string;
  readonly name: string;
  readonly ifExists: boolean;
}

export function dropView(schema: Schema, statement: DropView): Changed {
  const { keyspace: keyspaceName, name } = statement;
  const keyspace = keyspaceToChange(schema, keyspaceName, 'DROP', name);
  if (keyspace?.tables.get(name)?.kind !== 'view') {
    if (statement.ifExists) return unchanged(schema);
    throw invalid(`Materialized view '${keyspaceName}.${name}' doesn't exist`);
  }
  return changed(
    withKeyspace(schema, withoutTable(keyspace, name)),
    tableChange('DROPPED', keyspaceName, name),
  );
}
