import { beforeAll, expect, test } from 'vitest';
import { bytesOfInt32 } from '../../../types/binary.ts';
import { startSecond, TestTables } from './support/tables.ts';

const tables = new TestTables()
  .type('address', 'street text; zip int')
  .table(
    't',
    'p int; c int; s int static; v int; l list<int>; st set<int>; m map<text, int>; a address; Big text',
    'p / c',
  )
  .table('statics', 'p int; c int; s int static; s2 int static; v int', 'p / c')
  .table('counts', 'p int; n counter', 'p')
  .table('times', 'p int; c int; v int; m map<text, int>', 'p / c')
  .table('empty', 'p int; c int; v int', 'p / c')
  .table('texts', 'p text; c text; v text', 'p / c');

beforeAll(async () => {
  await tables.write('t', {
    p: '1',
    c: '1',
    s: '5',
    v: '10',
    l: '[3, 1, 3]',
    st: '{2, 1}',
    m: "{'a': 1, 'b': 2}",
    a: "{street: 'x', zip: 9}",
    Big: "'b'",
  });
  await tables.write('t', { p: '1', c: '2', v: '20', a: '{zip: 8}' });
  await tables.write('t', { p: '1', c: '3', v: '30' });
  await tables.write('statics', { p: '1', s: '5' });
  await tables.write('statics', { p: '2', c: '1', v: '1' });
  await tables.write('statics', { p: '3', c: '1', s: '6', v: '1' });
  await tables.write('counts', { p: '1', n: '40' }, { isUpdate: true });
  await tables.write('counts', { p: '1', n: '2' }, { isUpdate: true });
  await tables.write('times', { p: '1', c: '1', v: '1', m: "{'a': 1}" }, { timestamp: 7n });
  await tables.write('times', { p: '1', c: '1', m: "{'b': 1}" }, { timestamp: 9n, isUpdate: true });
  await tables.write('times', { p: '1', c: '2', v: '2' }, { timestamp: 8n, ttl: 100, isUpdate: true });
  await tables.write('texts', { p: "'a'", c: "''", v: "''" });
});

test('a star shows keys, then statics, then regular columns, each by name', async () => {
  const { columns } = await tables.run('SELECT * FROM t WHERE p = 1');
  expect(columns.map(({ name }) => name)).toEqual(['p', 'c', 's', 'Big', 'a', 'l', 'm', 'st', 'v']);
  const [first] = await tables.rows('SELECT * FROM t WHERE p = 1');
  expect(first).toBe("1 1 5 'b' {street: 'x', zip: 9} [3, 1, 3] {'a': 1, 'b': 2} {1, 2} 10");
});

test('what is null is null, collections without elements too', async () => {
  expect(await tables.rows('SELECT c, l, st, m, a, s FROM t WHERE p = 1 AND c >= 2')).toEqual([
    '2 null null null {street: null, zip: 8} 5',
    '3 null null null null 5',
  ]);
});

test('selectors, duplicates and names', async () => {
  const { columns } = await tables.run("SELECT v, v, v AS w, m['b'], a.zip, count(v) FROM t WHERE p = 1");
  expect(columns.map(({ name }) => name)).toEqual(['v', 'v', 'w', "m['b']", 'a.zip', 'system.count(v)']);
  expect(await tables.rows("SELECT v, v + 1, m['b'], a.zip FROM t WHERE p = 1 AND c = 1")).toEqual([
    '10 11 2 9',
  ]);
});

test('a point read finds a row, or none', async () => {
  expect(await tables.rows('SELECT s, v, p FROM t WHERE p = 1 AND c = 2')).toEqual(['5 20 1']);
  expect(await tables.rows('SELECT v FROM t WHERE p = 1 AND c = 9')).toEqual([]);
  expect(await tables.rows('SELECT v FROM t WHERE p = 9 AND c = 9')).toEqual([]);
  expect(await tables.rows('SELECT s FROM statics WHERE p = 1 AND c = 1')).toEqual([]);
});

test('a partition that has statics alone shows them once, unless rows are asked for', async () => {
  const all = ['1 null 5', '2 1 null', '3 1 6'];
  expect((await tables.rows('SELECT p, c, s FROM statics')).sort()).toEqual(all);
  expect(await tables.rows('SELECT p, c FROM statics WHERE p = 1')).toEqual(['1 null']);
  expect(await tables.rows('SELECT p, c FROM statics WHERE p = 1 AND c > 0')).toEqual([]);
  expect(await tables.rows('SELECT p, c FROM statics WHERE v = 1 AND p = 1 ALLOW FILTERING')).toEqual([]);
  expect(await tables.rows('SELECT p, c FROM statics WHERE s = 5 ALLOW FILTERING')).toEqual(['1 null']);
  expect(await tables.rows('SELECT p FROM statics WHERE s > 5 AND c = 1 ALLOW FILTERING')).toEqual(['3']);
  expect(await tables.rows('SELECT count(*) FROM statics WHERE p = 1')).toEqual(['1']);
});

