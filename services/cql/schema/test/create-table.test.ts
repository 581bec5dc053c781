import { expect, test } from 'vitest';
import { CqlError } from '../../errors.ts';
import { type CreateTable, createTable, emptySchema } from '../index.ts';
import {
  context,
  problem,
  properties,
  tableOf,
  tableStatement,
  withTable,
  withTestKeyspace,
  withType,
} from './support.ts';

const empty = withTestKeyspace();

function refused(columns: string, key: string, more: Partial<CreateTable> = {}, schema = empty): string {
  return problem(() => createTable(schema, tableStatement('t', columns, key, more), context()));
}

test('a table has its columns by kind, keys in their order, others by name', () => {
  const schema = withTable(
    empty,
    't',
    'v int; b text; a set<int>; s int static; p int; c2 int; c1 text',
    'p / c2, c1',
    {
      clusteringOrder: [{ column: 'c2', descending: true }],
    },
  );
  const table = tableOf(schema, 't');
  expect([...table.columns.keys()]).toEqual(['p', 'c2', 'c1', 's', 'a', 'b', 'v']);
  expect(table.clustering.map(({ order }) => order)).toEqual(['desc', 'asc']);
  expect(new Set([...table.columns.values()].map(({ id }) => id)).size).toBe(7);
  expect(table.nextColumnId).toBe(7);
  expect(table.isCounter).toBe(false);
});

test('what was made is told to clients, with what exists already not', () => {
  const made = createTable(empty, tableStatement('t', 'p int', 'p'), context());
  expect(made.change).toEqual({ change: 'CREATED', target: 'TABLE', keyspace: 'ks', name: 't' });
  const again = tableStatement('t', 'p int', 'p', { ifNotExists: true });
  expect(createTable(made.schema, again, context(2))).toEqual({
    schema: made.schema,
    change: undefined,
    warnings: [],
  });
});

test('a table that exists is named in the error', () => {
  const schema = withTable(empty, 't', 'p int', 'p');
  const run = () => createTable(schema, tableStatement('t', 'p int', 'p'), context(9));
  expect(problem(run)).toBe('alreadyExists: Cannot add already existing table "t" to keyspace "ks"');
  expect(run).toThrow(CqlError);
  try {
    run();
  } catch (error) {
    expect((error as CqlError).details).toEqual({ kind: 'alreadyExists', keyspace: 'ks', table: 't' });
  }
});

test('an id that was given is the table’s, and is no other table’s', () => {
  const more = { properties: properties({ id: '5A1C395E-b41f-11e5-9f22-ba0be0483c18' }) };
  const schema = withTable(empty, 't', 'p int', 'p', more);
  expect(tableOf(schema, 't').id).toBe('5a1c395eb41f11e59f22ba0be0483c18');
  expect(refused('p int', 'p', { ...more, name: 'u' }, schema)).toBe(
    'invalid: Table id of ks.u is taken by ks.t',
  );
  expect(refused('p int', 'p', { properties: properties({ id: '55' }) })).toBe('config: Invalid table id');
});

test.each([
  ['p int', 'q', "Unknown column 'q' referenced in PRIMARY KEY for table 't'"],
  ['p int; c int', 'p / p', "Duplicate column 'p' in PRIMARY KEY clause for table 't'"],
  ['p list<int>', 'p', "Invalid non-frozen collection type list<int> for PRIMARY KEY column 'p'"],
  ['p counter', 'p', "counter type is not supported for PRIMARY KEY column 'p'"],
  ['p duration', 'p', "duration type is not supported for PRIMARY KEY column 'p'"],
  ['p frozen<list<duration>>', 'p', "duration type is not supported for PRIMARY KEY column 'p'"],
  ['p int; c int static', 'p / c', "Static column 'c' cannot be part of the PRIMARY KEY"],
  ['p int; p text', 'p', "Duplicate column 'p' declaration for table 'ks.t'"],
  ['p int; a counter; b int', 'p', 'Cannot mix counter and non counter columns in the same table'],
  [
    'p int; s int static',
    'p',
    'Static columns are only useful (and thus allowed) if the table has at least one clustering column',
  ],
  [
    'p int; v list<list<int>>',
    'p',
    'Non-frozen collections are not allowed inside collections: list<list<int>>',
  ],
  ['p int; v set<counter>', 'p', 'Counters are not allowed inside collections: set<counter>'],
  ['p int; v map<duration, int>', 'p', 'Durations are not allowed as map keys: map<duration, int>'],
  ['p int; v set<duration>', 'p', 'Durations are not allowed inside sets: set<duration>'],
  [
    'p int; v frozen<int>',
    'p',
    'frozen<> is only allowed on collections, tuples, and user-defined types (got int)',
  ],
  ['p int; v tuple<int, counter>', 'p', 'Counters are not allowed inside tuples'],
  ['p int; v nothing', 'p', 'Unknown type ks.nothing'],
  ['p int; v vector<float, 0>', 'p', 'vectors may only have positive dimensions; given 0'],
])('refused: %s with key %s', (columns, key, message) => {
  expect(refused(columns, key)).toBe(`invalid: ${message}`);
});

