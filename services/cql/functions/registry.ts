/** All functions by name. Those whose types depend on where they are called are made there: ops/terms/resolve.ts. */
import { CqlError } from '../errors.ts';
import type { AggregateSchema, FunctionSchema, KeyspaceSchema, Schema } from '../schema/model.ts';
import type { CqlType, Value } from '../types/api.ts';
import type { CqlFunction, FunctionClock, Functions } from './api.ts';
import { systemClock } from './clock.ts';
import { aggregateFunctions, countRows } from './native/aggregates.ts';
import { blobFunctions } from './native/blob.ts';
import { timeFunctions } from './native/time.ts';
import { userAggregate, userFunction } from './user-aggregates.ts';
import type { UserFunctions } from './user-functions.ts';

export interface FunctionsOptions {
  readonly clock?: FunctionClock;
  readonly user?: UserFunctions;
  /** The value of a term that stands in the schema as text: the first state of an aggregate. */
  readonly readTerm: (text: string, type: CqlType, keyspace: string, schema: Schema) => Value | undefined;
}

/** For where functions of users cannot run: they are known, but not called. */
const nobody: UserFunctions = {
  compile: () => {
    throw new CqlError('invalid', 'User-defined functions are disabled');
  },
};

function nativesByName(clock: FunctionClock): ReadonlyMap<string, readonly CqlFunction[]> {
  const all = [...timeFunctions(clock), ...blobFunctions(), ...aggregateFunctions(), countRows];
  return Map.groupBy(all, ({ name }) => name);
}

export function createFunctions(options: FunctionsOptions): Functions {
  const { clock = systemClock(), user, readTerm } = options;
  const runner = user ?? nobody;
  const natives = nativesByName(clock);
  const functions = new WeakMap<FunctionSchema, CqlFunction>();
  const aggregates = new WeakMap<KeyspaceSchema, Map<AggregateSchema, CqlFunction>>();

  function ofUser(schema: FunctionSchema): CqlFunction {
    const known = functions.get(schema);
    if (known !== undefined) return known;
    const made = userFunction(schema, runner);
    functions.set(schema, made);
    return made;
  }

  /** Its functions are found in the keyspace as it is now, so another keyspace makes another aggregate. */
  function aggregateOfUser(
    schema: Schema,
    keyspace: KeyspaceSchema,
    aggregate: AggregateSchema,
  ): CqlFunction {
    const made = aggregates.get(keyspace) ?? new Map<AggregateSchema, CqlFunction>();
    aggregates.set(keyspace, made);
    const known = made.get(aggregate);
    if (known !== undefined) return known;
    const { initialCondition, stateType } = aggregate;
    const initial =
      initialCondition === undefined
        ? undefined
        : readTerm(initialCondition, stateType, keyspace.name, schema);
    const fresh = userAggregate(keyspace, aggregate, initial, runner);
    made.set(aggregate, fresh);
    return fresh;
  }

  function ofKeyspace(schema: Schema, name: string, keyspaceName: string): CqlFunction[] {
    const keyspace = schema.keyspaces.get(keyspaceName);
    if (keyspace === undefined) return [];
    return [
      ...(keyspace.functions.get(name) ?? []).map(ofUser),
      ...(keyspace.aggregates.get(name) ?? []).map((each) => aggregateOfUser(schema, keyspace, each)),
    ];
  }

  return {
    clock,
    user,
    candidates: (schema, keyspace, name, current) => {
      const ofSystem = keyspace === undefined || keyspace === 'system' ? (natives.get(name) ?? []) : [];
      const searched = keyspace ?? current;
      return searched === 'system' ? ofSystem : [...ofSystem, ...ofKeyspace(schema, name, searched)];
    },
  };
}
