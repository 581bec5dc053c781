/** When chunks become due, and that a collection goes in small steps and stops where it is told to. */
import { describe, expect, it } from 'vitest';
import type { ChunkRef } from '../../api/index.ts';
import { SimClock, SimDisk, SimKeyValueStore, seededRandom } from '../../sim/index.ts';
import { type ChunkFileStore, openChunkStore } from '../index.ts';
import { storeLimits } from '../limits.ts';

const lifetimes = { droppedLifetimeMs: 60_000, stagedLifetimeMs: 3_600_000 };

async function setUp(fileBytesMax = 64 * 1024) {
  const random = seededRandom(1);
  const disk = new SimDisk(random.fork());
  const kv = new SimKeyValueStore(random.fork());
  const clock = new SimClock();
  clock.advance(1_000_000);
  const names = new Set<string>();
  let asked = 0;
  const open = (): Promise<ChunkFileStore> =>
    openChunkStore(
      { folder: 'chunks', fileBytesMax, ...lifetimes },
      {
        disk,
        kv,
        clock,
        random: (length) => random.bytes(length),
        isNamed: (hash) => {
          asked += 1;
          return names.has(Buffer.from(hash).toString('hex'));
        },
      },
    );
  return { random, clock, names, open, asked: () => asked };
}

type Setting = Awaited<ReturnType<typeof setUp>>;
const hex = ({ hash }: ChunkRef): string => Buffer.from(hash).toString('hex');

async function put({ names }: Setting, store: ChunkFileStore, content: Uint8Array): Promise<ChunkRef> {
  const chunk = await store.stage(content);
  await store.sync([chunk]);
  names.add(hex(chunk));
  store.named([chunk]);
  return chunk;
}

function drop({ names }: Setting, store: ChunkFileStore, chunk: ChunkRef): void {
  names.delete(hex(chunk));
  store.dropped([chunk]);
}

describe('what is due', () => {
  it('is a dropped chunk after its lifetime, and not before', async () => {
    const setting = await setUp();
    const store = await setting.open();
    store.recovered();
    const chunk = await put(setting, store, setting.random.bytes(3000));
    drop(setting, store, chunk);
    setting.clock.advance(lifetimes.droppedLifetimeMs - 1);
    expect(await store.collect()).toBe(0);
    setting.clock.advance(1);
    expect(await store.collect()).toBeGreaterThan(3000);
    expect(store.usage()).toEqual({ files: 0, bytes: 0, liveBytes: 0 });
    await store.close();
  });

  it('is a dropped chunk at once when the caller asks for it, but never one that is staged', async () => {
    const setting = await setUp();
    const store = await setting.open();
    store.recovered();
    const dropped = await put(setting, store, setting.random.bytes(3000));
    const staged = await store.stage(setting.random.bytes(3000));
    drop(setting, store, dropped);
    await store.collect({ droppedLifetimeMs: 0 });
    expect([store.has(dropped), store.has(staged)]).toEqual([false, true]);
    await store.close();
  });

  it('is at once what a killed process staged, dropped, or named without its transaction', async () => {
    const setting = await setUp();
    const killed = await setting.open();
    killed.recovered();
    const live = await put(setting, killed, setting.random.bytes(3000));
    const droppedBefore = await put(setting, killed, setting.random.bytes(3000));
    const droppedInReplay = await put(setting, killed, setting.random.bytes(3000));
    const unsynced = await killed.stage(setting.random.bytes(3000));
    const synced = await killed.stage(setting.random.bytes(3000));
    await killed.sync([synced]);
    drop(setting, killed, droppedBefore);
    const again = await setting.open();
    setting.names.delete(hex(droppedInReplay));
    again.dropped([droppedInReplay]);
    again.recovered();
    const mine = await put(setting, again, setting.random.bytes(3000));
    drop(setting, again, mine);
    await again.collect();
    const there = [live, mine, droppedBefore, droppedInReplay, unsynced, synced];
    expect(there.map((chunk) => again.has(chunk))).toEqual([true, true, false, false, false, false]);
    await again.close();
  });

  it('is what its stager took back: at once when unsynced, else like a dropped chunk', async () => {
    const setting = await setUp();
    const store = await setting.open();
    store.recovered();
    const content = setting.random.bytes(3000);
    const first = await store.stage(content);
    const second = await store.stage(content);
    store.unstage([first]);
    expect(store.has(second)).toBe(true);
    store.unstage([second]);
    expect(store.has(second)).toBe(false);
    const synced = await store.stage(setting.random.bytes(3000));
    await store.sync([synced]);
    store.unstage([synced]);
    await store.collect();
    expect(store.has(synced)).toBe(true);
    setting.clock.advance(lifetimes.droppedLifetimeMs);
    await store.collect();
    expect(store.has(synced)).toBe(false);
    expect(store.usage().files).toBe(0);
    await store.close();
  });

  it('is not a named chunk, whoever takes back what he staged of the same content', async () => {
    const setting = await setUp();
    const store = await setting.open();
    store.recovered();
    const content = setting.random.bytes(3000);
    const chunk = await put(setting, store, content);
    store.unstage([chunk]);
    store.unstage([await store.stage(content)]);
    setting.clock.advance(2 * lifetimes.stagedLifetimeMs);
    await store.collect();
    expect(await store.verify(chunk)).toBe(true);
    await store.close();
  });
});

