import { afterAll, beforeAll, expect, it } from 'vitest';
import { CheckpointRecords } from '../records.ts';
import { readSnapshot, removeAll, takeSnapshot } from '../snapshot.ts';
import { SnapshotWal } from '../snapshot-wal.ts';
import { openCheckpointer, openWorld, restored, type World } from './support/checkpoint-world.ts';
import { digestOf } from './support/digest.ts';
import { walOf } from './support/pg-wal-files.ts';
import { prepare, Workload } from './support/workload.ts';

let world: World;
beforeAll(async () => {
  world = await openWorld(17);
  await prepare(world.engine);
});
afterAll(() => world?.[Symbol.asyncDispose]());

it('a snapshot outlives the data of its instance, of PostgreSQL 17', async () => {
  const { store, tables } = world.stored;
  const checkpointer = await openCheckpointer(store);
  const workload = new Workload(world.engine, 3);
  await checkpointer.take(world.source, 'test');
  await workload.run(5);
  await workload.end();
  const wanted = await digestOf(world.engine);
  const target = await tables.ensureDomain(Buffer.alloc(32, 0x77));
  const wal = await walOf(world.engine);
  const source: typeof wal = Object.create(wal, {
    // What the checkpoint writes is there when it is asked for.
    read: {
      value: async function* (...range: Parameters<typeof wal.read>) {
        yield* (await walOf(world.engine)).read(...range);
      },
    },
  });
  const engine = { ...world.source, version: '17.10' };
  await takeSnapshot({ store, checkpointer, wal: source, engine, target, now: Date.now });
  expect(checkpointer.newest).toMatchObject({ reason: 'snapshot', layers: [1, 2] });
  expect((await CheckpointRecords.read(target)).all).toHaveLength(1);

  const later = await world.engine.connect();
  await later.query("insert into items (name) values ('later')");
  await later.end();
  await removeAll(store);
  expect((await CheckpointRecords.read(store.domain)).all).toEqual([]);
  const row = (await readSnapshot(target))!;
  expect(row).toMatchObject({ engineVersion: '17.10', timeline: 1 });
  {
    const options = { store: { domain: target }, wal: new SnapshotWal(target, row) };
    await using copy = await restored(world, { kind: 'latest' }, options);
    expect(await digestOf(copy.engine)).toEqual(wanted);
  }
  // Nothing but checkpoints and layers was in it: a domain can only be removed when it is empty.
  await removeAll({ tables, domain: target });
  await tables.transact([{ kind: 'remove-domain', domain: target }]);
});

it('a snapshot that was given up half way leaves nothing behind its removal', async () => {
  const { store, tables } = world.stored;
  const checkpointer = await openCheckpointer(store);
  const target = await tables.ensureDomain(Buffer.alloc(32, 0x78));
  const wal = await walOf(world.engine);
  const engine = { ...world.source, version: '17.10' };
  const failing = { end: () => wal.end(), historyFiles: () => wal.historyFiles(), read: () => brokenOff() };
  const attempt = takeSnapshot({ store, checkpointer, wal: failing, engine, target, now: Date.now });
  await expect(attempt).rejects.toThrow('the log is gone');
  expect(await readSnapshot(target)).toBeUndefined();
  await expect(tables.transact([{ kind: 'remove-domain', domain: target }])).rejects.toThrow('not empty');
  await removeAll({ tables, domain: target });
  await tables.transact([{ kind: 'remove-domain', domain: target }]);
});

// biome-ignore lint/correctness/useYield: it fails first
async function* brokenOff(): AsyncGenerator<Buffer> {
  throw new Error('the log is gone');
}
