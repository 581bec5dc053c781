/** Functions and aggregates of users as statements call them. Reference: CQL 3.4.5, "User-defined functions", "User-defined aggregates". */
import { CqlError } from '../errors.ts';
import type { AggregateSchema, FunctionSchema, KeyspaceSchema } from '../schema/model.ts';
import type { CqlType, Value } from '../types/api.ts';
import { freeze } from '../types/type-shape.ts';
import { sameType } from '../types/type-text.ts';
import type { AggregateFunction, Argument, ScalarFunction } from './api.ts';
import type { CompiledFunction, UserFunctions } from './user-functions.ts';

const signature = (schema: FunctionSchema | AggregateSchema) => ({
  keyspace: schema.keyspace,
  name: schema.name,
  argumentTypes: schema.argumentTypes,
  returnType: schema.returnType,
  displayName: `${schema.keyspace}.${schema.name}`,
});

/** Compiled when it is called first, so that a body which cannot be is no trouble for statements that do not use it. */
function compiledWhenCalled(schema: FunctionSchema, user: UserFunctions): () => CompiledFunction {
  let compiled: CompiledFunction | undefined;
  return () => {
    compiled ??= user.compile(schema);
    return compiled;
  };
}

function callOr(fn: CompiledFunction, args: readonly Argument[], otherwise: Argument): Argument {
  return fn.isCalledWith(args) ? fn.call(args) : otherwise;
}

export function userFunction(schema: FunctionSchema, user: UserFunctions): ScalarFunction {
  const compiled = compiledWhenCalled(schema, user);
  return {
    ...signature(schema),
    kind: 'scalar',
    isPure: false,
    // Whether it is called it says itself.
    calledOnNull: true,
    call: (args) => callOr(compiled(), args, undefined),
  };
}

/** A function among those of its keyspace, such as the one that adds to an aggregate's state. */
function functionNamed(
  keyspace: KeyspaceSchema,
  name: string,
  argumentTypes: readonly CqlType[],
): FunctionSchema | undefined {
  const fits = (types: readonly CqlType[]) =>
    types.length === argumentTypes.length &&
    types.every((type, index) => sameType(freeze(type), freeze(argumentTypes[index]!)));
  return keyspace.functions.get(name)?.find((candidate) => fits(candidate.argumentTypes));
}

/** What an aggregate is made of. */
interface AggregateParts {
  readonly state: FunctionSchema;
  readonly final: FunctionSchema | undefined;
}

/** @throws CqlError `config` when one is not there */
function partsOfAggregate(keyspace: KeyspaceSchema, aggregate: AggregateSchema): AggregateParts {
  const find = (name: string, types: readonly CqlType[]) => {
    const found = functionNamed(keyspace, name, types);
    if (found !== undefined) return found;
    const called = `${aggregate.keyspace}.${aggregate.name}`;
    throw new CqlError(
      'config',
      `Unable to find function ${keyspace.name}.${name} referenced by UDA ${called}`,
    );
  };
  const { stateType, stateFunction, finalFunction } = aggregate;
  return {
    state: find(stateFunction, [stateType, ...aggregate.argumentTypes]),
    final: finalFunction === undefined ? undefined : find(finalFunction, [stateType]),
  };
}

/** @param initial the first state, which its text in the schema stands for */
export function userAggregate(
  keyspace: KeyspaceSchema,
  schema: AggregateSchema,
  initial: Value | undefined,
  user: UserFunctions,
): AggregateFunction {
  const parts = partsOfAggregate(keyspace, schema);
  const add = compiledWhenCalled(parts.state, user);
  const finish = parts.final && compiledWhenCalled(parts.final, user);
  return {
    ...signature(schema),
    kind: 'aggregate',
    calls: parts.final === undefined ? [parts.state] : [parts.state, parts.final],
    start: () => {
      let state: Argument = initial;
      return {
        // A function that does not want nulls leaves the state as it is.
        add: (args) => {
          state = callOr(add(), [state, ...args], state);
        },
        result: () => (finish === undefined ? state : callOr(finish(), [state], undefined)),
      };
    },
  };
}
