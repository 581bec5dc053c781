/** `count`, `min`, `max`, `sum` and `avg`. Reference: CQL 3.4.5, "Native aggregates". */
import { type CqlType, nativeNames } from '../../types/api.ts';
import { bytesOfInt64 } from '../../types/binary.ts';
import { comparatorOf } from '../../types/compare.ts';
import { isNumber, type NumberName } from '../../types/numbers.ts';
import type { AggregateFunction, AggregateState, Argument } from '../api.ts';
import { aggregate, native } from './make.ts';
import { averageOf, sumOf } from './sums.ts';

function counting(counts: (args: readonly Argument[]) => boolean): AggregateState {
  let count = 0;
  return {
    add: (args) => {
      if (counts(args)) count += 1;
    },
    result: () => bytesOfInt64(BigInt(count)),
  };
}

/** `COUNT(*)`. It is called `count` in results. */
export const countRows: AggregateFunction = aggregate(
  { name: 'countRows', argumentTypes: [], returnType: native('bigint') },
  () => counting(() => true),
);

function count(type: CqlType): AggregateFunction {
  return aggregate({ name: 'count', argumentTypes: [type], returnType: native('bigint') }, () =>
    counting(([value]) => value !== undefined),
  );
}

/** @param sign 1: the greatest, -1: the least; null of nothing */
function extreme(name: 'min' | 'max', sign: 1 | -1, type: CqlType): AggregateFunction {
  const compare = comparatorOf(type);
  return aggregate({ name, argumentTypes: [type], returnType: type }, () => {
    let best: Argument;
    return {
      add: ([value]) => {
        if (value !== undefined && (best === undefined || compare(value, best) * sign > 0)) best = value;
      },
      result: () => best,
    };
  });
}

function additions(name: NumberName): AggregateFunction[] {
  const type = native(name);
  return [
    aggregate({ name: 'sum', argumentTypes: [type], returnType: type }, () => sumOf(name)),
    aggregate({ name: 'avg', argumentTypes: [type], returnType: type }, () => averageOf(name)),
  ];
}

export function aggregateFunctions(): AggregateFunction[] {
  return nativeNames.flatMap((name) => {
    const type = native(name);
    const all = [count(type), extreme('min', -1, type), extreme('max', 1, type)];
    return isNumber(name) ? [...all, ...additions(name)] : all;
  });
}
