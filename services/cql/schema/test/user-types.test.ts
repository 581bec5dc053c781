import { expect, test } from 'vitest';
import { alterType, createFunction, createType, dropType, type Schema, type TypeChange } from '../index.ts';
import { problem, tableOf, type, withTable, withTestKeyspace, withType } from './support.ts';

const base = withType(withTestKeyspace(), 'u', 'a int; b text');
const alter = (schema: Schema, change: TypeChange, name = 'u') =>
  alterType(schema, { keyspace: 'ks', name, ifExists: false, change }).schema;
const add = (schema: Schema, name: string, text: string, typeName = 'u') =>
  alter(schema, { kind: 'add', ifNotExists: false, field: { name, type: type(text) } }, typeName);
const rename = (schema: Schema, from: string, to: string) =>
  alter(schema, { kind: 'rename', ifExists: false, renames: [{ from, to }] });
const drop = (schema: Schema) => dropType(schema, { keyspace: 'ks', name: 'u', ifExists: false });
const make = (name: string, ...fields: [string, string][]) =>
  createType(base, {
    keyspace: 'ks',
    name,
    fields: fields.map(([field, text]) => ({ name: field, type: type(text) })),
    ifNotExists: false,
  });

test('a new field shows wherever the type is used', () => {
  const nested = withType(base, 'outer', 'inner frozen<u>');
  const table = withTable(nested, 't', 'p int; x u; y map<int, frozen<outer>>', 'p');
  const after = add(table, 'c', 'list<int>');
  const fields = [{ name: 'a' }, { name: 'b' }, { name: 'c' }];
  expect(tableOf(after, 't').columns.get('x')!.type).toMatchObject({ fields, frozen: false });
  expect(tableOf(after, 't').columns.get('y')!.type).toMatchObject({
    value: { fields: [{ type: { frozen: true, fields: [{}, {}, { type: { frozen: true } }] } }] },
  });
  expect(after.keyspaces.get('ks')!.types.get('outer')!.fields[0]!.type).toMatchObject({ fields });
});

test('a field gets another name', () => {
  expect(
    rename(base, 'a', 'z')
      .keyspaces.get('ks')!
      .types.get('u')!
      .fields.map(({ name }) => name),
  ).toEqual(['z', 'b']);
});

const usedAsKey = withTable(base, 't', 'p frozen<u>', 'p');

test.each([
  [() => make('u', ['a', 'int']), "A user type with name 'u' already exists"],
  [() => make('v', ['a', 'int'], ['a', 'text']), "Duplicate field name 'a' in type 'v'"],
  [() => make('v', ['a', 'counter']), 'A user type cannot contain counters'],
  [() => make('v', ['a', 'u']), 'A user type cannot contain non-frozen UDTs'],
  [() => make('v', ['a', 'frozen<v>']), 'Unknown type ks.v'],
  [() => add(base, 'a', 'int'), 'Cannot add field a to type ks.u: a field with name a already exists'],
  [() => add(base, 'c', 'counter'), 'A user type cannot contain counters'],
  [
    () => add(base, 'c', 'frozen<u>'),
    'Cannot add new field c of type frozen<u> to user type ks.u as it would create a circular reference',
  ],
  [
    () => add(usedAsKey, 'c', 'int'),
    'Cannot add new field c of type int to user type ks.u as the type is being used in partition key by the following tables: ks.t',
  ],
  [() => add(base, 'c', 'int', 'none'), "Type ks.none doesn't exist"],
  [() => rename(base, 'x', 'y'), 'Unkown field x in user type ks'],
  [() => rename(base, 'a', 'b'), 'Duplicate field name b in type ks'],
  [() => alter(base, { kind: 'alterType' }), 'Altering field types is no longer supported'],
  [() => drop(withTestKeyspace()), "Type 'ks.u' doesn't exist"],
  [
    () => drop(withType(base, 'outer', 'inner frozen<u>')),
    "Cannot drop user type 'ks.u' as it is still used by user types outer",
  ],
  [() => drop(usedAsKey), "Cannot drop user type 'ks.u' as it is still used by tables t"],
])('refused: %s', (run, message) => expect(problem(run)).toBe(`invalid: ${message}`));

test('a type that a function takes stays', () => {
  const { schema } = createFunction(base, {
    keyspace: 'ks',
    name: 'f',
    args: [{ name: 'x', type: type('u') }],
    returns: type('int'),
    calledOnNull: true,
    language: 'javascript',
    body: '1',
    orReplace: false,
    ifNotExists: false,
  });
  expect(problem(() => drop(schema))).toBe(
    "invalid: Cannot drop user type 'ks.u' as it is still used by functions ks.f",
  );
});

test('an unused type goes', () => {
  expect(drop(base)).toMatchObject({ change: { change: 'DROPPED', target: 'TYPE', name: 'u' } });
  expect(drop(base).schema.keyspaces.get('ks')!.types.size).toBe(0);
});