test('distinct shows each partition once', async () => {
  expect((await tables.rows('SELECT DISTINCT p, s FROM statics')).sort()).toEqual(['1 5', '2 null', '3 6']);
  expect(await tables.rows('SELECT DISTINCT s FROM t WHERE p IN (1, 2)')).toEqual(['5']);
  expect(await tables.rows('SELECT DISTINCT p FROM t WHERE s = 5 ALLOW FILTERING')).toEqual(['1']);
  expect(await tables.rows('SELECT DISTINCT p FROM statics LIMIT 2')).toHaveLength(2);
  expect(await tables.rows('SELECT DISTINCT p, count(p) FROM t GROUP BY p')).toEqual(['1 1']);
});

test.each([
  [
    'DISTINCT p, v FROM t',
    'SELECT DISTINCT queries must only request partition key columns and/or static columns (not v)',
  ],
  ['DISTINCT s FROM t', 'SELECT DISTINCT queries must request all the partition key columns (missing p)'],
  [
    'DISTINCT p FROM t WHERE p = 1 AND c = 1',
    'SELECT DISTINCT with WHERE clause only supports restriction by partition key and/or static columns.',
  ],
  [
    'DISTINCT p FROM t PER PARTITION LIMIT 1',
    'PER PARTITION LIMIT is not allowed with SELECT DISTINCT queries',
  ],
  ['count(*) FROM t PER PARTITION LIMIT 1', 'PER PARTITION LIMIT is not allowed with aggregate queries.'],
  [
    '* FROM t ORDER BY c',
    'ORDER BY is only supported when the partition key is restricted by an EQ or an IN.',
  ],
  [
    '* FROM t WHERE p = 1 ORDER BY v',
    'Order by is currently only supported on the clustered columns of the PRIMARY KEY, got v',
  ],
  ['* FROM t WHERE p = 1 ORDER BY x', 'Undefined column name x in table ks.t'],
  ['* FROM t WHERE p = 1 LIMIT 0', 'LIMIT must be strictly positive'],
  ['* FROM t WHERE p = 1 LIMIT -1', 'LIMIT must be strictly positive'],
  ['* FROM t WHERE p = 1 PER PARTITION LIMIT 0', 'LIMIT must be strictly positive'],
  ['v FROM t GROUP BY v', 'Group by is currently only supported on the columns of the PRIMARY KEY, got v'],
  [
    'v FROM t GROUP BY c',
    'Group by currently only support groups of columns following their declared order in the PRIMARY KEY',
  ],
  [
    'v FROM t GROUP BY p, p',
    'Group by currently only support groups of columns following their declared order in the PRIMARY KEY',
  ],
  [
    'DISTINCT p FROM t GROUP BY p, c',
    'Grouping on clustering columns is not allowed for SELECT DISTINCT queries',
  ],
  ['nothing FROM t', 'Undefined column name nothing in table ks.t'],
])('SELECT %s is refused', async (rest, message) => {
  expect(await tables.problem(`SELECT ${rest}`)).toBe(message);
});

test('limits of markers: null is refused, not set is none', async () => {
  const text = 'SELECT c FROM t WHERE p = 1 LIMIT ?';
  expect(await tables.problem(text, [null])).toBe('Invalid null value of limit');
  expect(await tables.problem(text, [Uint8Array.of(1)])).toBe('Invalid limit value');
  expect(await tables.problem(text, [bytesOfInt32(0)])).toBe('LIMIT must be strictly positive');
  expect(await tables.rows(text, ['unset'])).toHaveLength(3);
  expect(await tables.rows(text, [bytesOfInt32(2)])).toEqual(['1', '2']);
});

test('reads at a consistency that is for writes are refused', async () => {
  expect(await tables.problem('SELECT * FROM t', [], { consistency: 0 })).toBe(
    'ANY ConsistencyLevel is only supported for writes',
  );
});

test('counters count, and are compared as numbers', async () => {
  expect(await tables.rows('SELECT n FROM counts WHERE p = 1')).toEqual(['42']);
  expect(await tables.rows('SELECT p FROM counts WHERE n > 41 ALLOW FILTERING')).toEqual(['1']);
  expect(await tables.rows('SELECT p FROM counts WHERE n = -42 ALLOW FILTERING')).toEqual([]);
});

