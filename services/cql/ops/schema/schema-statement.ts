/**
 * Statements that change the schema: decided against the schema as it is when its turn comes, durable when they are answered. Whoever
 * makes something may do everything with it; what is not there any more nobody may do anything with.
 */
import { type AuthResource, permissionsFor, resourceName } from '../../auth/resources.ts';
import type { Soon } from '../../engine/storage.ts';
import { invalid } from '../../errors.ts';
import type { Functions } from '../../functions/api.ts';
import { argumentText } from '../../functions/signature.ts';
import type { ParsedStatement, SchemaStatement } from '../../parser/ast.ts';
import { unchanged } from '../../schema/changes/change.ts';
import type { Schema, SchemaChange } from '../../schema/model.ts';
import { cluster } from '../../system/node-facts.ts';
import type { Executing, Need, Permission, Prepared, Result } from '../api.ts';
import { plainStatement, voidResult } from '../misc/statement.ts';
import { isInSchema } from '../roles/resource-syntax.ts';
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
  /** As auth/authorizer.ts. @throws CqlError `unauthorized` */
  readonly permit: (role: string, needs: readonly Need[]) => Soon<unknown>;
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
  const planFor = (of: Schema) =>
    planOf(statement, { schema: of, keyspace, functions, hasMarkers: markers.length > 0 });
  const plan = planFor(schema);
  const planIn = (now: Schema) => (now === schema ? plan : planFor(now));
  return plainStatement({
    needs: plan.needs,
    execute: (executing) => execute(plan.needs, planIn, executing, modules),
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

async function execute(
  needs: readonly Need[],
  planIn: (schema: Schema) => SchemaPlan,
  executing: Executing,
  modules: SchemaModules,
): Promise<Result> {
  const { schemas, grants, functions } = modules;
  const context = {
    now: executing.clock.next(),
    newTableId: Buffer.from(functions.clock.timeUuid()).toString('hex'),
    cluster,
  };
  let before = schemas.schema;
  const decide = (permitted: ReadonlySet<string>) => {
    let further: readonly Need[] | undefined;
    return schemas
      .change((schema) => {
        before = schema;
        const plan = planIn(schema);
        further = plan.needs.some((need) => !permitted.has(nameOf(need))) ? plan.needs : undefined;
        return further === undefined ? plan.decide(schema, context) : unchanged(schema);
      })
      .then((changed) => ({ changed, further }));
  };
  let decided = await decide(new Set(needs.map(nameOf)));
  // What is there by now, others may have made behind the look at permissions: then it is looked at again.
  while (decided.further !== undefined) {
    await modules.permit(executing.caller.role, decided.further);
    decided = await decide(new Set(decided.further.map(nameOf)));
  }
  const { change, warnings } = decided.changed;
  for (const warning of warnings) executing.warn(warning);
  if (change === undefined) return voidResult;
  if (change.change === 'CREATED') {
    const made = resourcesMade(change);
    // Of one before it under the same name, if the gateway ended between dropping that and its permissions.
    await grants.dropResources(made);
    for (const resource of made)
      await grants.grant(executing.caller.role, resource, permissionsFor(resource));
  }
  // What others have made again by now has permissions of its own.
  if (change.change === 'DROPPED')
    await grants.dropResources(
      resourcesDropped(change, before).filter((resource) => !isInSchema(resource, schemas.schema)),
    );
  return { kind: 'schema-change', change };
}

const nameOf = ({ permission, resource }: Need) => `${permission} ${resourceName(resource)}`;

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
