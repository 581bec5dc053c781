import { expect, test } from 'vitest';
import { CqlError } from '../../errors.ts';
import { statementFunctions } from '../../ops/terms/functions.ts';
import {
  fixedClock,
  grouped,
  message,
  functions as natives,
  schema,
  select,
  term,
  typeOf,
} from '../../ops/terms/test/support.ts';
import type { AggregateSchema, FunctionSchema, KeyspaceSchema, Schema } from '../../schema/model.ts';
import { bytesOfInt32, int32At } from '../../types/binary.ts';
import { literalText } from '../../types/to-text.ts';
import type { Argument } from '../api.ts';
import type { UserFunctions } from '../user-functions.ts';

const int = typeOf('int');

function fn(name: string, args: string, body: string, calledOnNull = true): FunctionSchema {
  const argumentTypes = args.split(';').map((each) => typeOf(each));
  return {
    keyspace: 'ks',
    name,
    argumentNames: argumentTypes.map((_, index) => `x${index}`),
    argumentTypes,
    returnType: int,
    calledOnNull,
    language: 'test',
    body,
  };
}

const number = (value: Argument) => (value === undefined ? 0 : int32At(value, 0));

/** Bodies are names of what is done to ints. */
const bodies: Readonly<Record<string, (...args: Argument[]) => Argument>> = {
  add: (a, b) => bytesOfInt32(number(a) + number(b)),
  double: (a) => bytesOfInt32(number(a) * 2),
  length: (a) => bytesOfInt32(a?.length ?? -1),
};

function counting(): { readonly user: UserFunctions; readonly compiled: string[] } {
  const compiled: string[] = [];
  const compile = ({ name, body, calledOnNull }: FunctionSchema) => {
    const run = bodies[body];
    if (run === undefined) throw new CqlError('invalid', `Could not compile function 'ks.${name}'`);
    compiled.push(name);
    return {
      isCalledWith: (args: readonly Argument[]) => calledOnNull || !args.includes(undefined),
      call: (args: readonly Argument[]) => run(...args),
    };
  };
  return { user: { compile }, compiled };
}

const made = [
  fn('plus', 'int;int', 'add'),
  fn('plus_of_all', 'int;int', 'add', false),
  fn('twice', 'int', 'double', false),
  fn('size', 'text', 'length'),
  fn('size', 'blob', 'length'),
  fn('broken', 'int', 'nothing'),
  fn('count', 'text', 'length'),
];

const aggregate = (name: string, parts: Partial<AggregateSchema>): AggregateSchema => ({
  keyspace: 'ks',
  name,
  argumentTypes: [int],
  stateFunction: 'plus',
  stateType: int,
  returnType: int,
  ...parts,
});

const aggregates = [
  aggregate('total', { initialCondition: '10' }),
  aggregate('doubled', { initialCondition: '-(1)', finalFunction: 'twice' }),
  aggregate('strict', { stateFunction: 'plus_of_all' }),
  aggregate('strict_from', { stateFunction: 'plus_of_all', initialCondition: '0' }),
  aggregate('missing', { stateFunction: 'gone' }),
];

const keyspace: KeyspaceSchema = {
  ...schema.keyspaces.get('ks')!,
  functions: Map.groupBy(made, ({ name }) => name),
  aggregates: Map.groupBy(aggregates, ({ name }) => name),
};
const withFunctions: Schema = { version: 'x', keyspaces: new Map(schema.keyspaces).set('ks', keyspace) };

const { user, compiled } = counting();
const functions = statementFunctions({ clock: fixedClock, user });

const value = (text: string) => {
  const { term: prepared } = term(text, 'int', functions, withFunctions);
  const bound = prepared.bind([]);
  return literalText(int, bound === 'unset' ? undefined : (bound ?? undefined));
};

test.each([
  ['plus(1, 2)', '3'],
  ['ks.plus(1, null)', '1'],
  ['plus_of_all(1, null)', 'null'],
  ['twice(plus(1, 1))', '4'],
  ["size('abc')", '3'],
  ['size(0xff)', '1'],
])('%s is %s', (text, expected) => {
  expect(value(text)).toBe(expected);
});

test.each([
  ['broken(1)', "Could not compile function 'ks.broken'"],
  ['system.plus(1, 2)', 'Unknown function system.plus called'],
  ['plus(1)', 'Invalid number of arguments in call to function ks.plus: 2 required but 1 provided'],
  [
    'size(1)',
    'Invalid call to function size, none of its type signatures match (known type signatures: ks.size : (text) -> int, ks.size : (blob) -> int)',
  ],
  [
    'size(?)',
    'Ambiguous call to function size (can be matched by following signatures: ks.size : (text) -> int, ks.size : (blob) -> int): use type casts to disambiguate',
  ],
])('%s is refused', (text, expected) => {
  expect(message(() => value(text))).toBe(expected);
});

test('a function is compiled once, when it is first called', () => {
  const fresh = counting();
  const own = statementFunctions({ user: fresh.user });
  const { term: prepared } = term('twice(twice(?))', 'int', own, withFunctions);
  expect(fresh.compiled).toEqual([]);
  prepared.bind([bytesOfInt32(1)]);
  prepared.bind([bytesOfInt32(1)]);
  expect(fresh.compiled).toEqual(['twice']);
  expect(compiled).not.toContain('broken');
});

test.each([
  ['total(v)', [1, 2, 3], '16'],
  ['total(v)', [], '10'],
  ['total(v)', [1, undefined], '11'],
  ['doubled(v)', [4], '6'],
  ['strict(v)', [1, 2], 'null'],
  ['strict_from(v)', [1, undefined, 2], '3'],
  ['twice(total(v)) + 1', [1], '23'],
])('%s of %j is %s', (text, numbers, expected) => {
  const rows = numbers.map((each) => (each === undefined ? {} : { v: String(each) }));
  expect(grouped(text, rows, functions, withFunctions)).toEqual([expected]);
});

test('an aggregate without its function cannot be used', () => {
  expect(message(() => grouped('missing(v)', [], functions, withFunctions))).toBe(
    'Unable to find function ks.gone referenced by UDA ks.missing',
  );
});

test('who calls functions needs permission for each of them', () => {
  const { context } = select('plus(v, twice(v)), doubled(v), twice(v), now()', functions, withFunctions);
  const names = context.needs.map(({ permission, resource }) =>
    resource.kind === 'function'
      ? `${permission} ${resource.keyspace}.${resource.name}(${resource.argumentTypes.join(', ')})`
      : '',
  );
  expect(names).toEqual(['EXECUTE ks.twice(int)', 'EXECUTE ks.plus(int, int)', 'EXECUTE ks.doubled(int)']);
});

test('a function of users may have the name of one of the system, which goes before', () => {
  const { selectors } = select('ks.count(c), count(c)', functions, withFunctions);
  expect(selectors.map(({ spec }) => spec.name)).toEqual(['ks.count(c)', 'system.count(c)']);
});

test('where functions of users cannot run they are not called', () => {
  const { term: prepared } = term('twice(1)', 'int', natives, withFunctions);
  expect(message(() => prepared.bind([]))).toBe('User-defined functions are disabled');
});