test('times of writing and of expiry', async () => {
  const text = 'SELECT c, writetime(v), ttl(v), maxwritetime(m) FROM times WHERE p = 1';
  expect(await tables.rows(text)).toEqual(['1 7 null 9', '2 8 100 null']);
  expect(await tables.rows(text, [], { nowSeconds: startSecond + 99 })).toEqual(['1 7 null 9', '2 8 1 null']);
  expect(await tables.rows(text, [], { nowSeconds: startSecond + 100 })).toEqual(['1 7 null 9']);
});

test('JSON has the names of columns as keys', async () => {
  const { columns } = await tables.run('SELECT JSON * FROM t WHERE p = 1');
  expect(columns.map(({ name }) => name)).toEqual(['[json]']);
  expect(await tables.rows('SELECT JSON c, "Big", m, v AS w FROM t WHERE p = 1 AND c = 1')).toEqual([
    `'{"c": 1, "\\"Big\\"": "b", "m": {"a": 1, "b": 2}, "w": 10}'`,
  ]);
  expect(await tables.rows('SELECT JSON count(*) FROM t')).toEqual([`'{"count": 3}'`]);
  expect(await tables.rows("SELECT JSON v, c FROM texts WHERE p = 'a'")).toEqual([`'{"v": "", "c": ""}'`]);
});

test('aggregates give one row, also of nothing', async () => {
  expect(await tables.rows('SELECT count(*), max(v), sum(v), c FROM t')).toEqual(['3 30 60 1']);
  expect(await tables.rows('SELECT count(*), max(v), sum(v), c FROM empty')).toEqual(['0 null 0 null']);
  expect(await tables.rows('SELECT count(*) FROM t WHERE p IN ()')).toEqual(['0']);
  expect(await tables.rows('SELECT count(*) FROM t LIMIT 1')).toEqual(['3']);
  expect(await tables.pages('SELECT count(*) FROM t', 1)).toEqual([['3']]);
});

test('who aggregates over many partitions is warned', async () => {
  tables.warnings.length = 0;
  await tables.rows('SELECT count(*) FROM t WHERE p = 1');
  expect(tables.warnings).toEqual([]);
  await tables.rows('SELECT count(*) FROM t');
  await tables.rows('SELECT count(*) FROM t WHERE p IN (1, 2)');
  expect(tables.warnings).toEqual([
    'Aggregation query used without partition key',
    'Aggregation query used on multiple partition keys (IN restriction)',
  ]);
});

test('an empty text is a value', async () => {
  expect(await tables.rows("SELECT v FROM texts WHERE p = 'a' AND c = ''")).toEqual(["''"]);
  expect(await tables.rows("SELECT v FROM texts WHERE v = '' ALLOW FILTERING")).toEqual(["''"]);
});

test('reading takes SELECT on the table, and EXECUTE on functions of users', () => {
  expect(tables.prepare('SELECT v FROM t').needs).toEqual([
    { permission: 'SELECT', resource: { kind: 'table', keyspace: 'ks', table: 't' } },
  ]);
});

test('ordering several partitions needs all of their rows at once', async () => {
  const text = 'SELECT p, c, v FROM order_me WHERE p IN (1, 2) ORDER BY c DESC LIMIT 3';
  tables.table('order_me', 'p int; c int; v int', 'p / c');
  for (const [p, c] of ['11', '12', '21', '23'].map((each) => [...each]))
    await tables.write('order_me', { p: p!, c: c!, v: '0' });
  expect(await tables.rows(text)).toEqual(['2 3 0', '1 2 0', '1 1 0']);
  expect(await tables.rows('SELECT v FROM order_me WHERE p IN (1, 2) ORDER BY c')).toHaveLength(4);
  expect(await tables.rows('SELECT JSON p FROM order_me WHERE p IN (2, 1) ORDER BY c DESC LIMIT 1')).toEqual([
    `'{"p": 2}'`,
  ]);
  expect(await tables.problem(text, [], { pageSize: 10 })).toBe(
    'Cannot page queries with both ORDER BY and a IN restriction on the partition key; you must either remove ' +
      'the ORDER BY or the IN and sort client side, or disable paging for this query',
  );
});

test('cells of columns that were dropped keep no row alive', async () => {
  tables.table('dropped', 'p int; c int; v int; w int', 'p / c');
  await tables.write('dropped', { p: '1', c: '1', v: '1' }, { isUpdate: true });
  await tables.write('dropped', { p: '1', c: '2', w: '1' }, { isUpdate: true });
  tables.alter('dropped', (table) => ({
    ...table,
    columns: new Map([...table.columns].filter(([name]) => name !== 'v')),
    regulars: table.regulars.filter(({ name }) => name !== 'v'),
  }));
  expect(await tables.rows('SELECT * FROM dropped')).toEqual(['1 2 1']);
  expect(await tables.rows('SELECT * FROM dropped WHERE p = 1 AND c = 1')).toEqual([]);
});
