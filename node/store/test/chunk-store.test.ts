import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { ChunkRef } from '../../api/index.ts';
import { SimClock, SimDisk, SimKeyValueStore, seededRandom } from '../../sim/index.ts';
import { type ChunkFileStore, openChunkStore } from '../index.ts';
import { inPieces } from './chunk-owner.ts';

const hour = 60 * 60 * 1000;
const day = 24 * hour;

/** A store over a simulated disk whose owner names what stands in a set. */
async function setUp(options: { seed?: number; bytesMax?: number; fileBytesMax?: number } = {}) {
  const random = seededRandom(options.seed ?? 1);
  const disk = new SimDisk(random.fork(), { bytesMax: options.bytesMax ?? Number.POSITIVE_INFINITY });
  const kv = new SimKeyValueStore(random.fork());
  const clock = new SimClock();
  const names = new Set<string>();
  const reopen = (on: SimDisk = disk, store: SimKeyValueStore = kv): Promise<ChunkFileStore> =>
    openChunkStore(
      { folder: 'chunks', fileBytesMax: options.fileBytesMax ?? 64 * 1024 },
      {
        disk: on,
        kv: store,
        clock,
        random: (length) => random.bytes(length),
        isNamed: (hash) => names.has(Buffer.from(hash).toString('hex')),
      },
    );
  const store = await reopen();
  store.recovered();
  return { random, disk, kv, clock, names, store, reopen };
}

type Setting = Awaited<ReturnType<typeof setUp>>;
const hex = (chunk: ChunkRef): string => Buffer.from(chunk.hash).toString('hex');

async function put({ store, names }: Setting, content: Uint8Array): Promise<ChunkRef> {
  const chunk = await store.stage(content);
  await store.sync([chunk]);
  names.add(hex(chunk));
  store.named([chunk]);
  return chunk;
}

function drop({ store, names }: Setting, chunk: ChunkRef): void {
  names.delete(hex(chunk));
  store.dropped([chunk]);
}

const failure = async (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => 'no failure',
    (error: unknown) => (error as { code?: unknown }).code,
  );

