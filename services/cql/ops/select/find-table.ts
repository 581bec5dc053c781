/** The table that a statement names. */
import { invalid } from '../../errors.ts';
import type { QualifiedName } from '../../parser/ast.ts';
import type { Schema, TableSchema } from '../../schema/model.ts';

/** @param keyspace of USE */
export function findTable(schema: Schema, name: QualifiedName, keyspace: string | undefined): TableSchema {
  const keyspaceName = name.keyspace ?? keyspace;
  if (keyspaceName === undefined)
    throw invalid('No keyspace has been specified. USE a keyspace, or explicitly specify keyspace.tablename');
  const found = schema.keyspaces.get(keyspaceName);
  if (found === undefined) throw invalid(`keyspace ${keyspaceName} does not exist`);
  const table = found.tables.get(name.name);
  if (table === undefined) throw invalid(`table ${name.name} does not exist`);
  return table;
}
