/** Native functions, with what all of them have in common. */
import type { CqlType, NativeName, Value } from '../../types/api.ts';
import { nativeType } from '../../types/type-text.ts';
import type { AggregateFunction, AggregateState, Argument, ScalarFunction } from '../api.ts';

export function native(name: NativeName): CqlType {
  return nativeType(name)!;
}

interface Parts {
  readonly name: string;
  readonly argumentTypes: readonly CqlType[];
  readonly returnType: CqlType;
}

const named = ({ name, argumentTypes, returnType }: Parts) => ({
  keyspace: undefined,
  name,
  argumentTypes,
  returnType,
  displayName: `system.${name}`,
});

/** Null of null arguments. */
export function scalar(parts: Parts, call: (...args: Value[]) => Argument): ScalarFunction {
  return {
    ...named(parts),
    kind: 'scalar',
    isPure: true,
    calledOnNull: false,
    call: (args) => call(...(args as Value[])),
  };
}

/** Called with nulls too. */
export function scalarOfNulls(
  parts: Parts,
  call: (args: readonly Argument[]) => Argument,
  isPure = true,
): ScalarFunction {
  return { ...named(parts), kind: 'scalar', isPure, calledOnNull: true, call };
}

export function aggregate(parts: Parts, start: () => AggregateState): AggregateFunction {
  return { ...named(parts), kind: 'aggregate', calls: [], start };
}