test('exactly one primary key is asked for', () => {
  expect(refused('p int', 'p', { primaryKeys: [] })).toBe(
    "invalid: No PRIMARY KEY specifed for table 'ks.t' (exactly one required)",
  );
  const key = { partition: ['p'], clustering: [] };
  expect(refused('p int', 'p', { primaryKeys: [key, key] })).toBe(
    "invalid: Multiple PRIMARY KEY specified for table 'ks.t' (exactly one required)",
  );
});

test.each([
  [
    ['v'],
    'Only clustering key columns can be defined in CLUSTERING ORDER directive: [v] are not clustering columns',
  ],
  [
    ['d', 'c'],
    'The order of columns in the CLUSTERING ORDER directive must match that of the clustering columns (c must appear before d)',
  ],
  [['d'], 'Missing CLUSTERING ORDER for column c'],
  [['c', 'c'], "Duplicate column 'c' in CLUSTERING ORDER BY clause for table 'ks.t'"],
])('an order of clustering by %s is refused', (columns, message) => {
  const clusteringOrder = columns.map((column) => ({ column, descending: true }));
  expect(refused('p int; c int; d int; v int', 'p / c, d', { clusteringOrder })).toBe(`invalid: ${message}`);
});

test('names are of letters, digits and underscores, not too long', () => {
  const of = (name: string) => refused('p int', 'p', { name });
  expect(of('a-b')).toBe(
    'config: ks.a-b: Table name must not be empty, more than 48 characters long, or contain non-alphanumeric-underscore characters (got "a-b")',
  );
  expect(of('')).toContain('config: ks.: Table name must not be empty');
  expect(of('x'.repeat(49))).toContain('more than 48 characters long');
  expect(tableOf(withTable(empty, 'X'.repeat(48), 'p int', 'p'), 'X'.repeat(48)).name).toHaveLength(48);
});

test('a keyspace that is not there, or is the system’s, takes no table', () => {
  const into = (keyspace: string) =>
    problem(() => createTable(emptySchema, tableStatement('t', 'p int', 'p', { keyspace }), context()));
  expect(into('nowhere')).toBe("invalid: Keyspace 'nowhere' doesn't exist");
  expect(into('system')).toBe('unauthorized: system keyspace is not user-modifiable.');
  expect(into('system_auth')).toBe('unauthorized: Cannot CREATE <keyspace system_auth>');
  expect(into('system_views')).toBe("invalid: Virtual keyspace 'system_views' is not user-modifiable");
});

test('user types are taken as they are, and nest only frozen', () => {
  const schema = withType(empty, 'address', 'street text; tags list<text>');
  expect(refused('p int; a list<address>', 'p', {}, schema)).toBe(
    'invalid: Non-frozen UDTs are not allowed inside collections: list<address>',
  );
  expect(refused('p int; a address', 'p', {}, schema)).toBe(
    'invalid: Non-frozen UDTs with nested non-frozen collections are not supported',
  );
  expect(refused('p address', 'p', {}, withType(empty, 'address', 'a int'))).toBe(
    "invalid: Invalid non-frozen user-defined type address for PRIMARY KEY column 'p'",
  );
  const made = withTable(schema, 't', 'p frozen<address>; a frozen<list<address>>', 'p');
  expect(tableOf(made, 't').regulars[0]!.type).toMatchObject({
    kind: 'list',
    frozen: true,
    element: { kind: 'udt', frozen: true, fields: [{}, { type: { kind: 'list', frozen: true } }] },
  });
});

test('types that double with each other are refused before they get large', () => {
  let schema = withType(empty, 't0', 'a int; b int');
  const grow = () => {
    for (let level = 1; level < 40; level += 1)
      schema = withType(schema, `t${level}`, `a frozen<t${level - 1}>; b frozen<t${level - 1}>`);
  };
  expect(problem(grow)).toMatch(/^invalid: Type .* is too large/);
});

test('counters stand alone, without a time to live', () => {
  expect(tableOf(withTable(empty, 't', 'p int; n counter', 'p'), 't').isCounter).toBe(true);
  expect(refused('p int; n counter', 'p', { properties: properties({ default_time_to_live: '5' }) })).toBe(
    'invalid: Cannot set default_time_to_live on a table with counters',
  );
});

test('compact storage has one value column under a clustering, and none in several cells', () => {
  const compact = { compactStorage: true };
  expect(refused('p int; c int; a int; b int', 'p / c', compact)).toBe(
    'invalid: COMPACT STORAGE with composite PRIMARY KEY allows no more than one column not part of the PRIMARY KEY (got: a, b)',
  );
  expect(refused('p int', 'p', compact)).toBe(
    'invalid: No definition found that is not part of the PRIMARY KEY',
  );
  expect(refused('p int; v list<int>', 'p', compact)).toBe(
    'invalid: Non-frozen collections and UDTs are not supported with COMPACT STORAGE',
  );
  expect(refused('p int; c int; s int static', 'p / c', compact)).toBe(
    'invalid: Static columns are not supported in COMPACT STORAGE tables',
  );
  expect(tableOf(withTable(empty, 't', 'p int; c int; v int', 'p / c', compact), 't').isCompact).toBe(true);
});
