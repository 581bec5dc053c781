/** CREATE and DROP FUNCTION and AGGREGATE. A function is compiled once before it is kept, so that what cannot run is refused at once. */
import { invalid } from '../../errors.ts';
import { argumentText } from '../../functions/signature.ts';
import type { UserFunctions } from '../../functions/user-functions.ts';
import type { CreateAggregate, CreateFunction, DropFunction, TypeSyntax } from '../../parser/ast.ts';
import {
  checkModifiable,
  createAggregate,
  createFunction,
  dropAggregate,
  dropFunction,
} from '../../schema/changes/index.ts';
import { findOverload } from '../../schema/keyspace.ts';
import type { AggregateSchema, FunctionSchema, Schema } from '../../schema/model.ts';
import { resolveType } from '../../schema/raw-type.ts';
import type { CqlType } from '../../types/api.ts';
import type { Need, Permission } from '../api.ts';
import { keyspaceOr } from '../misc/statement.ts';
import { initialConditionText } from '../terms/functions.ts';
import { resolveTypeSyntax } from '../terms/type-syntax.ts';
import type { PlanContext, SchemaPlan } from './plan.ts';
import { rawType } from './raw-types.ts';

type Overload = FunctionSchema | AggregateSchema;

const inKeyspace = (permission: Permission, keyspace: string): Need => ({
  permission,
  resource: { kind: 'keyspace-functions', keyspace },
});

const onOverload = (permission: Permission, { keyspace, name, argumentTypes }: Overload): Need => ({
  permission,
  resource: { kind: 'function', keyspace, name, argumentTypes: argumentTypes.map(argumentText) },
});

/** Types that mean nothing in this schema: then nothing is found. */
function resolved(types: readonly TypeSyntax[], keyspace: string, schema: Schema): CqlType[] | undefined {
  const known = schema.keyspaces.get(keyspace);
  if (known === undefined) return undefined;
  try {
    return types.map((type) => resolveType(rawType(type), keyspace, known.types));
  } catch {
    // What is wrong with them is said when the change is made.
    return undefined;
  }
}

function found<T extends Overload>(
  overloads: readonly T[] | undefined,
  types: readonly TypeSyntax[] | undefined,
  keyspace: string,
  schema: Schema,
): T | undefined {
  if (types === undefined) return overloads?.length === 1 ? overloads[0] : undefined;
  const argumentTypes = resolved(types, keyspace, schema);
  return argumentTypes && findOverload(overloads, argumentTypes);
}

/** To replace one takes the permission to change it, anything else the permission to make one. */
function needOfCreating(existing: Overload | undefined, orReplace: boolean, keyspace: string): Need {
  return existing !== undefined && orReplace ? onOverload('ALTER', existing) : inKeyspace('CREATE', keyspace);
}

export function planCreateFunction(statement: CreateFunction, context: PlanContext): SchemaPlan {
  const { name, args, returns, calledOnNull, language, body, orReplace, ifNotExists } = statement;
  const { schema, functions } = context;
  const keyspace = keyspaceOr(name.keyspace, context.keyspace);
  checkModifiable(schema, keyspace, 'CREATE', name.name);
  const change = {
    keyspace,
    name: name.name,
    args: args.map((argument) => ({ name: argument.name, type: rawType(argument.type) })),
    returns: rawType(returns),
    calledOnNull,
    language,
    body,
    orReplace,
    ifNotExists,
  };
  const types = args.map(({ type }) => type);
  const existing = found(schema.keyspaces.get(keyspace)?.functions.get(name.name), types, keyspace, schema);
  return {
    needs: [needOfCreating(existing, orReplace, keyspace)],
    decide: (now) => {
      const changed = createFunction(now, change);
      if (changed.change === undefined) return changed;
      const overloads = changed.schema.keyspaces.get(keyspace)!.functions.get(name.name)!;
      const before = now.keyspaces.get(keyspace)!.functions.get(name.name) ?? [];
      for (const made of overloads) if (!before.includes(made)) runner(functions.user).compile(made);
      return changed;
    },
  };
}

function runner(user: UserFunctions | undefined): UserFunctions {
  if (user === undefined) throw invalid('User-defined functions are disabled');
  return user;
}

export function planCreateAggregate(statement: CreateAggregate, context: PlanContext): SchemaPlan {
  const { name, stateFunction, finalFunction, stateType, initialCondition, orReplace } = statement;
  const { schema, functions } = context;
  const keyspace = keyspaceOr(name.keyspace, context.keyspace);
  checkModifiable(schema, keyspace, 'CREATE', name.name);
  const known = schema.keyspaces.get(keyspace);
  const existing = found(known?.aggregates.get(name.name), statement.argumentTypes, keyspace, schema);
  const parts = [
    found(known?.functions.get(stateFunction), [stateType, ...statement.argumentTypes], keyspace, schema),
    finalFunction === undefined
      ? undefined
      : found(known?.functions.get(finalFunction), [stateType], keyspace, schema),
  ].filter((part) => part !== undefined);
  return {
    needs: [
      needOfCreating(existing, orReplace, keyspace),
      ...parts.map((part) => onOverload('EXECUTE', part)),
    ],
    decide: (now) =>
      createAggregate(now, {
        keyspace,
        name: name.name,
        argumentTypes: statement.argumentTypes.map(rawType),
        stateFunction,
        stateType: rawType(stateType),
        finalFunction,
        initialCondition:
          initialCondition === undefined
            ? undefined
            : initialConditionText(
                initialCondition,
                resolveTypeSyntax(stateType, keyspace, now),
                keyspace,
                now,
                functions,
              ),
        orReplace,
        ifNotExists: statement.ifNotExists,
      }),
  };
}

export function planDropFunction(statement: DropFunction, context: PlanContext): SchemaPlan {
  const { name, argumentTypes, ifExists } = statement;
  const { schema } = context;
  const keyspace = keyspaceOr(name.keyspace, context.keyspace);
  checkModifiable(schema, keyspace, 'DROP', name.name);
  const known = schema.keyspaces.get(keyspace);
  const isAggregate = statement.kind === 'dropAggregate';
  const overloads: readonly Overload[] | undefined = isAggregate
    ? known?.aggregates.get(name.name)
    : known?.functions.get(name.name);
  // Without types it may be any of them. Of what is not there, everybody may be told so.
  const existing = found(overloads, argumentTypes, keyspace, schema);
  const affected = argumentTypes === undefined ? (overloads ?? []) : existing === undefined ? [] : [existing];
  const change = { keyspace, name: name.name, argumentTypes: argumentTypes?.map(rawType), ifExists };
  return {
    needs: affected.map((overload) => onOverload('DROP', overload)),
    decide: (now) => (isAggregate ? dropAggregate(now, change) : dropFunction(now, change)),
  };
}
