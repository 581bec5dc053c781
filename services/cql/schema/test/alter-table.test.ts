import { expect, test } from 'vitest';
import { alterTable, createIndex, type Schema, type TableChange } from '../index.ts';
import {
  context,
  problem,
  properties,
  tableOf,
  type,
  withTable,
  withTestKeyspace,
  withType,
  withView,
} from './support.ts';

const base = withTable(withTestKeyspace(), 't', 'p int; c int; v int; l list<int>', 'p / c');

const change = (schema: Schema, change: TableChange, name = 't') =>
  alterTable(schema, { keyspace: 'ks', name, ifExists: false, change }, context());

const add = (schema: Schema, name: string, text: string, isStatic = false) =>
  change(schema, { kind: 'add', ifNotExists: false, columns: [{ name, type: type(text), isStatic }] }).schema;
const drop = (schema: Schema, ...columns: string[]) =>
  change(schema, { kind: 'drop', ifExists: false, columns, timestamp: 7n }).schema;
const rename = (schema: Schema, from: string, to: string) =>
  change(schema, { kind: 'rename', ifExists: false, renames: [{ from, to }] }).schema;
const set = (schema: Schema, options: Parameters<typeof properties>[0]) =>
  change(schema, { kind: 'options', properties: properties(options) }).schema;

test('a column that comes again under the name of one that went has another id', () => {
  const before = tableOf(base, 't').columns.get('v')!;
  const dropped = drop(base, 'v');
  expect(tableOf(dropped, 't').dropped).toEqual([
    { name: 'v', type: before.type, kind: 'regular', droppedAt: 7n },
  ]);
  const again = tableOf(add(dropped, 'v', 'int'), 't').columns.get('v')!;
  expect(again.id).not.toBe(before.id);
  expect(again.id).toBe(4);
});

test('what was dropped comes back only as something alike', () => {
  const dropped = drop(base, 'v', 'l');
  expect(problem(() => add(dropped, 'v', 'text'))).toBe(
    "invalid: Cannot re-add previously dropped column 'v' of type text, incompatible with previous type int",
  );
  expect(problem(() => add(dropped, 'v', 'int', true))).toBe(
    "invalid: Cannot re-add previously dropped column 'v' of kind STATIC, incompatible with previous kind REGULAR",
  );
  expect(problem(() => add(dropped, 'l', 'frozen<list<int>>'))).toContain('Cannot re-add');
  const ascii = drop(add(base, 'a', 'ascii'), 'a');
  expect(tableOf(add(ascii, 'a', 'text'), 't').columns.has('a')).toBe(true);
});

test.each([
  [() => add(base, 'v', 'int'), "Column with name 'v' already exists"],
  [() => drop(base, 'x'), "Column x was not found in table 'ks.t'"],
  [() => drop(base, 'c'), 'Cannot drop PRIMARY KEY column c'],
  [() => rename(base, 'v', 'w'), 'Cannot rename non PRIMARY KEY column v'],
  [() => rename(base, 'x', 'w'), 'Undefined column name x in table ks.t'],
  [
    () => rename(base, 'c', 'v'),
    "Cannot rename column c to v in table 'ks.t'; another column with that name already exists",
  ],
  [() => change(base, { kind: 'alterType' }), 'Altering column types is no longer supported'],
  [
    () => change(base, { kind: 'dropCompactStorage' }),
    'DROP COMPACT STORAGE is disabled. Enable in cassandra.yaml to use.',
  ],
  [() => change(base, { kind: 'alterType' }, 'none'), "Table 'ks.none' doesn't exist"],
])('refused: %s', (run, message) => {
  expect(problem(run)).toBe(`invalid: ${message}`);
});

test('counters and others do not come together later either', () => {
  const counters = withTable(withTestKeyspace(), 't', 'p int; n counter', 'p');
  expect(problem(() => add(counters, 'v', 'int'))).toBe(
    'config: ks.t: Cannot have a non counter column ("v") in a counter table',
  );
  expect(problem(() => add(base, 'n', 'counter'))).toBe(
    'config: ks.t: Cannot have a counter column ("n") in a non counter table',
  );
  const dropped = drop(counters, 'n');
  expect(tableOf(dropped, 't').isCounter).toBe(true);
  expect(problem(() => add(dropped, 'n', 'counter'))).toBe(
    'invalid: Cannot re-add previously dropped counter column n',
  );
});

