/**
 * Statements that change the schema: decided against the schema as it is when its turn comes, durable when they are answered. Whoever
 * makes something may do everything with it; what is not there any more nobody may do anything with.
 */
import { type AuthResource, permissionsFor } from '../../auth/resources.ts';
import { invalid } from '../../errors.ts';
import type { Functions } from '../../functions/api.ts';
import { argumentText } from '../../functions/signature.ts';
import type { ParsedStatement, SchemaStatement } from '../../parser/ast.ts';
import type { Schema, SchemaChange } from '../../schema/model.ts';
import { cluster } from '../../system/node-facts.ts';
import type { Executing, Permission, Prepared, Result } from '../api.ts';
import { plainStatement, voidResult } from '../misc/statement.ts';
import { planCreateAggregate, planCreateFunction, planDropFunction } from './functions.ts';
import { planCreateIndex, planDropIndex } from './indexes.ts';
import { planAlterKeyspace, planCreateKeyspace, planDropKeyspace } from './keyspaces.ts';
import type { PlanContext, SchemaPlan } from './plan.ts';
import type { SchemaStore } from './schema-store.ts';
import { planAlterTable, planCreateTable, planDropTable } from './tables.ts';
import { planAlterType, planCreateType, planDropType } from './user-types.ts';
import { planAlterView, planCreateView, planDropView } from './views.ts';

/** What becomes of permissions: auth/roles.ts. */
export interface ResourceGrants {
  grant(role: string, resource: AuthResource, permissions: readonly Permission[]): Promise<void>;
  dropResources(resources: readonly AuthResource[]): Promise<void>;
}

export interface SchemaModules {
  readonly schemas: SchemaStore;
  readonly grants: ResourceGrants;
  readonly functions: Functions;
}

export function prepareSchemaStatement(
  statement: SchemaStatement,
  { markers }: Pick<ParsedStatement, 'markers'>,
  schema: Schema,
  keyspace: string | undefined,
  modules: SchemaModules,
): Prepared {
  const { functions } = modules;
  const plan = planOf(statement, { schema, keyspace, functions, hasMarkers: markers.length > 0 });
  return plainStatement({
    needs: plan.needs,
    execute: (executing) => execute(plan, executing, modules),
  });
}

function planOf(statement: SchemaStatement, context: PlanContext): SchemaPlan {
  switch (statement.kind) {
    case 'createKeyspace':
      return planCreateKeyspace(statement, context);
    case 'alterKeyspace':
      return planAlterKeyspace(statement, context);
    case 'dropKeyspace':
      return planDropKeyspace(statement, context);
    case 'createTable':
      return planCreateTable(statement, context);
    case 'alterTable':
      return planAlterTable(statement, context);
    case 'dropTable':
      return planDropTable(statement, context);
    case 'createType':
      return planCreateType(statement, context);
    case 'alterType':
      return planAlterType(statement, context);
    case 'dropType':
      return planDropType(statement, context);
    case 'createIndex':
      return planCreateIndex(statement, context);
    case 'dropIndex':
      return planDropIndex(statement, context);
    case 'createView':
      return planCreateView(statement, context);
    case 'alterView':
      return planAlterView(statement, context);
    case 'dropView':
      return planDropView(statement, context);
    case 'createFunction':
      return planCreateFunction(statement, context);
    case 'createAggregate':
      return planCreateAggregate(statement, context);
    case 'dropFunction':
    case 'dropAggregate':
      return planDropFunction(statement, context);
    case 'createTrigger':
    case 'dropTrigger':
      throw invalid('Triggers are not supported: they are classes of Java');
  }
}

async function execute(plan: SchemaPlan, executing: Executing, modules: SchemaModules): Promise<Result> {
  const { schemas, grants, functions } = modules;
  const context = {
    now: executing.clock.next(),
    newTableId: Buffer.from(functions.clock.timeUuid()).toString('hex'),
    cluster,
  };
  let before = schemas.schema;
  const { change, warnings } = await schemas.change((schema) => {
    before = schema;
    return plan.decide(schema, context);
  });
  for (const warning of warnings) executing.warn(warning);
  if (change === undefined) return voidResult;
  if (change.change === 'CREATED')
    for (const resource of resourcesMade(change))
      await grants.grant(executing.caller.role, resource, permissionsFor(resource));
  if (change.change === 'DROPPED') await grants.dropResources(resourcesDropped(change, before));
  return { kind: 'schema-change', change };
}

function resourcesMade({ target, keyspace, name = '', argumentTypes = [] }: SchemaChange): AuthResource[] {
  switch (target) {
    case 'KEYSPACE':
      return [
        { kind: 'keyspace', keyspace },
        { kind: 'keyspace-functions', keyspace },
      ];
    case 'TABLE':
      return [{ kind: 'table', keyspace, table: name }];
    case 'FUNCTION':
    case 'AGGREGATE':
      return [{ kind: 'function', keyspace, name, argumentTypes: argumentTypes.map(bareTuple) }];
    case 'TYPE':
      return [];
  }
}

/** Resources name the types of arguments without what is around every tuple. */
function bareTuple(type: string): string {
  return /^frozen<(tuple<.*>)>$/.exec(type)?.[1] ?? type;
}

/** With a keyspace goes what was in it. */
function resourcesDropped(change: SchemaChange, before: Schema): AuthResource[] {
  const { target, keyspace } = change;
  const known = before.keyspaces.get(keyspace);
  if (target !== 'KEYSPACE' || known === undefined) return resourcesMade(change);
  const overloads = [...known.functions.values(), ...known.aggregates.values()].flat();
  return [
    ...resourcesMade(change),
    { kind: 'all-tables', keyspace },
    ...[...known.tables.keys()].map((table): AuthResource => ({ kind: 'table', keyspace, table })),
    ...overloads.map(
      ({ name, argumentTypes }): AuthResource => ({
        kind: 'function',
        keyspace,
        name,
        argumentTypes: argumentTypes.map(argumentText),
      }),
    ),
  ];
}
