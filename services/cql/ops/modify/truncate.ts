/** TRUNCATE. What is made from the table is emptied with it. */
import { invalid } from '../../errors.ts';
import type { Truncate } from '../../parser/ast.ts';
import type { Schema } from '../../schema/model.ts';
import type { Executing, Prepared, QueryOptions, Result } from '../api.ts';
import { type ModifyContext, tableNamed } from './context.ts';

export function prepareTruncate(statement: Truncate, schema: Schema, context: ModifyContext): Prepared {
  const table = tableNamed(statement.table, schema, context);
  if (table.kind === 'view')
    throw invalid('Cannot TRUNCATE materialized view directly; must truncate base table instead');
  if (table.kind === 'virtual') throw invalid('Cannot truncate virtual tables');
  const tables = [table, ...(context.effects.of(table)?.truncates ?? [])];
  const { keyspace, name } = table;
  return {
    variables: [],
    partitionKeyMarkers: [],
    columns: undefined,
    needs: [{ permission: 'MODIFY', resource: { kind: 'table', keyspace, table: name } }],
    execute: async (_options: QueryOptions, { storage }: Executing): Promise<Result> => {
      await storage.truncate(...tables);
      return { kind: 'void' };
    },
  };
}