test('a key column gets another name, in views and their conditions too, and keeps its id', () => {
  const schema = withView(base, 'by_v', 't', 'v / p, c');
  const renamed = rename(schema, 'c', 'Of Order');
  expect(tableOf(renamed, 't').clustering[0]).toMatchObject({ name: 'Of Order', id: 1 });
  expect(tableOf(renamed, 'by_v').clustering.map(({ name }) => name)).toEqual(['p', 'Of Order']);
  expect(tableOf(renamed, 'by_v').view!.where).toBe(
    'v IS NOT NULL AND p IS NOT NULL AND "Of Order" IS NOT NULL',
  );
});

test('a view of all columns gets new ones, another does not', () => {
  const selected = ['p', 'c', 'v'].map((column) => ({ column, alias: undefined, text: column }));
  const schema = withView(withView(base, 'every', 't', 'v / p, c'), 'some', 't', 'v / p, c', { selected });
  const added = add(add(schema, 'w', 'text'), 's', 'text', true);
  expect([...tableOf(added, 'every').columns.keys()]).toEqual(['v', 'p', 'c', 'l', 'w']);
  expect([...tableOf(added, 'some').columns.keys()]).toEqual(['v', 'p', 'c']);
  expect(problem(() => drop(added, 'w'))).toBe(
    'invalid: Cannot drop column w on base table t with materialized views',
  );
  expect(
    problem(() => change(schema, { kind: 'drop', ifExists: false, columns: ['v'], timestamp: 1n }, 'some')),
  ).toBe('invalid: Cannot use ALTER TABLE on a materialized view; use ALTER MATERIALIZED VIEW instead');
  expect(problem(() => set(schema, { gc_grace_seconds: '0' }))).toContain(
    'invalid: Cannot alter gc_grace_seconds of the base table of a materialized view to 0',
  );
});

test('a column with an index is neither dropped nor renamed', () => {
  const index = (column: string) => ({
    keyspace: 'ks',
    table: 't',
    name: undefined,
    targets: [{ kind: 'simple' as const, column }],
    isCustom: false,
    className: undefined,
    properties: new Map(),
    ifNotExists: false,
  });
  const schema = createIndex(createIndex(base, index('v')).schema, index('c')).schema;
  expect(problem(() => drop(schema, 'v'))).toBe(
    'invalid: Cannot drop column v because it has dependent secondary indexes (t_v_idx)',
  );
  expect(problem(() => rename(schema, 'c', 'd'))).toBe(
    "invalid: Can't rename column c because it has dependent secondary indexes (t_c_idx)",
  );
});

test('a user type in several cells stays, one that is frozen leaves a tuple behind', () => {
  const schema = withTable(
    withType(withTestKeyspace(), 'u', 'a int; b text'),
    't',
    'p int; x u; y frozen<u>',
    'p',
  );
  expect(problem(() => drop(schema, 'x'))).toBe('invalid: Cannot drop non-frozen column x of user type u');
  expect(tableOf(drop(schema, 'y'), 't').dropped[0]!.type).toEqual({
    kind: 'tuple',
    elements: [
      { kind: 'native', name: 'int' },
      { kind: 'native', name: 'text' },
    ],
  });
});

test('options change what they name and nothing else', () => {
  const before = tableOf(base, 't');
  const after = tableOf(set(base, { comment: 'x', gc_grace_seconds: '10' }), 't');
  expect(after.params).toEqual({ ...before.params, comment: 'x', gc_grace_seconds: 10 });
  expect(problem(() => set(base, { id: '5a1c395e-b41f-11e5-9f22-ba0be0483c18' }))).toBe(
    'config: Cannot alter table id.',
  );
});

test('what is there or is not is passed over where a statement says so', () => {
  const columns = [{ name: 'v', type: type('int'), isStatic: false }];
  expect(tableOf(change(base, { kind: 'add', ifNotExists: true, columns }).schema, 't').columns.size).toBe(4);
  const none = { kind: 'drop', ifExists: true, columns: ['x'], timestamp: undefined } as const;
  expect(tableOf(change(base, none).schema, 't').dropped).toEqual([]);
});