describe('chunk store', () => {
  it('names a chunk by its tagged SHA-256, whatever pieces it came in', async () => {
    const { store, random } = await setUp();
    for (let round = 0; round < 30; round += 1) {
      const content = random.bytes(1 + random.below(5000));
      const hash = Buffer.concat([Buffer.from([1]), createHash('sha256').update(content).digest()]);
      const whole = await store.stage(content);
      const pieces = await store.stage(inPieces(content, random));
      expect(whole).toEqual({ hash, length: content.length });
      expect(pieces).toEqual(whole);
      const from = random.below(content.length);
      const part = await store.read(whole, from, content.length - from);
      expect(part.equals(content.subarray(from))).toBe(true);
    }
    // The second copies were given up.
    expect(store.usage().files).toBe(2);
    await store.close();
  });

  it('writes small chunks that come together one behind the other, with one write and one sync', async () => {
    const setting = await setUp({ fileBytesMax: 64 * 1024 * 1024 });
    const { store, random, disk, reopen, names } = setting;
    const first = await put(setting, random.bytes(100));
    const contents = Array.from({ length: 20 }, () => random.bytes(1 + random.below(5000)));
    // The same content twice in a group, and one that is there already.
    contents.push(contents[3]!, await store.read(first, 0, 100));
    const { operations, syncs } = disk;
    const chunks = await Promise.all(contents.map((content) => store.stage(content)));
    expect(disk.operations - operations).toBe(1);
    await Promise.all(chunks.map((chunk) => store.sync([chunk])));
    expect(disk.syncs - syncs).toBe(1);
    expect(chunks.at(-1)).toEqual(first);
    expect(chunks.at(-2)).toEqual(chunks[3]);
    for (const chunk of chunks) names.add(hex(chunk));
    store.named(chunks);
    const more = await put(setting, random.bytes(1000));
    await store.close();
    const opened = await reopen();
    opened.recovered();
    for (const [index, chunk] of [...chunks.entries()])
      expect((await opened.read(chunk, 0, chunk.length)).equals(contents[index]!)).toBe(true);
    expect(await opened.verify(more)).toBe(true);
    await opened.close();
  });

  it('gives up a small chunk that is aborted before its group is written, and no other', async () => {
    const { store, random } = await setUp();
    const abort = new AbortController();
    const contents = [random.bytes(100), random.bytes(200), random.bytes(300)];
    const staged = contents.map((content, index) =>
      store.stage(content, index === 1 ? abort.signal : undefined),
    );
    abort.abort();
    expect(await failure(staged[1]!)).toBe('aborted');
    for (const index of [0, 2]) {
      const chunk = await staged[index]!;
      expect((await store.read(chunk, 0, chunk.length)).equals(contents[index]!)).toBe(true);
    }
    await store.close();
    expect(await failure(store.stage(contents[0]!))).toBe('closed');
  });

  it('streams chunks larger than its write buffer', async () => {
    const { store, random } = await setUp({ fileBytesMax: 64 * 1024 * 1024 });
    const content = random.bytes(5_000_001);
    async function* pieces(): AsyncGenerator<Buffer> {
      for (let at = 0; at < content.length; at += 300_000) yield content.subarray(at, at + 300_000);
    }
    const chunk = await store.stage(pieces());
    await store.sync([chunk]);
    expect((await store.read(chunk, 0, chunk.length)).equals(content)).toBe(true);
    expect(await store.verify(chunk)).toBe(true);
    await store.close();
  });

  it('refuses what is too large, empty, unknown or out of range', async () => {
    const { store } = await setUp();
    const tooLarge = 9 * 1024 * 1024 + 1;
    async function* endless(): AsyncGenerator<Buffer> {
      for (;;) yield Buffer.alloc(1024 * 1024);
    }
    expect(await failure(store.stage(Buffer.alloc(tooLarge)))).toBe('chunk-too-large');
    expect(await failure(store.stage(endless()))).toBe('chunk-too-large');
    expect(await failure(store.stage(Buffer.alloc(0)))).toBe('malformed');
    const chunk = await store.stage(Buffer.from('content'));
    const other = { hash: Buffer.alloc(33, 1), length: 7 };
    expect(store.has(chunk)).toBe(true);
    expect(store.has({ ...chunk, length: 6 })).toBe(false);
    expect(await failure(store.sync([chunk, other]))).toBe('chunk-unknown');
    expect(await failure(store.read(other, 0, 1))).toBe('chunk-unknown');
    expect(await failure(store.read(chunk, 3, 5))).toBe('malformed');
    await store.close();
    expect(await failure(store.stage(Buffer.from('late')))).toBe('closed');
  });

  it('gives up a stage when its signal says so or its source fails, and uses the place again', async () => {
    const { store, random } = await setUp();
    const controller = new AbortController();
    async function* hanging(): AsyncGenerator<Buffer> {
      yield random.bytes(3000);
      controller.abort();
      await new Promise(() => undefined);
    }
    expect(await failure(store.stage(hanging(), controller.signal))).toBe('aborted');
    async function* failing(): AsyncGenerator<Buffer> {
      yield random.bytes(3000);
      throw Object.assign(new Error('the client went away'), { code: 'gone' });
    }
    expect(await failure(store.stage(failing()))).toBe('gone');
    const content = random.bytes(4000);
    const chunk = await store.stage(content);
    expect((await store.read(chunk, 0, 4000)).equals(content)).toBe(true);
    expect(store.usage()).toEqual({ files: 1, bytes: 512 + 4096, liveBytes: 4096 });
    await store.close();
  });

  it('lets more stages run than it has writers, each whole', async () => {
    const { store, random } = await setUp();
    const contents = Array.from({ length: 150 }, () => random.bytes(2000));
    const chunks = await Promise.all(contents.map((content) => store.stage(inPieces(content, random))));
    await store.sync(chunks);
    for (const [index, chunk] of chunks.entries()) {
      expect((await store.read(chunk, 0, 2000)).equals(contents[index]!)).toBe(true);
    }
    expect(store.usage().files).toBe(64);
    await store.close();
  });

  it('syncs once for callers that wait together', async () => {
    const setting = await setUp({ fileBytesMax: 1024 * 1024 });
    const { store, disk, random } = setting;
    const chunks: ChunkRef[] = [];
    for (let count = 0; count < 20; count += 1) chunks.push(await store.stage(random.bytes(1000)));
    const before = disk.syncs;
    await Promise.all(chunks.map((chunk) => store.sync([chunk])));
    expect(disk.syncs - before).toBe(1);
    await store.close();
  });

  it('finds a damaged chunk by frame or by hash, and does not spread it by compaction', async () => {
    const setting = await setUp({ fileBytesMax: 16 * 1024 });
    const { store, disk, random, clock } = setting;
    const chunks: ChunkRef[] = [];
    for (let count = 0; count < 8; count += 1) chunks.push(await put(setting, random.bytes(2500)));
    const [first, second] = chunks as [ChunkRef, ChunkRef];
    disk.flip('chunks/0000000001.chunks', 512 + 64 + 1000, 3);
    expect(await store.verify(first)).toBe(false);
    expect(await store.verify(second)).toBe(true);
    for (const chunk of chunks.slice(2)) drop(setting, chunk);
    clock.advance(hour);
    await store.collect();
    expect(await store.verify(second)).toBe(true);
    expect(store.has(first)).toBe(true);
    disk.flip('chunks/0000000001.chunks', 512 + 8, 0);
    expect(await failure(store.read(first, 0, 10))).toBe('corrupt');
    await store.close();
  });
});

