import { beforeEach, expect, it } from 'vitest';
import { type FreshDatabase, freshDatabase } from './fresh-database.ts';
import { recordedRows } from './world.ts';

const fresh = freshDatabase();
const expectSame = () => fresh.expectSame();
let world: FreshDatabase['world'];
let client: FreshDatabase['client'];
let oid: number;
beforeEach(() => {
  ({ world, client, oid } = fresh);
});

it('rows that were there before are read, and changes follow', async () => {
  await client.query('CREATE TABLE t (a int PRIMARY KEY, b text); CREATE TABLE copies (a int)');
  await client.query("INSERT INTO t SELECT g, 'row ' || g FROM generate_series(1, 300) g");
  await client.query('INSERT INTO copies VALUES (1), (1), (2)');
  await expectSame();
  await client.query(
    "UPDATE t SET b = 'new' WHERE a % 3 = 0; DELETE FROM t WHERE a > 290; UPDATE t SET a = -a WHERE a < 5",
  );
  await client.query('INSERT INTO copies VALUES (1), (3), (null)');
  await expectSame();
  await client.query('DELETE FROM copies WHERE a = 1; UPDATE copies SET a = 7');
  await expectSame();
  await client.query('TRUNCATE t; INSERT INTO t VALUES (1, null)');
  await expectSame();
  await client.query('DROP TABLE t');
  await expectSame();
  expect(await recordedRows(world, oid, 'public', 't')).toBeUndefined();
});

it('long values are kept as their hashes, also when an update leaves them as they are', async () => {
  await client.query(
    'CREATE TABLE t (a int PRIMARY KEY, b text, c text, d int); ALTER TABLE t ALTER b SET STORAGE EXTERNAL, ALTER c SET STORAGE EXTERNAL',
  );
  await client.query(
    "INSERT INTO t SELECT g, repeat('x', 3000), repeat('y', 70000 * g), 1 FROM generate_series(1, 3) g",
  );
  await world.settle();
  const sql = "SELECT a, b, encode(sha256(convert_to(c, 'UTF8')), 'hex'), d FROM t";
  const expectHashed = async () => {
    await world.settle();
    const { rows } = await client.query({ text: sql, rowMode: 'array' });
    const selected = rows.map((row: unknown[]) =>
      JSON.stringify(row.map((value) => (value === null ? null : String(value)))),
    );
    expect(await recordedRows(world, oid, 'public', 't')).toEqual(selected.sort());
  };
  await expectHashed();
  await client.query('UPDATE t SET d = 2; UPDATE t SET a = a + 10, d = 3 WHERE a > 1');
  await expectHashed();
});

it('a transaction of many thousand rows goes in parts, and nothing is current meanwhile', async () => {
  await client.query(
    'CREATE TABLE t (a int PRIMARY KEY, b text); CREATE TABLE other (a int PRIMARY KEY); INSERT INTO other VALUES (1)',
  );
  await world.settle();
  await client.query("INSERT INTO t SELECT g, repeat('some text ', 5) FROM generate_series(1, 5000) g");
  await expectSame();
  await client.query('DELETE FROM t WHERE a > 1000; UPDATE t SET a = a + 3000');
  await expectSame();
});

it('of transactions that are rolled back, in part or whole, nothing is shown', async () => {
  await client.query('CREATE TABLE t (a int PRIMARY KEY)');
  await world.settle();
  await client.query(
    'BEGIN; INSERT INTO t VALUES (1); SAVEPOINT s; INSERT INTO t VALUES (2); ROLLBACK TO s; INSERT INTO t VALUES (3); COMMIT',
  );
  await client.query('BEGIN; INSERT INTO t VALUES (9); ROLLBACK');
  await client.query("SELECT pg_logical_emit_message(true, 'x', 'table public.t: INSERT: a[integer]:77')");
  await client.query('BEGIN; INSERT INTO t VALUES (4); SELECT 1');
  await world.settle();
  expect(await recordedRows(world, oid, 'public', 't')).toEqual(['["1"]', '["3"]']);
  await client.query('COMMIT');
  await expectSame();
});
