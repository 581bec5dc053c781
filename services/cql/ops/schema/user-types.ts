/** CREATE, ALTER and DROP TYPE. */
import { CqlError, invalid } from '../../errors.ts';
import type { Functions } from '../../functions/api.ts';
import type { AlterType, CreateType, DropType, TypeChange } from '../../parser/ast.ts';
import {
  alterType,
  checkModifiable,
  createType,
  dropType,
  type TypeChange as SchemaTypeChange,
} from '../../schema/changes/index.ts';
import type { Schema } from '../../schema/model.ts';
import { viewFilter } from '../../views/view-filter.ts';
import { keyspaceOr } from '../misc/statement.ts';
import { onKeyspace, type PlanContext, type SchemaPlan } from './plan.ts';
import { rawType } from './raw-types.ts';

export function planCreateType(statement: CreateType, context: PlanContext): SchemaPlan {
  const { name, fields, ifNotExists } = statement;
  const keyspace = keyspaceOr(name.keyspace, context.keyspace);
  checkModifiable(context.schema, keyspace, 'CREATE', name.name);
  const change = {
    keyspace,
    name: name.name,
    fields: fields.map((field) => ({ name: field.name, type: rawType(field.type) })),
    ifNotExists,
  };
  return { needs: [onKeyspace('CREATE', keyspace)], decide: (schema) => createType(schema, change) };
}

function typeChange(change: TypeChange): SchemaTypeChange {
  switch (change.kind) {
    case 'add':
      return { ...change, field: { name: change.field.name, type: rawType(change.field.type) } };
    case 'alterType':
      return { kind: 'alterType' };
    case 'rename':
      return change;
  }
}

export function planAlterType(statement: AlterType, context: PlanContext): SchemaPlan {
  const { name, ifExists } = statement;
  const keyspace = keyspaceOr(name.keyspace, context.keyspace);
  checkModifiable(context.schema, keyspace, 'ALTER', name.name);
  const change = { keyspace, name: name.name, ifExists, change: typeChange(statement.change) };
  return {
    needs: [onKeyspace('ALTER', keyspace)],
    decide: (schema) => {
      const changed = alterType(schema, change);
      if (changed.change !== undefined) checkViews(changed.schema, keyspace, name.name, context.functions);
      return changed;
    },
  };
}

/** Conditions of views are texts, in which fields have the names that they had. */
function checkViews(schema: Schema, keyspace: string, type: string, functions: Functions): void {
  const { tables } = schema.keyspaces.get(keyspace)!;
  for (const { name, view } of tables.values()) {
    const base = view && tables.get(view.baseTable);
    if (view === undefined || base === undefined) continue;
    try {
      viewFilter(view.where, base, schema, functions);
    } catch (error) {
      if (!(error instanceof CqlError)) throw error;
      throw invalid(
        `Cannot alter user type ${keyspace}.${type} as it is still used in the condition of view ${name}`,
      );
    }
  }
}

export function planDropType({ name, ifExists }: DropType, context: PlanContext): SchemaPlan {
  const keyspace = keyspaceOr(name.keyspace, context.keyspace);
  checkModifiable(context.schema, keyspace, 'DROP', name.name);
  return {
    needs: [onKeyspace('DROP', keyspace)],
    decide: (schema) => dropType(schema, { keyspace, name: name.name, ifExists }),
  };
}
