import { afterAll, beforeAll, expect, it } from 'vitest';
import { restore } from '../restore.ts';
import {
  openCheckpointer,
  openWorld,
  owner,
  restored,
  restoreFolder,
  startRestored,
  type World,
} from './support/checkpoint-world.ts';
import { digestOf, indexesAreWhole, sequencesOf } from './support/digest.ts';
import { walOf } from './support/pg-wal-files.ts';
import { prepare, randomFrom, Workload } from './support/workload.ts';

let world: World;
beforeAll(async () => {
  world = await openWorld();
  await prepare(world.engine);
});
afterAll(() => world?.[Symbol.asyncDispose]());

/** Values of a sequence that the server logs at once, before it gives them out. */
const loggedAhead = 32;

// One after the other on one server: each restarts the checkpointer, so that it goes on from what is stored.
it.each([1, 2])(
  'a server restored at the latest position has all data of the first one (seed %i)',
  async (seed) => {
    const random = randomFrom(seed * 7919);
    const checkpointer = await openCheckpointer(world.stored.store, { settleMs: 200 });
    const workload = new Workload(world.engine, seed);
    const checkpoints = 1 + random(4);
    for (let i = 0; i < checkpoints; i++) {
      await workload.run(random(6));
      // The work goes on while files are read.
      const [taken] = await Promise.all([checkpointer.take(world.source, 'test'), workload.run(4)]);
      expect(taken.row.stopLsn).toBeGreaterThan(taken.row.startLsn);
    }
    await workload.run(5);
    await workload.end();
    const wanted = await digestOf(world.engine);
    const sequences = await sequencesOf(world.engine);

    await using copy = await restored(world, { kind: 'latest' });
    expect(copy.report.checkpoint).toEqual(checkpointer.newest);
    expect(await digestOf(copy.engine)).toEqual(wanted);
    for (const [name, value] of await sequencesOf(copy.engine)) {
      expect(value).toBeGreaterThanOrEqual(sequences.get(name)!);
      expect(value).toBeLessThanOrEqual(sequences.get(name)! + loggedAhead);
    }
    const client = await copy.engine.connect();
    expect(await indexesAreWhole(client)).toBe(true);
    // Unlogged tables are there and empty, and the server is on a timeline of its own.
    const { rows } = await client.query(
      `select (select count(*)::int from passing) as passing,
       substr(pg_walfile_name(pg_current_wal_insert_lsn()), 1, 8) as timeline`,
    );
    expect(rows[0]).toEqual({ passing: 0, timeline: '00000002' });
    await client.end();
  },
);

it('a standby starts from a checkpoint, follows its primary and can be promoted', async () => {
  const dataDir = await restoreFolder(world.closing);
  const { store } = world.stored;
  const wal = await walOf(world.engine);
  const { parameters } = await restore({
    store,
    wal,
    dataDir,
    target: { kind: 'latest' },
    role: 'standby',
    ...(owner && { owner }),
  });
  const standby = await startRestored(15, dataDir, {
    ...parameters,
    primary_conninfo: `host=${world.engine.socketDir} port=${world.engine.port} user=rdsadmin`,
  });
  world.closing.defer(() => standby.remove());
  const primary = await world.engine.connect();
  await primary.query("insert into items (name) values ('for the standby')");
  await primary.end();
  const client = await standby.connect();
  const follows = "select count(*)::int as count from items where name = 'for the standby'";
  await expect.poll(async () => (await client.query(follows)).rows[0].count).toBe(1);
  await client.query('select pg_promote()');
  await client.query("insert into items (name) values ('of its own')");
  await client.end();
});
