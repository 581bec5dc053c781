/** CREATE and DROP INDEX: changes of the table, which take the permission for that. */
import { invalid } from '../../errors.ts';
import type { CreateIndex, DropIndex } from '../../parser/ast.ts';
import { checkModifiable, createIndex, dropIndex } from '../../schema/changes/index.ts';
import { findIndex } from '../../schema/keyspace.ts';
import { keyspaceOr } from '../misc/statement.ts';
import { onKeyspace, onTable, type PlanContext, type SchemaPlan } from './plan.ts';

export function planCreateIndex(statement: CreateIndex, context: PlanContext): SchemaPlan {
  const { table, name, targets, isCustom, className, properties, ifNotExists } = statement;
  const keyspace = keyspaceOr(table.keyspace, context.keyspace);
  checkModifiable(context.schema, keyspace, 'ALTER', table.name);
  const change = { keyspace, table: table.name, name, targets, isCustom, className, properties, ifNotExists };
  return {
    needs: [onTable('ALTER', keyspace, table.name)],
    decide: (schema) => createIndex(schema, change),
  };
}

export function planDropIndex({ name, ifExists }: DropIndex, context: PlanContext): SchemaPlan {
  const keyspaceName = keyspaceOr(name.keyspace, context.keyspace);
  checkModifiable(context.schema, keyspaceName, 'ALTER', name.name);
  const keyspace = context.schema.keyspaces.get(keyspaceName);
  if (keyspace === undefined && !ifExists) throw invalid(`Keyspace '${keyspaceName}' doesn't exist`);
  const table = keyspace && findIndex(keyspace, name.name)?.table.name;
  return {
    needs: [table === undefined ? onKeyspace('ALTER', keyspaceName) : onTable('ALTER', keyspaceName, table)],
    decide: (schema) => dropIndex(schema, { keyspace: keyspaceName, name: name.name, ifExists }),
  };
}
