/**
 * User-defined aggregates: a state that a function takes on from row to row, and one that makes the result of it. As Cassandra's
 * `UDAggregate`: a state function that is not called on null leaves the state as it is at rows with null.
 */
import { invalid } from '../../errors.ts';
import type { AggregateSchema, FunctionSchema, KeyspaceSchema } from '../../schema/model.ts';
import type { CqlType, Value } from '../../types/api.ts';
import { freeze } from '../../types/type-shape.ts';
import { sameType, typeText } from '../../types/type-text.ts';
import type { Sandbox, UserFunction } from './sandbox.ts';

export interface AggregateFunctions {
  /** First the state, then the aggregate's arguments. */
  readonly state: UserFunction;
  /** With the state alone. */
  readonly final: UserFunction | undefined;
}

function find(
  aggregate: AggregateSchema,
  functions: KeyspaceSchema['functions'],
  name: string,
  types: readonly CqlType[],
): FunctionSchema {
  const found = functions.get(name)?.find(
    ({ argumentTypes }) =>
      argumentTypes.length === types.length &&
      // Arguments are whole values, whether they are called frozen or not.
      argumentTypes.every((type, index) => sameType(freeze(type), freeze(types[index]!))),
  );
  if (found !== undefined) return found;
  const { keyspace } = aggregate;
  throw invalid(
    `Referenced state function '${keyspace}.${name} [${types.map(typeText).join(', ')}]' for aggregate '${keyspace}.${aggregate.name}' does not exist`,
  );
}

/** @param functions of the aggregate's keyspace @throws CqlError `invalid` if one is missing or cannot be compiled */
export function aggregateFunctions(
  sandbox: Sandbox,
  aggregate: AggregateSchema,
  functions: KeyspaceSchema['functions'],
): AggregateFunctions {
  const { stateFunction, finalFunction, stateType, argumentTypes } = aggregate;
  const state = sandbox.compile(find(aggregate, functions, stateFunction, [stateType, ...argumentTypes]));
  if (finalFunction === undefined) return { state, final: undefined };
  return { state, final: sandbox.compile(find(aggregate, functions, finalFunction, [stateType])) };
}

/** Of one group of rows. */
export class UserAggregate {
  private readonly functions: AggregateFunctions;
  private value: Value | undefined;

  /** @param initial what INITCOND says */
  constructor(functions: AggregateFunctions, initial: Value | undefined) {
    this.functions = functions;
    this.value = initial;
  }

  add(args: readonly (Value | undefined)[]): void {
    const { state } = this.functions;
    const all = [this.value, ...args];
    if (state.isCalledWith(all)) this.value = state.call(all);
  }

  result(): Value | undefined {
    const { final } = this.functions;
    return final === undefined ? this.value : final.call([this.value]);
  }
}
