import { expect, test } from 'vitest';
import type { TableSchema } from '../../../schema/model.ts';
import { withTable, withTestKeyspace, withView } from '../../../schema/test/support.ts';
import { database, TestDatabase } from './support/database.ts';

const viewed = () => {
  const schema = withView(
    withTable(withTestKeyspace(), 't', 'p int; c int; v int', 'p / c'),
    'w',
    't',
    'c / p',
  );
  return new TestDatabase(schema);
};

test('views are not modified', async () => {
  const db = viewed();
  expect(await db.problem('INSERT INTO w (p, c) VALUES (1, 1)')).toBe(
    'Cannot directly modify a materialized view',
  );
  expect(await db.problem('TRUNCATE w')).toBe(
    'Cannot TRUNCATE materialized view directly; must truncate base table instead',
  );
});

test('writing a table with views needs permission for both', () => {
  const need = (permission: string, table: string) => ({
    permission,
    resource: { kind: 'table', keyspace: 'ks', table },
  });
  expect(viewed().prepare('DELETE FROM t WHERE p = 1').needs).toEqual([
    need('MODIFY', 't'),
    need('SELECT', 't'),
    need('MODIFY', 'w'),
  ]);
  expect(viewed().prepare('TRUNCATE t').needs).toEqual([need('MODIFY', 't')]);
});

test('truncating takes everything', async () => {
  const db = database(['t', 'p int; v int', 'p /']);
  await db.runAll('INSERT INTO t (p) VALUES (1)', 'INSERT INTO t (p) VALUES (2)', 'TRUNCATE TABLE t');
  expect(await db.rows()).toEqual([]);
  expect(await db.problem('TRUNCATE x')).toBe('table x does not exist');
});

const virtual = () => {
  const db = database(['t', 'p int; v int', 'p /'], ['o', 'p int; v int', 'p /']);
  const keyspace = db.schema.keyspaces.get('ks')!;
  const table: TableSchema = { ...db.table(), kind: 'virtual' };
  const tables = new Map(keyspace.tables).set('t', table);
  db.schema = { ...db.schema, keyspaces: new Map(db.schema.keyspaces).set('ks', { ...keyspace, tables }) };
  return db;
};

const insert = 'INSERT INTO t (p) VALUES (1)';

test.each([
  [`${insert} USING TIMESTAMP 1`, 'Custom timestamp is not supported by virtual tables'],
  [`${insert} USING TTL 1`, 'Expiring columns are not supported by virtual tables'],
  [`${insert} IF NOT EXISTS`, 'Conditional updates are not supported by virtual tables'],
  [`BEGIN BATCH ${insert}; APPLY BATCH`, 'Cannot include a virtual table statement in a logged batch'],
  [
    `BEGIN UNLOGGED BATCH ${insert}; INSERT INTO o (p) VALUES (1); APPLY BATCH`,
    'Mutations for virtual and regular tables cannot exist in the same batch',
  ],
  [
    `BEGIN UNLOGGED BATCH ${insert}; UPDATE o SET v = 1 WHERE p = 1 IF v = 1; APPLY BATCH`,
    'Mutations for virtual and regular tables cannot exist in the same batch',
  ],
  ['TRUNCATE t', 'Cannot truncate virtual tables'],
])('%s: %s', async (text, message) => {
  expect(await virtual().problem(text)).toBe(message);
});

const compact = (columns: string, key: string) =>
  new TestDatabase(withTable(withTestKeyspace(), 't', columns, key, { compactStorage: true }));

test('a compact row is what its column holds', async () => {
  const db = compact('p int; c int; v int', 'p / c');
  await db.runAll('INSERT INTO t (p, c, v) VALUES (1, 1, 1)', 'INSERT INTO t (p, c, v) VALUES (1, 2, 2)');
  await db.run('INSERT INTO t (p, c, v) VALUES (1, 1, null)');
  expect(await db.rows()).toEqual(['p=1 c=2 v=2']);
  expect(await db.problem('INSERT INTO t (p, c) VALUES (1, 1)')).toBe(
    'Column v is mandatory for this COMPACT STORAGE table',
  );
});

test('a compact row that has no column is there by itself', async () => {
  const db = compact('p int; c int', 'p / c');
  await db.run('INSERT INTO t (p, c) VALUES (1, 1)');
  expect(await db.rows()).toEqual(['p=1 c=1']);
});

test('a compact table with one clustering column does not have it empty; with several the last may be missing', async () => {
  const one = compact('p int; c text; v int', 'p / c');
  expect(await one.problem("INSERT INTO t (p, c, v) VALUES (1, '', 1)")).toBe(
    'Invalid empty or null value for column c',
  );
  const two = compact('p int; c int; d int; v int', 'p / c, d');
  await two.runAll(
    'INSERT INTO t (p, c, v) VALUES (1, 1, 1)',
    'INSERT INTO t (p, c, d, v) VALUES (1, 1, 2, 2)',
  );
  expect(await two.rows()).toEqual(['p=1 c=1 v=1', 'p=1 c=1 d=2 v=2']);
  expect(await two.problem('INSERT INTO t (p, d, v) VALUES (1, 1, 1)')).toBe(
    'PRIMARY KEY column "d" cannot be restricted as preceding column "c" is not restricted',
  );
  expect(await two.problem('INSERT INTO t (p, v) VALUES (1, 1)')).toBe(
    'Some clustering keys are missing: c, d',
  );
});
