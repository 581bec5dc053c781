import { beforeEach, expect, it } from 'vitest';
import { formatLsn } from '../../model/lsn.ts';
import { watermarkKey, watermarksTable } from '../../model/row-tables.ts';
import { type FreshDatabase, freshDatabase } from './fresh-database.ts';

const fresh = freshDatabase();
const expectSame = () => fresh.expectSame();
let world: FreshDatabase['world'];
let client: FreshDatabase['client'];
let name: string;
let oid: number;
beforeEach(() => {
  ({ world, client, name, oid } = fresh);
});

it('when it is opened again it goes on where the records are, and reads anew what is in doubt', async () => {
  await client.query('CREATE TABLE t (a int PRIMARY KEY, b text); CREATE TABLE copies (a int)');
  await client.query(
    "INSERT INTO t SELECT g, 'x' FROM generate_series(1, 200) g; INSERT INTO copies SELECT 1 FROM generate_series(1, 20)",
  );
  await world.settle();
  await world.projection.stop();
  await client.query(
    "INSERT INTO copies VALUES (1), (2); DELETE FROM t WHERE a < 20; INSERT INTO t VALUES (-1, 'y')",
  );
  await world.reopen();
  await expectSame();
  await world.projection.stop();
  await client.query('INSERT INTO copies VALUES (1)');
  const slot = `hypergate_rows_${oid}`;
  await world.admin.query('SELECT pg_drop_replication_slot($1)', [slot]);
  await client.query('DELETE FROM t WHERE a = 30; INSERT INTO copies VALUES (5)');
  await world.reopen();
  await expectSame();
});

it('databases can be dropped, renamed and copied at any time, also while they are read', async () => {
  await client.query(
    "CREATE TABLE t (a int PRIMARY KEY, b text); INSERT INTO t SELECT g, repeat('x', 100) FROM generate_series(1, 2000) g",
  );
  await client.end();
  for (let round = 0; round < 3; round += 1) {
    await world.admin.query(`CREATE DATABASE ${name}_copy TEMPLATE ${name}`);
    const busy = await world.engine.connect(`${name}_copy`);
    await busy.query('UPDATE t SET a = -a');
    await busy.end();
    await world.admin.query(`ALTER DATABASE ${name}_copy RENAME TO ${name}_renamed`);
    if (round === 1) await world.settle();
    await world.admin.query(`DROP DATABASE ${name}_renamed`);
  }
  await world.settle();
  const { domain } = world.store.store;
  const names = await domain.scan(watermarksTable, Buffer.alloc(0), {});
  expect(
    names.map(({ sort }) => Buffer.from(sort).toString()).filter((each) => each.startsWith(`${name}_`)),
  ).toEqual([]);
  expect(await domain.get(watermarksTable, watermarkKey(name))).toBeDefined();
  const { rows } = await world.admin.query('SELECT count(*)::int AS slots FROM pg_replication_slots');
  const shown = world.projection.lag().databases.length;
  expect(rows[0]).toEqual({ slots: shown });
});

it('settings of the customer change nothing, and nothing of his is run', async () => {
  await client.query(`
    CREATE TABLE ran (what text); CREATE SCHEMA evil;
    CREATE TYPE own AS (a int);
    CREATE FUNCTION evil.shout(own) RETURNS text LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'ran'; END $$;
    CREATE CAST (own AS text) WITH FUNCTION evil.shout(own) AS IMPLICIT;
    CREATE FUNCTION evil.count(bigint) RETURNS bigint LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'ran'; END $$;
    CREATE FUNCTION evil.eq(oid, int) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'ran'; END $$;
    CREATE OPERATOR evil.>= (leftarg = oid, rightarg = int, function = evil.eq);
    CREATE TABLE t (a int PRIMARY KEY, o own, f float8, b bytea, d timestamptz, i interval);
    ALTER TABLE t ENABLE ROW LEVEL SECURITY; ALTER TABLE t FORCE ROW LEVEL SECURITY;
    CREATE POLICY none ON t USING (evil.shout(o) = 'x');
    CREATE ROLE nobody_${name};
    ALTER DATABASE ${name} SET search_path = evil, pg_catalog;
    ALTER DATABASE ${name} SET role = nobody_${name};
    ALTER DATABASE ${name} SET datestyle = 'German';
    ALTER DATABASE ${name} SET intervalstyle = 'iso_8601';
    ALTER DATABASE ${name} SET extra_float_digits = -5;
    ALTER DATABASE ${name} SET bytea_output = 'escape';
    ALTER DATABASE ${name} SET timezone = 'Asia/Tokyo'`);
  const row = "row(1)::own, 0.1::float8 + 0.2, '\\x00ff', '2026-01-02 03:04:05+00', '1 day 2 hours'";
  await client.query(`INSERT INTO t VALUES (1, ${row})`);
  await expectSame();
  await client.query(`INSERT INTO t VALUES (2, ${row})`);
  await expectSame();
  await world.admin.query(`ALTER DATABASE ${name} RESET ALL`);
});

it('an idle server is left alone', async () => {
  const writtenText = async () => {
    const found = await world.admin.query('SELECT pg_current_wal_insert_lsn()::text AS lsn');
    return (found.rows[0] as { lsn: string }).lsn;
  };
  // Having read a table it brings what was written before to the standby, which is one more change to look at.
  for (;;) {
    await world.settle();
    const { bytes } = world.projection.lag();
    if (bytes === 0 && formatLsn(world.projection.certified) === (await writtenText())) break;
  }
  const { rounds } = world.projection.lag();
  const before = await writtenText();
  for (let turn = 0; turn < 3; turn += 1) await world.settle();
  expect(await writtenText()).toBe(before);
  expect(world.projection.lag()).toMatchObject({ rounds, bytes: 0 });
});
