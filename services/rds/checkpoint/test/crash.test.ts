import type { TableStore } from '@hypergate/table';
import { StaleTerm } from '@hypergate/table';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { InstanceStore } from '../../model/instance-store.ts';
import { CheckpointRecords } from '../records.ts';
import { openCheckpointer, openWorld, restored, type World } from './support/checkpoint-world.ts';
import { digestOf } from './support/digest.ts';
import { prepare, Workload } from './support/workload.ts';

let world: World;
beforeAll(async () => {
  world = await openWorld();
  await prepare(world.engine);
});
afterAll(() => world?.[Symbol.asyncDispose]());

class Crash extends Error {}

type Transact = TableStore['transact'];

function withTransact(store: InstanceStore, transact: Transact): InstanceStore {
  const tables = new Proxy(store.tables, {
    get(target, name) {
      if (name === 'transact') return transact;
      const value: unknown = Reflect.get(target, name);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
  return { ...store, tables };
}

/** A store whose n-th transaction fails, and all after it: before it was written, or after. */
function failingAt(store: InstanceStore, n: number, when: 'before' | 'after'): InstanceStore {
  let transactions = 0;
  return withTransact(store, async (...call) => {
    transactions++;
    if (transactions > n || (transactions === n && when === 'before')) throw new Crash();
    const applied = await store.tables.transact(...call);
    if (transactions === n) throw new Crash();
    return applied;
  });
}

it('a crash at any write leaves whole checkpoints, and nothing else after the next start', async () => {
  const { store } = world.stored;
  const workload = new Workload(world.engine, 11);
  let ended = false;
  for (let n = 1; !ended; n++) {
    for (const when of ['before', 'after'] as const) {
      const checkpointer = await openCheckpointer(failingAt(store, n, when), { settleMs: 0 });
      try {
        await workload.run(1);
        // What is told to be of another version stands on no other layers: so there is something to remove.
        const major = checkpointer.newest?.major === 15 ? 16 : 15;
        await checkpointer.take({ ...world.source, major }, 'test');
        await checkpointer.retain(0);
        ended = true;
      } catch (error) {
        expect(error).toBeInstanceOf(Crash);
      }
      const next = await openCheckpointer(store);
      const used = new Set(next.checkpoints.flatMap(({ layers }) => layers));
      const stored = await CheckpointRecords.read(store.domain);
      expect(stored.all).toEqual(next.checkpoints);
      expect(new Set(stored.allLayers.map(({ id }) => id))).toEqual(used);
      if (ended) expect(stored.all).toHaveLength(1);
      await next.retain(0);
    }
  }
  await workload.end();
  const wanted = await digestOf(world.engine);
  await using copy = await restored(world, { kind: 'latest' });
  expect(await digestOf(copy.engine)).toEqual(wanted);
});

it('what was written although it failed is taken up by the next checkpoint', async () => {
  const { store } = world.stored;
  let fails = true;
  const unheard = withTransact(store, async (...call) => {
    const applied = await store.tables.transact(...call);
    if (fails) throw new Crash();
    return applied;
  });
  const checkpointer = await openCheckpointer(unheard);
  const before = checkpointer.newest!;
  await expect(checkpointer.take(world.source, 'test')).rejects.toThrow(Crash);
  fails = false;
  const client = await world.engine.connect();
  await client.query("insert into items (name) values ('after')");
  await client.end();
  const { row } = await checkpointer.take(world.source, 'test');
  expect(row.id).toBe(before.id + 2);
  const unheardOf = checkpointer.checkpoints.find(({ id }) => id === before.id + 1)!;
  expect(row.layers.slice(0, -1)).toEqual(unheardOf.layers);
  const wanted = await digestOf(world.engine);
  await using copy = await restored(world, { kind: 'latest' });
  expect(await digestOf(copy.engine)).toEqual(wanted);
});

it('a checkpoint waits for the certified log, and one that is given up leaves nothing', async () => {
  const { store } = world.stored;
  const stop = new AbortController();
  const { promise: asked, resolve } = Promise.withResolvers<number>();
  const checkpointer = await openCheckpointer(store, {
    waitCertified: (lsn, signal) => {
      resolve(lsn);
      return new Promise((_, reject) => signal!.addEventListener('abort', () => reject(signal!.reason)));
    },
  });
  const before = [...checkpointer.checkpoints];
  const attempt = checkpointer.take(world.source, 'test', stop.signal);
  attempt.catch(() => undefined);
  expect(await asked).toBeGreaterThan(before.at(-1)!.stopLsn);
  stop.abort(new Crash());
  await expect(attempt).rejects.toThrow(Crash);
  expect(checkpointer.checkpoints).toEqual(before);
  const client = await world.engine.connect();
  // The backup was closed with its connection: whole pages are logged no more than before.
  await expect(client.query('select pg_backup_stop()')).rejects.toThrow('backup is not in progress');
  await client.end();
});

it('whoever lost the lease adds no checkpoints', async () => {
  const late = await openCheckpointer(world.stored.store);
  const next = await openCheckpointer(await world.stored.takeOver());
  await next.take(world.source, 'test');
  await expect(late.take(world.source, 'test')).rejects.toThrow(StaleTerm);
  expect((await CheckpointRecords.read(world.stored.store.domain)).all).toEqual(next.checkpoints);
});
