import { expect, test } from 'vitest';
import { createAggregate, createFunction, dropKeyspace, dropTable } from '../../schema/index.ts';
import { readKeyspace, storeKeyspace } from '../../schema/stored.ts';
import { schemaWith } from '../../schema/system/keyspaces.ts';
import { type, withTable, withTestKeyspace, withType } from '../../schema/test/support.ts';
import { schemaDifference } from '../schema-difference.ts';

const empty = withTestKeyspace();
const full = withTable(withType(empty, 'u', 'a int'), 't', 'k int; v int', 'k');
const shown = (...of: Parameters<typeof schemaDifference>) =>
  schemaDifference(...of).map(({ change, target, keyspace, name, argumentTypes }) =>
    [change, target, keyspace, name, argumentTypes?.join()].filter((each) => each !== undefined).join(' '),
  );

test('what is in a new keyspace is told behind it, types before tables', () => {
  const before = dropKeyspace(full, { keyspace: 'ks', ifExists: false }).schema;
  expect(shown(before, full)).toEqual(['CREATED KEYSPACE ks', 'CREATED TYPE ks u', 'CREATED TABLE ks t']);
});

test('with a keyspace goes what was in it', () => {
  const after = dropKeyspace(full, { keyspace: 'ks', ifExists: false }).schema;
  expect(shown(full, after)).toEqual(['DROPPED KEYSPACE ks']);
});

test('tables are made, changed and dropped', () => {
  expect(shown(empty, withTable(empty, 't', 'k int', 'k'))).toEqual(['CREATED TABLE ks t']);
  expect(
    shown(
      full,
      withTable(dropTable(full, { keyspace: 'ks', name: 't', ifExists: false }).schema, 't', 'k int', 'k'),
    ),
  ).toEqual(['UPDATED TABLE ks t']);
  expect(shown(full, dropTable(full, { keyspace: 'ks', name: 't', ifExists: false }).schema)).toEqual([
    'DROPPED TABLE ks t',
  ]);
});

test('functions are told with their arguments', () => {
  const common = { keyspace: 'ks', orReplace: false, ifNotExists: false };
  const withFunction = createFunction(empty, {
    ...common,
    name: 'f',
    args: [
      { name: 'a', type: type('int') },
      { name: 'b', type: type('text') },
    ],
    returns: type('int'),
    calledOnNull: true,
    language: 'lua',
    body: 'return a',
  }).schema;
  expect(shown(empty, withFunction)).toEqual(['CREATED FUNCTION ks f int,text']);
  const withAggregate = createAggregate(withFunction, {
    ...common,
    name: 'g',
    argumentTypes: [type('text')],
    stateFunction: 'f',
    stateType: type('int'),
    finalFunction: undefined,
    initialCondition: undefined,
  }).schema;
  expect(shown(withFunction, withAggregate)).toEqual(['CREATED AGGREGATE ks g text']);
  expect(shown(withAggregate, withFunction)).toEqual(['DROPPED AGGREGATE ks g text']);
});

test('a keyspace that was read again from its stored form has not changed', () => {
  const stored = storeKeyspace(full.keyspaces.get('ks')!);
  const again = schemaWith([readKeyspace(stored)]);
  expect(again.keyspaces.get('ks')).not.toBe(full.keyspaces.get('ks'));
  expect(shown(full, again)).toEqual([]);
});
