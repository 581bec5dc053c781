import { afterAll, beforeAll, expect, it } from 'vitest';
import { oidOf, openWorld, type ProjectionWorld, recordedRows, selectedRows, tablesOf } from './world.ts';

let world: ProjectionWorld;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world.close());

/** A generator that a seed repeats (Marsaglia, Xorshift RNGs, 2003). */
function numbers(seed: number): (below: number) => number {
  let state = seed * 2654435761 + 1;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}

const tables = ['a', 'b', 'keyless'];

function statement(pick: (below: number) => number): string {
  const table = tables[pick(tables.length)]!;
  const id = pick(40);
  const value = ["'x'", 'NULL', `repeat('long ', ${1 + pick(2000)})`, `'it''s ${pick(100)}'`][pick(4)]!;
  const kinds = [
    `INSERT INTO ${table} (id, v) SELECT g, ${value} FROM generate_series(${id}, ${id + pick(30)}) g WHERE NOT EXISTS (SELECT FROM ${table} WHERE id = g)`,
    `INSERT INTO keyless (id, v) VALUES (${id}, ${value}), (${id}, ${value})`,
    `UPDATE ${table} SET v = ${value} WHERE id % 7 = ${id % 7}`,
    `UPDATE ${table} SET id = id + 1000 WHERE id = ${id} AND NOT EXISTS (SELECT FROM ${table} WHERE id = ${id + 1000})`,
    `DELETE FROM ${table} WHERE id % 5 = ${id % 5}`,
    `DELETE FROM ${table} WHERE id = ${id}`,
  ];
  const rare = [
    `TRUNCATE ${table}`,
    `ALTER TABLE ${table} ADD COLUMN IF NOT EXISTS extra int DEFAULT ${id}`,
    `ALTER TABLE ${table} DROP COLUMN IF EXISTS extra`,
    `ALTER TABLE ${table} REPLICA IDENTITY ${['FULL', 'DEFAULT', 'NOTHING'][id % 3]}`,
    `VACUUM FULL ${table}`,
    'BEGIN; ALTER TABLE a RENAME TO tmp; ALTER TABLE b RENAME TO a; ALTER TABLE tmp RENAME TO b; COMMIT',
    `DROP TABLE IF EXISTS other; CREATE TABLE other AS SELECT * FROM ${table}`,
    `ALTER TABLE ${table} ALTER COLUMN v SET STORAGE EXTERNAL`,
  ];
  const rollback = `BEGIN; ${kinds[pick(kinds.length)]}; SAVEPOINT s; ${kinds[pick(kinds.length)]}; ROLLBACK TO s; ${pick(2) === 0 ? 'COMMIT' : 'ROLLBACK'}`;
  const choice = pick(10);
  if (choice === 0) return rare[pick(rare.length)]!;
  return choice === 1 ? rollback : kinds[pick(kinds.length)]!;
}

const seeds = Array.from({ length: process.env.HYPERGATE_SOAK === '1' ? 60 : 4 }, (_, index) => index + 1);

it.each(seeds)('after whatever was done, records are what is selected (seed %i)', async (seed) => {
  const pick = numbers(seed);
  const name = `random${seed}`;
  await world.admin.query(`CREATE DATABASE ${name}`);
  const oid = await oidOf(world.admin, name);
  const clients = [await world.engine.connect(name), await world.engine.connect(name)];
  const [client] = clients as [(typeof clients)[0], (typeof clients)[0]];
  await client.query(
    'CREATE TABLE a (id int PRIMARY KEY, v text); CREATE TABLE b (v text, id int, PRIMARY KEY (id)); CREATE TABLE keyless (id int, v text)',
  );
  for (let round = 0; round < 5; round += 1) {
    // Two at once, who may get in each other's way.
    const work = clients.map(async (each) => {
      for (let count = 4 + pick(8); count > 0; count -= 1)
        await each.query(statement(pick)).catch(() => each.query('ROLLBACK'));
    });
    if (pick(2) === 0) await world.settle();
    await Promise.all(work);
    if (pick(4) === 0) await world.reopen();
    await world.settle();
    for (const [schema, table] of await tablesOf(client)) {
      const selected = await selectedRows(client, schema, table);
      const recorded = await recordedRows(world, oid, schema, table);
      expect(recorded, `${table} in round ${round}`).toEqual(selected);
    }
  }
  for (const each of clients) await each.end();
  await world.admin.query(`DROP DATABASE ${name}`);
});
