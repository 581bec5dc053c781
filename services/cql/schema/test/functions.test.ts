import { expect, test } from 'vitest';
import {
  type CreateAggregate,
  type CreateFunction,
  createAggregate,
  createFunction,
  type DropFunction,
  dropAggregate,
  dropFunction,
  type Schema,
} from '../index.ts';
import { problem, type, withTestKeyspace } from './support.ts';

const empty = withTestKeyspace();

function define(schema: Schema, name: string, types: string[], more: Partial<CreateFunction> = {}) {
  return createFunction(schema, {
    keyspace: 'ks',
    name,
    args: types.map((text, at) => ({ name: `a${at}`, type: type(text) })),
    returns: type('int'),
    calledOnNull: true,
    language: 'javascript',
    body: 'return 1',
    orReplace: false,
    ifNotExists: false,
    ...more,
  });
}

function aggregate(schema: Schema, name: string, more: Partial<CreateAggregate> = {}) {
  return createAggregate(schema, {
    keyspace: 'ks',
    name,
    argumentTypes: [type('text')],
    stateFunction: 'step',
    stateType: type('int'),
    finalFunction: undefined,
    initialCondition: '0',
    orReplace: false,
    ifNotExists: false,
    ...more,
  });
}

const drop = (schema: Schema, name: string, types?: string[], more: Partial<DropFunction> = {}) =>
  dropFunction(schema, { keyspace: 'ks', name, argumentTypes: types?.map(type), ifExists: false, ...more });

const scalars = define(define(empty, 'step', ['int', 'text']).schema, 'last', ['int'], {
  returns: type('text'),
}).schema;
const functionsOf = (schema: Schema) => schema.keyspaces.get('ks')!.functions;

test('overloads stand beside each other, in the order they were made', () => {
  const schema = define(define(empty, 'f', ['int']).schema, 'f', ['text', 'list<int>']).schema;
  expect(
    functionsOf(schema)
      .get('f')!
      .map(({ argumentTypes }) => argumentTypes.length),
  ).toEqual([1, 2]);
  expect(problem(() => define(schema, 'f', ['int']))).toBe("invalid: Function 'f' already exists");
  expect(problem(() => drop(schema, 'f'))).toBe(
    "invalid: 'DROP FUNCTION f' matches multiple function definitions; specify the argument types by issuing a statement like 'DROP FUNCTION f (type, type, ...)'. You can use cqlsh 'DESCRIBE FUNCTION f' command to find all overloads",
  );
  const left = drop(schema, 'f', ['int']);
  expect(left.change).toEqual({
    change: 'DROPPED',
    target: 'FUNCTION',
    keyspace: 'ks',
    name: 'f',
    argumentTypes: ['int'],
  });
  expect(functionsOf(left.schema).get('f')).toHaveLength(1);
  expect(functionsOf(drop(left.schema, 'f').schema).size).toBe(0);
});

test('a function is replaced by one alike', () => {
  const { schema } = define(empty, 'f', ['int']);
  const replaced = define(schema, 'f', ['int'], { orReplace: true, body: 'return 2' });
  expect(replaced.change).toMatchObject({ change: 'UPDATED', argumentTypes: ['int'] });
  expect(
    functionsOf(replaced.schema)
      .get('f')!
      .map(({ body }) => body),
  ).toEqual(['return 2']);
  expect(problem(() => define(schema, 'f', ['int'], { orReplace: true, calledOnNull: false }))).toBe(
    "invalid: Function 'f' must have RETURNS NULL ON NULL INPUT directive",
  );
  expect(problem(() => define(schema, 'f', ['int'], { orReplace: true, returns: type('text') }))).toBe(
    "invalid: Cannot replace function 'f', the new return type text is not compatible with the return type int of existing function",
  );
  expect(define(schema, 'f', ['int'], { ifNotExists: true }).change).toBeUndefined();
});

test.each([
  [
    () => define(empty, 'f', [], { orReplace: true, ifNotExists: true }),
    "Cannot use both 'OR REPLACE' and 'IF NOT EXISTS' directives",
  ],
  [() => define(empty, 'f/g', []), "Function name 'f/g' is invalid"],
  [
    () => define(empty, 'f', ['frozen<list<int>>']),
    "Argument 'frozen<list<int>>' cannot be frozen; remove frozen<> modifier from 'frozen<list<int>>'",
  ],
  [
    () => define(empty, 'f', [], { returns: type('frozen<set<int>>') }),
    "Return type 'frozen<set<int>>' cannot be frozen; remove frozen<> modifier from 'frozen<set<int>>'",
  ],
  [
    () => define(empty, 'f', [], { args: [1, 2].map(() => ({ name: 'x', type: type('int') })) }),
    'Duplicate argument names for given function f with argument names [x, x]',
  ],
  [() => drop(empty, 'f'), "Function 'ks.f' doesn't exist"],
  [() => drop(empty, 'f', ['int', 'text']), "Function 'ks.f(int, text)' doesn't exist"],
  [
    () => aggregate(scalars, 'sum', { stateFunction: 'none' }),
    "State function ks.none(int, text) doesn't exist",
  ],
  [
    () => aggregate(scalars, 'sum', { argumentTypes: [], stateFunction: 'last' }),
    'State function ks.last(int) return type must be the same as the first argument type - check STYPE, argument and return types',
  ],
  [() => aggregate(scalars, 'sum', { finalFunction: 'none' }), "Final function ks.none(int) doesn't exist"],
])('refused: %s', (run, message) => expect(problem(run)).toBe(`invalid: ${message}`));

test('an aggregate returns what its last function does, and keeps what it uses', () => {
  const made = aggregate(scalars, 'sum', { finalFunction: 'last' });
  expect(made.change).toMatchObject({ change: 'CREATED', target: 'AGGREGATE', argumentTypes: ['text'] });
  expect(made.schema.keyspaces.get('ks')!.aggregates.get('sum')![0]!.returnType).toEqual({
    kind: 'native',
    name: 'text',
  });
  for (const name of ['step', 'last'])
    expect(problem(() => drop(made.schema, name))).toBe(
      `invalid: Function 'ks.${name}' is still referenced by aggregates ks.sum`,
    );
  const dropped = dropAggregate(made.schema, {
    keyspace: 'ks',
    name: 'sum',
    argumentTypes: undefined,
    ifExists: false,
  });
  expect(drop(dropped.schema, 'step').change).toBeDefined();
});

test('a function that takes no null needs a first state', () => {
  const { schema } = define(empty, 'step', ['int', 'text'], { calledOnNull: false });
  expect(problem(() => aggregate(schema, 'sum', { initialCondition: undefined }))).toBe(
    "invalid: Cannot create aggregate 'sum' without INITCOND because state function ks.step does not accept 'null' arguments",
  );
});

test('functions and aggregates do not replace one another', () => {
  const { schema } = aggregate(scalars, 'sum');
  expect(problem(() => define(schema, 'sum', ['text'], { orReplace: true }))).toBe(
    "invalid: Function 'sum' cannot replace an aggregate",
  );
  const both = define(schema, 'other', ['text']).schema;
  expect(problem(() => aggregate(both, 'other'))).toBe(
    "invalid: Aggregate 'other' cannot replace a function",
  );
});
