import { describe, expect, test } from 'vitest';
import type { AggregateSchema, FunctionSchema } from '../../../schema/model.ts';
import type { Value } from '../../../types/api.ts';
import { toJson } from '../../../types/json.ts';
import { aggregateFunctions, UserAggregate } from '../index.ts';
import { errorOf, jsonValue, sandbox, schemaOf, typeOf } from './support.ts';

function functionsOf(...all: readonly FunctionSchema[]): ReadonlyMap<string, readonly FunctionSchema[]> {
  return Map.groupBy(all, ({ name }) => name);
}

const aggregate: AggregateSchema = {
  keyspace: 'ks',
  name: 'mean',
  argumentTypes: [typeOf('int')],
  stateFunction: 'add',
  stateType: typeOf('frozen<tuple<int, bigint>>'),
  finalFunction: 'divide',
  returnType: typeOf('double'),
};

const add = schemaOf(['s tuple<int, bigint>', 'v int'], 'tuple<int, bigint>', 'return {s[1] + 1, s[2] + v}', {
  name: 'add',
  language: 'lua',
  calledOnNull: false,
});
const divide = schemaOf(['s tuple<int, bigint>'], 'double', 's[0] === 0 ? null : s[1] / s[0]', {
  name: 'divide',
  calledOnNull: false,
});
const other = schemaOf(['s int', 'v int'], 'int', 's', { name: 'add' });

const ints = (...values: readonly (string | undefined)[]) =>
  values.map((value) => (value === undefined ? undefined : jsonValue('int', value)));

function run(initial: Value | undefined, rows: readonly (Value | undefined)[]): string {
  const group = new UserAggregate(
    aggregateFunctions(sandbox, aggregate, functionsOf(other, add, divide)),
    initial,
  );
  for (const row of rows) group.add([row]);
  return toJson(typeOf('double'), group.result());
}

const zero = jsonValue('tuple<int, bigint>', '[0, 0]');

describe('an aggregate in two languages', () => {
  test('takes the state from row to row and makes its result of it', () => {
    expect(run(zero, ints('1', '2', '6'))).toBe('3.0');
  });

  test('passes over null where its state function is not called on null', () => {
    expect(run(zero, [...ints('4', undefined, '2'), new Uint8Array(0)])).toBe('3.0');
  });

  test('is null where the state function never had a state', () => {
    expect(run(undefined, ints('4', '2'))).toBe('null');
  });

  test('has the result of its first state without rows', () => {
    expect(run(zero, [])).toBe('null');
  });
});

test('without a final function the state is the result', () => {
  const sum = schemaOf(['s int', 'v int'], 'int', '(s || 0) + (v || 0)', { name: 'plus' });
  const { finalFunction: _, ...rest } = aggregate;
  const group = new UserAggregate(
    aggregateFunctions(
      sandbox,
      { ...rest, stateFunction: 'plus', stateType: typeOf('int') },
      functionsOf(sum),
    ),
    undefined,
  );
  for (const value of ints('1', undefined, '5')) group.add([value]);
  expect(group.result()).toEqual(Uint8Array.of(0, 0, 0, 6));
});

test('a function that is missing is told', () => {
  const error = errorOf(() => aggregateFunctions(sandbox, aggregate, functionsOf(other, divide)));
  expect(error.code).toBe('invalid');
  expect(error.message).toContain(
    "'ks.add [frozen<tuple<int, bigint>>, int]' for aggregate 'ks.mean' does not exist",
  );
});