describe('chunk store and garbage', () => {
  it('compacts sealed files while chunks of theirs are read', async () => {
    for (let seed = 1; seed <= 12; seed += 1) {
      const setting = await setUp({ seed, fileBytesMax: 16 * 1024 });
      const { store, random, clock } = setting;
      const contents = new Map<ChunkRef, Buffer>();
      for (let count = 0; count < 60; count += 1) {
        const content = random.bytes(500 + random.below(3000));
        contents.set(await put(setting, content), content);
      }
      const chunks = [...contents.keys()];
      const kept = chunks.filter(() => random.chance(0.3));
      for (const chunk of chunks) if (!kept.includes(chunk)) drop(setting, chunk);
      clock.advance(hour / 2);
      const before = store.usage();
      let busy = true;
      const reader = async (): Promise<number> => {
        let reads = 0;
        for (; busy; reads += 1) {
          const chunk = random.pick(kept);
          const from = random.below(chunk.length);
          const part = await store.read(chunk, from, chunk.length - from);
          expect(part.equals(contents.get(chunk)!.subarray(from)), `seed ${seed}`).toBe(true);
        }
        return reads;
      };
      const readers = [reader(), reader(), reader()];
      // The simulated disk answers without a turn of the event loop, and so do the readers.
      const freed = await store.collect({ pause: async () => undefined });
      busy = false;
      expect((await Promise.all(readers)).every((reads) => reads > 5)).toBe(true);
      const after = store.usage();
      expect(freed).toBeGreaterThan(0);
      expect(after.bytes).toBeLessThan(before.bytes * 0.75);
      expect(after.liveBytes).toBe(before.liveBytes);
      await store.close();
    }
  });

  it('keeps dropped chunks a while, and for good when they are named again', async () => {
    const setting = await setUp();
    const { store, clock, names } = setting;
    const [gone, back, pinned] = [
      await put(setting, Buffer.alloc(1000, 1)),
      await put(setting, Buffer.alloc(1000, 2)),
      await put(setting, Buffer.alloc(1000, 3)),
    ];
    for (const chunk of [gone, back]) drop(setting, chunk);
    await store.collect();
    expect([gone, back].map((chunk) => store.has(chunk))).toEqual([true, true]);
    await store.sync([back]);
    names.add(hex(back));
    store.named([back]);
    // Staged again while named, dropped meanwhile: the stager's right to name it stays.
    await store.stage(Buffer.alloc(1000, 3));
    drop(setting, pinned);
    clock.advance(2 * 60 * 1000);
    await store.collect();
    expect([gone, back, pinned].map((chunk) => store.has(chunk))).toEqual([false, true, true]);
    clock.advance(day);
    await store.collect();
    expect([gone, back, pinned].map((chunk) => store.has(chunk))).toEqual([false, true, false]);
    await store.close();
  });

  it('frees staged chunks that nobody named after their lifetime', async () => {
    const setting = await setUp();
    const { store, clock } = setting;
    const unsynced = await store.stage(Buffer.alloc(2000, 1));
    const synced = await store.stage(Buffer.alloc(2000, 2));
    await store.sync([synced]);
    clock.advance(day - 1);
    await store.collect();
    expect(store.has(unsynced) && store.has(synced)).toBe(true);
    clock.advance(1);
    expect(await store.collect()).toBeGreaterThan(4000);
    expect(store.has(unsynced) || store.has(synced)).toBe(false);
    expect(store.usage().files).toBe(0);
    await store.close();
  });

  it('frees unnamed chunks after a restart, but only once the log was replayed', async () => {
    const setting = await setUp();
    const { store, reopen, names } = setting;
    const named = await store.stage(Buffer.alloc(2000, 1));
    const unnamed = await store.stage(Buffer.alloc(2000, 2));
    await store.sync([named, unnamed]);
    await store.close();
    const again = await reopen();
    expect(await again.collect()).toBe(0);
    expect(again.has(named) && again.has(unnamed)).toBe(true);
    names.add(hex(named));
    again.named([named]);
    again.recovered();
    await again.collect();
    expect([again.has(named), again.has(unnamed)]).toEqual([true, false]);
    expect(again.usage().liveBytes).toBe(2560);
    await again.close();
  });

  it('finds chunks whose drop was cut off by a crash', async () => {
    const setting = await setUp();
    const { store, reopen, names, kv, disk } = setting;
    const chunks = [];
    for (let count = 0; count < 10; count += 1) chunks.push(await put(setting, Buffer.alloc(1000, count)));
    await kv.batch([], { sync: true });
    await store.checkpoint();
    // The state forgot them, and the process died before it could say so.
    for (const chunk of chunks.slice(0, 9)) names.delete(hex(chunk));
    const again = await reopen(disk, kv);
    again.recovered();
    // Due at once: whoever could read them died too.
    await again.collect();
    expect(chunks.map((chunk) => again.has(chunk))).toEqual([...Array(9).fill(false), true]);
    await again.close();
  });
});

