import { expect, test } from 'vitest';
import { hiddenTablesOf } from '../../indexes/index.ts';
import {
  type CreateIndex,
  createIndex,
  dropIndex,
  type Schema,
  type TargetSyntax,
  uuidText,
} from '../index.ts';
import { problem, properties, tableOf, withTable, withTestKeyspace, withType, withView } from './support.ts';

const columns =
  `p int; q int; c int; s int static; v text; "w d" text; l list<int>; m map<text, int>; f frozen<set<int>>;
  d duration; u u`.replaceAll('\n', '');
const base = withTable(
  withType(withTestKeyspace(), 'u', 'a int'),
  't',
  columns.replace('"w d"', 'w$d'),
  'p, q / c',
);

function create(
  schema: Schema,
  column: string,
  kind: TargetSyntax['kind'] = 'simple',
  more: Partial<CreateIndex> = {},
) {
  return createIndex(schema, {
    keyspace: 'ks',
    table: 't',
    name: undefined,
    targets: [{ kind, column }],
    isCustom: false,
    className: undefined,
    properties: new Map(),
    ifNotExists: false,
    ...more,
  });
}
const indexesOf = (schema: Schema) => tableOf(schema, 't').indexes;

test('an index without a name gets the next that is free in its keyspace', () => {
  const first = create(base, 'v').schema;
  const other = withTable(first, 't_v', 'p int; idx int', 'p');
  const taken = create(other, 'c', 'simple', { name: 't_s_idx' }).schema;
  expect(indexesOf(create(taken, 's').schema).map(({ name }) => name)).toEqual([
    't_v_idx',
    't_s_idx',
    't_s_idx_1',
  ]);
  expect(indexesOf(create(base, 'w$d').schema)[0]).toMatchObject({
    name: 't_wd_idx',
    options: { target: '"w$d"' },
  });
});

test('no table is given the id of what has the entries of an index, before the index is made or behind it', () => {
  const indexed = create(base, 'v').schema;
  const [hidden] = hiddenTablesOf(tableOf(indexed, 't'));
  const withId = (schema: Schema) =>
    withTable(schema, 'mine', 'p int', 'p', { properties: properties({ id: uuidText(hidden!.id) }) });
  expect(problem(() => withId(indexed))).toBe('invalid: Table id of ks.mine is taken by ks.t');
  expect(problem(() => create(withId(base), 'v'))).toBe(
    'invalid: Table id of index t_v_idx is taken by ks.mine',
  );
});

test('the target of a collection says what of it', () => {
  expect(indexesOf(create(base, 'l').schema)[0]).toEqual({
    name: 't_l_idx',
    id: base.keyspaces.get('ks')!.tables.get('t')!.nextColumnId,
    column: 'l',
    target: 'values',
    kind: 'COMPOSITES',
    options: { target: 'values(l)' },
  });
  const both = create(create(base, 'm', 'keys').schema, 'm', 'entries').schema;
  expect(indexesOf(both).map(({ name, options }) => [name, options.target])).toEqual([
    ['t_m_idx', 'keys(m)'],
    ['t_m_idx_1', 'entries(m)'],
  ]);
  expect(indexesOf(create(base, 'f', 'full').schema)[0]).toMatchObject({ options: { target: 'full(f)' } });
});

test('the same index again is refused, or passed over', () => {
  const { schema } = create(base, 'v', 'simple', { name: 'i' });
  expect(problem(() => create(schema, 'c', 'simple', { name: 'i' }))).toBe(
    "invalid: Index 'i' already exists",
  );
  expect(problem(() => create(schema, 'v'))).toBe(
    'invalid: Index t_v_idx is a duplicate of existing index i',
  );
  expect(create(schema, 'v', 'simple', { ifNotExists: true }).change).toBeUndefined();
  expect(create(schema, 'c', 'simple', { name: 'i', ifNotExists: true }).schema).toBe(schema);
});

const one = withTable(withTestKeyspace(), 't', 'p int; v int', 'p');
const counters = withTable(withTestKeyspace(), 't', 'p int; n counter', 'p');

test.each([
  [() => create(one, 'p'), 'invalid: Cannot create secondary index on the only partition key column p'],
  [() => create(base, 'x'), 'invalid: Undefined column name x in table ks.t'],
  [() => create(base, 'd'), 'invalid: Secondary indexes are not supported on duration columns'],
  [() => create(base, 'u'), 'invalid: Cannot create index on non-frozen UDT column u'],
  [
    () => create(base, 'f'),
    "invalid: Cannot create values() index on frozen column f. Frozen collections are immutable and must be fully indexed by using the 'full(f)' modifier",
  ],
  [() => create(base, 'l', 'full'), 'invalid: full() indexes can only be created on frozen collections'],
  [
    () => create(base, 'v', 'keys'),
    'invalid: Cannot create keys() index on v. Non-collection columns only support simple indexes',
  ],
  [() => create(base, 'l', 'keys'), 'invalid: Cannot create index on keys of column l with non-map type'],
  [() => create(counters, 'n'), "invalid: Secondary indexes on counter tables aren't supported"],
  [() => create(base, 'v', 'simple', { table: 'none' }), "invalid: Table 'none' doesn't exist"],
  [() => create(base, 'v', 'simple', { name: 'a-b' }), 'config: Illegal index name a-b'],
  [
    () => create(base, 'v', 'simple', { targets: ['v', 'c'].map((column) => ({ kind: 'simple', column })) }),
    'invalid: Only CUSTOM indexes support multiple columns',
  ],
  [
    () => create(base, 'v', 'simple', { isCustom: true, className: 'a.B' }),
    "config: Unable to find custom indexer class 'a.B'",
  ],
  [
    () => create(base, 'v', 'simple', { properties: properties({ options: {} }) }),
    'invalid: Cannot specify options for a non-CUSTOM index',
  ],
])('refused: %s', (run, message) => expect(problem(run)).toBe(message));

test('views are not indexed', () => {
  const schema = withView(one, 'w', 't', 'v / p');
  expect(problem(() => create(schema, 'p', 'simple', { table: 'w' }))).toBe(
    "invalid: Secondary indexes on materialized views aren't supported",
  );
});

test('a storage-attached index keeps its class and options', () => {
  const { schema } = create(base, 'v', 'simple', {
    isCustom: true,
    className: 'StorageAttachedIndex',
    properties: properties({ options: { case_sensitive: 'false' } }),
  });
  expect(indexesOf(schema)[0]).toMatchObject({
    kind: 'CUSTOM',
    options: { case_sensitive: 'false', class_name: 'StorageAttachedIndex', target: 'v' },
  });
});

test('a dropped index is gone, and one that is not there is named', () => {
  const { schema } = create(base, 'v');
  const dropped = dropIndex(schema, { keyspace: 'ks', name: 't_v_idx', ifExists: false });
  expect(dropped.change).toEqual({ change: 'UPDATED', target: 'TABLE', keyspace: 'ks', name: 't' });
  expect(indexesOf(dropped.schema)).toEqual([]);
  expect(problem(() => dropIndex(dropped.schema, { keyspace: 'ks', name: 't_v_idx', ifExists: false }))).toBe(
    "invalid: Index 'ks.t_v_idx' doesn't exist'",
  );
});
