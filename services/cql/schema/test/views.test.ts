import { expect, test } from 'vitest';
import {
  alterView,
  type CreateView,
  createTable,
  createView,
  dropTable,
  dropView,
  type Schema,
  type ViewRelation,
} from '../index.ts';
import {
  context,
  problem,
  properties,
  tableOf,
  tableStatement,
  viewStatement,
  withTable,
  withTestKeyspace,
  withView,
} from './support.ts';

const base = withTable(
  withTestKeyspace(),
  't',
  'p int; c int; d int; v int; w int; l list<int>',
  'p / c, d',
  {
    clusteringOrder: [
      { column: 'c', descending: false },
      { column: 'd', descending: true },
    ],
  },
);
const withStatic = withTable(withTestKeyspace(), 't', 'p int; c int; s int static; v int', 'p / c');

type More = Partial<CreateView> & { relations?: readonly ViewRelation[] };
const refused = (key: string, more: More = {}, schema: Schema = base) =>
  problem(() => createView(schema, viewStatement('m', 't', key, more), context(5)));
const select = (...columns: string[]) =>
  columns.map((column) => ({ column, alias: undefined, text: column }));
const notNull = (...columns: string[]): ViewRelation[] =>
  columns.map((column) => ({ kind: 'notNull', columns: [column] }));

test('a view has the columns it selects, with the base’s order where it says none', () => {
  const made = createView(
    base,
    viewStatement('m', 't', 'v / d, c, p', { selected: select('p', 'c', 'd', 'v', 'w') }),
    context(5),
  );
  expect(made.warnings).toEqual([
    'Materialized views are experimental and are not recommended for production use.',
  ]);
  const view = tableOf(made.schema, 'm');
  expect(view.kind).toBe('view');
  expect([...view.columns.keys()]).toEqual(['v', 'd', 'c', 'p', 'w']);
  expect(view.clustering.map(({ order }) => order)).toEqual(['desc', 'asc', 'asc']);
  const order = { clusteringOrder: ['d', 'c', 'p'].map((column, at) => ({ column, descending: at === 1 })) };
  expect(
    tableOf(withView(base, 'm', 't', 'v / d, c, p', order), 'm').clustering.map((each) => each.order),
  ).toEqual(['asc', 'desc', 'asc']);
});

test.each<[string, More, string]>([
  ['v / p, c', {}, "Cannot create materialized view 'm' without primary key columns d from base table 't'"],
  [
    'v / w, p, c, d',
    {},
    'Cannot include more than one non-primary key column in materialized view primary key (got v, w)',
  ],
  ['x / p, c, d', {}, "Unknown column 'x' referenced in PRIMARY KEY for materialized view 'm'"],
  ['p / p, c, d', {}, "Duplicate column 'p' in PRIMARY KEY clause for materialized view 'm'"],
  ['l / p, c, d', {}, "Invalid non-frozen collection type 'list<int>' for PRIMARY KEY column 'l'"],
  [
    'v / p, c, d',
    { selected: select('p', 'c', 'd') },
    "Unknown column 'v' referenced in PRIMARY KEY for materialized view 'm'",
  ],
  [
    'v / p, c, d',
    { relations: notNull('v', 'p', 'c') },
    "Primary key columns d must be restricted with 'IS NOT NULL' or otherwise",
  ],
  [
    'v / p, c, d',
    { relations: [...notNull('v', 'p', 'c', 'd'), { kind: 'other', columns: ['w'] }] },
    "Non-primary key columns can only be restricted with 'IS NOT NULL' (got: w restricted illegally)",
  ],
  [
    'v / p, c, d',
    { relations: [{ kind: 'token', columns: ['p'] }] },
    'Cannot use token relation when defining a materialized view',
  ],
  [
    'v / p, c, d',
    { selected: [{ column: 'p', alias: 'x', text: 'p AS x' }] },
    'Cannot use aliases when defining a materialized view (got p AS x)',
  ],
  [
    'v / p, c, d',
    { selected: [{ column: undefined, alias: undefined, text: 'ttl(v)' }] },
    'Can only select columns by name when defining a materialized view (got ttl(v))',
  ],
  [
    'v / p, c, d',
    { clusteringOrder: [{ column: 'c', descending: true }] },
    'Clustering key columns must exactly match columns in CLUSTERING ORDER BY directive',
  ],
  [
    'v / p, c, d',
    { properties: properties({ default_time_to_live: '10' }) },
    'Cannot set default_time_to_live for a materialized view. Data in a materialized view always expire at the same time than the corresponding data in the parent table.',
  ],
  ['v / p, c, d', { baseTable: 'none' }, "Base table 'none' doesn't exist"],
  [
    'v / p, c, d',
    { name: 't' },
    "Cannot create materialized view 't' - a table with the same name already exists",
  ],
])('refused: key %s, %j', (key, more, message) => expect(refused(key, more)).toBe(`invalid: ${message}`));

