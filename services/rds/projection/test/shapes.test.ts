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

it('names, types and values of every kind are the same in changes and in tables that are read', async () => {
  await client.query(`
    CREATE SCHEMA "odd. ""schema";
    CREATE TYPE mood AS ENUM ('sad', 'it''s "ok"');
    CREATE TYPE pair AS (x int, "y y" text);
    CREATE DOMAIN small AS int CHECK (value < 100);
    CREATE TYPE "Strange[] type" AS ENUM ('a');
    CREATE TABLE "odd. ""schema"."Table: INSERT: 'x'" (
      "new-tuple:" int, "null" text, k text COLLATE "C", b bytea, bits bit(5), vb bit varying, n numeric,
      f float8, g float4, bo boolean, j json, jb jsonb, a text[], aa int[][], ts timestamptz, t timestamp, i interval,
      d date, m mood, p pair, ps pair[], s small, u uuid, r int4range, inet inet, x xml, c "char", ch char(5),
      st "Strange[] type", money money, pt point, gen int GENERATED ALWAYS AS ("new-tuple:" * 2) STORED, o oid,
      PRIMARY KEY (k, "new-tuple:"))`);
  const table = `"odd. ""schema"."Table: INSERT: 'x'"`;
  const values = `
    (1, 'it''s \\ "q"' || E'\\n\\t' || ' new-tuple: a[integer]:1', 'k/%.é', '\\x00ff', '10101', '', 1.50, 'NaN', 0.1, true,
      '{"a": "b''c"}', '{"a":[1,null]}', '{"a b",NULL,"NULL","\\"q\\""}', '{{1,2},{3,4}}', '2026-01-02 03:04:05.6789+02',
      '0044-03-15 BC', '-1 mon +2 days 03:04:05', 'infinity', 'it''s "ok"', row(1, 'a "b" '','), array[row(1,null)::pair],
      7, '00000000-0000-0000-0000-000000000001', '[1,5)', '10.0.0.0/8', '<a b="c"/>', 'z', 'ab', 'a', '-1.50', '(1,2)',
      default, 4294967295)`;
  await client.query(`INSERT INTO ${table} VALUES ${values}`);
  await expectSame();
  await client.query(
    `INSERT INTO ${table} VALUES ${values.replace('(1,', '(2,')}, ${values.replace('(1,', '(3,').replace(/'k\/%\.é'/, "E'\\n'")}`,
  );
  await client.query(`INSERT INTO ${table} ("new-tuple:", k) VALUES (5, ''), (6, 'null')`);
  await client.query(
    `UPDATE ${table} SET k = k || '''', bits = '00000', f = '-Infinity' WHERE "new-tuple:" = 2; DELETE FROM ${table} WHERE "new-tuple:" = 6`,
  );
  await expectSame();
  await client.query(
    "ALTER TYPE mood RENAME VALUE 'it''s \"ok\"' TO 'well'; ALTER TYPE pair ADD ATTRIBUTE z int CASCADE",
  );
  await expectSame();
});

it('changes of shapes bring the rows along', async () => {
  await client.query(
    'CREATE TABLE t (a int PRIMARY KEY, b text, c int); INSERT INTO t SELECT g, g, g FROM generate_series(1, 50) g',
  );
  await expectSame();
  const steps = [
    'ALTER TABLE t ADD COLUMN d timestamptz DEFAULT clock_timestamp(); INSERT INTO t VALUES (60)',
    'ALTER TABLE t DROP COLUMN c; UPDATE t SET b = 5 WHERE a < 5',
    'ALTER TABLE t ALTER COLUMN b TYPE int USING b::int',
    'ALTER TABLE t RENAME COLUMN b TO "B b"; DELETE FROM t WHERE a = 7',
    'BEGIN; ALTER TABLE t RENAME TO u; CREATE TABLE t (x text); INSERT INTO t VALUES (1), (1); INSERT INTO u VALUES (61); COMMIT',
    'BEGIN; ALTER TABLE t RENAME TO v; ALTER TABLE u RENAME TO t; ALTER TABLE v RENAME TO u; COMMIT',
    'ALTER TABLE t DROP CONSTRAINT t_pkey; INSERT INTO t VALUES (1), (1); DELETE FROM t WHERE a = 2',
    'CREATE SCHEMA s; ALTER TABLE t SET SCHEMA s; ALTER TABLE s.t REPLICA IDENTITY FULL; UPDATE s.t SET a = a + 1',
    'DELETE FROM s.t WHERE a IN (SELECT a FROM s.t GROUP BY a HAVING count(*) > 1); ALTER TABLE s.t ADD PRIMARY KEY (a); UPDATE s.t SET a = a + 1000',
    'ALTER TABLE s.t REPLICA IDENTITY NOTHING; UPDATE s.t SET a = -a; DELETE FROM s.t WHERE a = -110',
    'CREATE TABLE made AS SELECT * FROM s.t; VACUUM FULL s.t; DROP SCHEMA s CASCADE',
  ];
  for (const step of steps) {
    for (const statement of step.startsWith('BEGIN') ? [step] : step.split('; '))
      await client.query(statement);
    await expectSame();
  }
});

it('partitions have rows of their own; views, temporary and unlogged tables have none', async () => {
  await client.query(`
    CREATE TABLE p (a int, b text, PRIMARY KEY (a)) PARTITION BY RANGE (a);
    CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (0) TO (10);
    CREATE TABLE p2 PARTITION OF p FOR VALUES FROM (10) TO (20);
    CREATE UNLOGGED TABLE un (a int); CREATE TEMPORARY TABLE tmp (a int); CREATE VIEW v AS SELECT * FROM p;
    CREATE MATERIALIZED VIEW mv AS SELECT * FROM p;
    CREATE TABLE parent (a int PRIMARY KEY); CREATE TABLE child (b int) INHERITS (parent);
    INSERT INTO p SELECT g FROM generate_series(0, 19) g; INSERT INTO un VALUES (1); INSERT INTO tmp VALUES (1);
    INSERT INTO parent VALUES (1); INSERT INTO child VALUES (1, 2)`);
  await expectSame();
  await client.query('UPDATE p SET a = 19 - a WHERE a = 0 OR a = 19 AND false; ').catch(() => undefined);
  await client.query(
    'DELETE FROM p WHERE a = 5; UPDATE p SET a = 5 WHERE a = 15; REFRESH MATERIALIZED VIEW mv; ALTER TABLE p DETACH PARTITION p2',
  );
  await expectSame();
  for (const name of ['p', 'un', 'tmp', 'v', 'mv'])
    expect(await recordedRows(world, oid, 'public', name), name).toBeUndefined();
});