describe('chunk store and failing disks', () => {
  it('says storage-full, keeps what it had, reads on, and works again once there is space', async () => {
    const setting = await setUp({ bytesMax: 40 * 1024 });
    const { store, random, disk } = setting;
    const kept: ChunkRef[] = [];
    let refused = 0;
    for (let count = 0; count < 60; count += 1) {
      const content = random.bytes(1500);
      const chunk = await store
        .stage(random.chance(0.5) ? content : inPieces(content, random))
        .catch((error) => {
          expect(error.code).toBe('storage-full');
          refused += 1;
        });
      if (chunk === undefined) continue;
      await store.sync([chunk]);
      kept.push(chunk);
    }
    expect(kept.length).toBeGreaterThan(15);
    expect(refused).toBeGreaterThan(15);
    for (const chunk of kept) expect(await store.verify(chunk)).toBe(true);
    disk.bytesMax = Number.POSITIVE_INFINITY;
    kept.push(await put(setting, random.bytes(3000)));
    for (const chunk of kept) expect(await store.verify(chunk)).toBe(true);
    await store.close();
  });

  it('forgets what a failed sync may have lost, and writes elsewhere', async () => {
    const setting = await setUp();
    const { store, disk, random } = setting;
    const before = await put(setting, random.bytes(1000));
    const content = random.bytes(1000);
    const lost = await store.stage(content);
    disk.failSyncs(1, (path) => path.startsWith('chunks/'));
    expect(await failure(store.sync([lost]))).toBe('EIO');
    expect(store.has(lost)).toBe(false);
    expect(await failure(store.sync([lost]))).toBe('chunk-unknown');
    expect(await store.verify(before)).toBe(true);
    const again = await put(setting, content);
    expect(await store.verify(again)).toBe(true);
    expect(store.usage().files).toBe(2);
    await store.close();
  });
});
