/** CREATE, ALTER and DROP KEYSPACE. */
import type { AlterKeyspace, CreateKeyspace, DropKeyspace } from '../../parser/ast.ts';
import { alterKeyspace, checkModifiable, createKeyspace, dropKeyspace } from '../../schema/changes/index.ts';
import { onAllKeyspaces, onKeyspace, type PlanContext, type SchemaPlan } from './plan.ts';

export function planCreateKeyspace(statement: CreateKeyspace, { schema }: PlanContext): SchemaPlan {
  checkModifiable(schema, statement.keyspace, 'CREATE');
  return {
    needs: [onAllKeyspaces('CREATE')],
    decide: (now, context) => createKeyspace(now, statement, context),
  };
}

export function planAlterKeyspace(statement: AlterKeyspace, { schema }: PlanContext): SchemaPlan {
  checkModifiable(schema, statement.keyspace, 'ALTER');
  return {
    needs: [onKeyspace('ALTER', statement.keyspace)],
    decide: (now, context) => alterKeyspace(now, statement, context),
  };
}

export function planDropKeyspace(statement: DropKeyspace, { schema }: PlanContext): SchemaPlan {
  checkModifiable(schema, statement.keyspace, 'DROP');
  return {
    needs: [onKeyspace('DROP', statement.keyspace)],
    decide: (now) => dropKeyspace(now, statement),
  };
}
