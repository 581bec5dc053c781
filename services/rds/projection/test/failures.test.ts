import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { ProjectionStopped } from '../projection.ts';
import { oidOf, openWorld, type ProjectionWorld, recordedRows, selectedRows } from './world.ts';

let world: ProjectionWorld;
let oid = 0;
beforeAll(async () => {
  world = await openWorld();
  oid = await oidOf(world.admin, 'postgres');
});
afterAll(() => world.close());

/** Transactions of the records fail from the n-th on, until the returned function is called. */
function failFrom(count: number): () => number {
  const tables = world.store.tables;
  const transact = tables.transact.bind(tables);
  let left = count;
  let failed = 0;
  tables.transact = async (...args) => {
    left -= 1;
    if (left >= 0) return transact(...args);
    failed += 1;
    throw new Error('the node is gone for a moment');
  };
  return () => {
    tables.transact = transact;
    return failed;
  };
}

async function expectSame(): Promise<void> {
  await world.settle();
  for (const table of ['t', 'copies', 'other']) {
    const selected = await selectedRows(world.admin, 'public', table);
    expect(await recordedRows(world, oid, 'public', table), table).toEqual(selected);
  }
}

it('whatever was written before a failure, records are right again behind it', async () => {
  await world.admin.query(`
    CREATE TABLE t (a int PRIMARY KEY, b text); CREATE TABLE copies (a int); CREATE TABLE other (a int PRIMARY KEY);
    INSERT INTO other VALUES (1); INSERT INTO t SELECT g, 'x' FROM generate_series(1, 100) g`);
  await expectSame();
  for (const [round, count] of [0, 1, 2, 3, 4, 6].entries()) {
    const mend = failFrom(count);
    await world.admin.query(
      `INSERT INTO t SELECT g, 'y' FROM generate_series(${1000 * (round + 1)}, ${1000 * (round + 1) + 700}) g`,
    );
    await world.admin.query(
      `DELETE FROM t WHERE a % 7 = ${round}; INSERT INTO copies SELECT 1 FROM generate_series(1, 5)`,
    );
    const waiting = world.settle();
    while (world.failures.length === 0) await delay(5);
    // As after a crash: only records and the server are left.
    const reopened = round % 2 === 0;
    if (reopened) {
      waiting.catch(() => undefined);
      await world.reopen();
    }
    expect(mend()).toBeGreaterThan(0);
    if (!reopened) await waiting;
    await expectSame();
    world.failures.length = 0;
  }
});

it('a database of which nothing can be read does not hold up the others', async () => {
  await world.admin.query('CREATE DATABASE shut ALLOW_CONNECTIONS true');
  const client = await world.engine.connect('shut');
  await client.query('CREATE TABLE s (a int PRIMARY KEY)');
  await client.end();
  await world.settle();
  await world.admin.query("UPDATE pg_database SET datconnlimit = -2 WHERE datname = 'shut'");
  await world.admin.query("INSERT INTO t VALUES (-5, 'while it is shut')");
  await world.settle('postgres');
  expect(await recordedRows(world, oid, 'public', 't')).toContain('["-5","while it is shut"]');
  await world.admin.query("UPDATE pg_database SET datconnlimit = -1 WHERE datname = 'shut'");
  await world.settle();
});

it('when another has the instance nothing is written any more, and whoever waits is told', async () => {
  await world.store.takeOver();
  await world.admin.query("INSERT INTO t VALUES (-1, 'late')");
  await expect(world.settle()).rejects.toThrow(ProjectionStopped);
  await expect(world.projection.settled(0)).rejects.toThrow(ProjectionStopped);
  expect(await recordedRows(world, oid, 'public', 't')).not.toContain('["-1","late"]');
});