test('columns of a key may be restricted in another way', () => {
  const relations: ViewRelation[] = [...notNull('v', 'p'), { kind: 'other', columns: ['c', 'd'] }];
  const statement = viewStatement('m', 't', 'v / p, c, d', { relations });
  expect(createView(base, statement, context(5)).change).toMatchObject({ change: 'CREATED', name: 'm' });
});

test('statics, counters and views are no base', () => {
  expect(refused('v / p, c', {}, withStatic)).toBe(
    "invalid: Cannot include static column 's' in materialized view 'm'",
  );
  const counters = withTable(withTestKeyspace(), 't', 'p int; n counter', 'p');
  expect(refused('p', {}, counters)).toBe('invalid: Materialized views are not supported on counter tables');
  const views = withView(base, 'o', 't', 'v / p, c, d');
  expect(refused('v / p, c, d', { baseTable: 'o' }, views)).toBe(
    'invalid: Materialized views cannot be created against other materialized views',
  );
});

test('tables and views share their names', () => {
  const schema = withView(base, 'm', 't', 'v / p, c, d');
  expect(problem(() => createTable(schema, tableStatement('m', 'p int', 'p'), context(6)))).toBe(
    'alreadyExists: Cannot add already existing table "m" to keyspace "ks"',
  );
  expect(refused('v / p, c, d', {}, schema)).toBe(
    'alreadyExists: Cannot add already existing table "m" to keyspace "ks"',
  );
});

test('a table stays while it has views', () => {
  const schema = withView(base, 'm', 't', 'v / p, c, d');
  const table = { keyspace: 'ks', name: 't', ifExists: false };
  expect(problem(() => dropTable(schema, table))).toContain(
    'invalid: Cannot drop a table when materialized views still depend on it',
  );
  expect(problem(() => dropTable(schema, { ...table, name: 'm' }))).toBe(
    'invalid: Cannot use DROP TABLE on a materialized view. Please use DROP MATERIALIZED VIEW instead.',
  );
  const dropped = dropView(schema, { ...table, name: 'm' }).schema;
  expect(dropTable(dropped, table).schema.keyspaces.get('ks')!.tables.size).toBe(0);
  expect(problem(() => dropView(dropped, { ...table, name: 'm' }))).toBe(
    "invalid: Materialized view 'ks.m' doesn't exist",
  );
});

test('options of a view are altered, though its rows never expire by themselves', () => {
  const schema = withView(base, 'm', 't', 'v / p, c, d');
  const alter = (options: Record<string, string>) =>
    alterView(schema, { keyspace: 'ks', name: 'm', ifExists: false, properties: properties(options) });
  expect(tableOf(alter({ comment: 'x' }).schema, 'm').params.comment).toBe('x');
  expect(problem(() => alter({ gc_grace_seconds: '0' }))).toContain(
    'Cannot alter gc_grace_seconds of a materialized view',
  );
  expect(problem(() => alter({ default_time_to_live: '1' }))).toContain(
    'Forbidden default_time_to_live detected',
  );
});
