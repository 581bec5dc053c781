import { afterAll, beforeAll, expect, it } from 'vitest';
import { projectionLimits } from '../limits.ts';
import { oidOf, openWorld, type ProjectionWorld, recordedRows, selectedRows } from './world.ts';

let world: ProjectionWorld;
let oid = 0;
beforeAll(async () => {
  world = await openWorld();
  oid = await oidOf(world.admin, 'postgres');
});
afterAll(async () => {
  await world.close();
  expect(world.failures).toEqual([]);
});

const rows = 2500;
const text = `repeat('x', ${Math.ceil((1.2 * projectionLimits.visitBytes) / rows)})`;

async function expectSame(...tables: readonly string[]): Promise<void> {
  await world.settle();
  for (const table of tables) {
    const recorded = await recordedRows(world, oid, 'public', table);
    expect(recorded?.length).toBe((await world.admin.query(`SELECT FROM ${table}`)).rows.length);
    const selected = await selectedRows(world.admin, 'public', table);
    expect(recorded?.every((row, at) => row === selected[at])).toBe(true);
  }
}

it('a table that takes several stays is read while it changes, with and without a key', async () => {
  // It is followed as soon as there is something: also before it is asked for.
  const { rounds } = world.projection.lag();
  await world.admin.query(
    'CREATE TABLE keyed (a int PRIMARY KEY, b text); CREATE TABLE keyless (a int, b text)',
  );
  for (const table of ['keyed', 'keyless'])
    await world.admin.query(`INSERT INTO ${table} SELECT g, ${text} FROM generate_series(1, ${rows}) g`);
  const settled = world.settle();
  for (let round = 0; round < 10; round += 1) {
    await world.admin.query(`UPDATE keyed SET b = 'short ' || a WHERE a % 100 = ${round}`);
    await world.admin.query(`UPDATE keyed SET a = a + 10000 WHERE a % 100 = ${50 + round}`);
    await world.admin.query(
      `INSERT INTO keyless VALUES (${round}, 'more'); DELETE FROM keyed WHERE a % 100 = ${90 + round}`,
    );
  }
  await settled;
  expect(world.projection.lag().rounds - rounds).toBeGreaterThan(2);
  await expectSame('keyed', 'keyless');
});

it('a transaction that takes several stays is followed to its end', async () => {
  await world.admin.query('CREATE TABLE t (a int PRIMARY KEY, b text)');
  await world.settle();
  const { rounds } = world.projection.lag();
  await world.admin.query(
    `BEGIN; INSERT INTO t SELECT g, ${text} FROM generate_series(1, ${rows}) g; DELETE FROM t WHERE a % 3 = 0; COMMIT`,
  );
  await world.admin.query('INSERT INTO t VALUES (-1)');
  await world.settle();
  expect(world.projection.lag().rounds - rounds).toBeGreaterThan(1);
  await expectSame('t');
});