describe('steps of a collection', () => {
  it('look at a bounded number of chunks each, and go on until nothing is due', async () => {
    const setting = await setUp(1024 * 1024);
    const killed = await setting.open();
    killed.recovered();
    const chunks: ChunkRef[] = [];
    for (let count = 0; count < 3000; count += 1) {
      chunks.push(await put(setting, killed, setting.random.bytes(8)));
    }
    for (const chunk of chunks.slice(5)) setting.names.delete(hex(chunk));
    const store = await setting.open();
    store.recovered();
    let before = setting.asked();
    let most = 0;
    let pauses = 0;
    const pause = async (): Promise<void> => {
      most = Math.max(most, setting.asked() - before);
      before = setting.asked();
      pauses += 1;
    };
    await store.collect({ pause });
    expect(most).toBeLessThanOrEqual(storeLimits.sweepEntriesMax);
    expect(pauses).toBeGreaterThan(2);
    const { bytes, liveBytes } = store.usage();
    expect(liveBytes).toBe(5 * 512);
    expect(bytes).toBeLessThan(10 * 1024);
    // Once through, a look costs nothing.
    const asked = setting.asked();
    expect(await store.collect()).toBe(0);
    expect(setting.asked()).toBe(asked);
    await store.close();
  });

  it('stop when the signal says so, and when the store closes, and a later collection goes on', async () => {
    const setting = await setUp(32 * 1024);
    const store = await setting.open();
    store.recovered();
    const fill = async (): Promise<void> => {
      const chunks: ChunkRef[] = [];
      for (let count = 0; count < 100; count += 1) {
        chunks.push(await put(setting, store, setting.random.bytes(3000)));
      }
      for (const chunk of chunks) drop(setting, store, chunk);
      setting.clock.advance(lifetimes.droppedLifetimeMs);
    };
    await fill();
    const before = store.usage().bytes;
    const stop = new AbortController();
    let left = 4;
    const freed = await store.collect({
      signal: stop.signal,
      pause: async () => {
        left -= 1;
        if (left === 0) stop.abort();
      },
    });
    expect(freed).toBeGreaterThan(0);
    expect(store.usage().bytes).toBe(before - freed);
    // Another collection needs not wait for a pause that never ends.
    const stuck = store.collect({ pause: () => new Promise(() => undefined) });
    await store.collect();
    expect(store.usage().bytes).toBe(0);
    await fill();
    await store.close();
    await stuck;
  });
});
