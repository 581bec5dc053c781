import { statSync } from 'node:fs';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { seededRandom } from '../../sim/index.ts';
import { ClassicLevelStore } from '../index.ts';
import { FreedRanges } from '../key-value/freed-ranges.ts';
import type { KvOperation } from '../kv.ts';
import { storeLimits } from '../limits.ts';

const del = (first: number, rest: number): KvOperation => ({ type: 'del', key: Buffer.from([first, rest]) });

describe('freed ranges', () => {
  it('are told by first byte, when there are enough deletions and it has been quiet', () => {
    const freed = new FreedRanges();
    for (let count = 0; count < storeLimits.kvDeletionsMin; count += 1) {
      freed.note([
        del(1, 5 + (count % 90)),
        { type: 'put', key: Buffer.from([1, 0]), value: Buffer.alloc(1) },
      ]);
    }
    freed.note([del(2, 1)]);
    expect(freed.quiet(false)).toEqual([]);
    freed.note([del(1, 7)]);
    expect(freed.quiet(false)).toEqual([]);
    const count = storeLimits.kvDeletionsMin + 1;
    const range = { from: Buffer.from([1, 5]), to: Buffer.from([1, 94]), count };
    expect(freed.quiet(false)).toEqual([range]);
    freed.forget(range);
    expect(freed.quiet(true)).toEqual([]);
  });

  it('are left alone while much is written elsewhere, unless all are asked for', () => {
    const freed = new FreedRanges();
    for (let count = 0; count < storeLimits.kvDeletionsMin; count += 1) freed.note([del(1, count % 90)]);
    expect(freed.quiet(false)).toEqual([]);
    const much: KvOperation = {
      type: 'put',
      key: Buffer.of(2),
      value: Buffer.alloc(storeLimits.kvBusyBytesMin),
    };
    freed.note([much]);
    expect(freed.quiet(false)).toEqual([]);
    freed.note([much]);
    expect(freed.quiet(true)).toHaveLength(1);
    expect(freed.quiet(false)).toHaveLength(1);
  });
});

describe('key-value store after a large deletion', () => {
  let folder: string | undefined;
  afterEach(async () => {
    if (folder !== undefined) await rm(folder, { recursive: true });
  });

  it('waits for more when the range is large for what was deleted in it', async () => {
    folder = await mkdtemp(join(tmpdir(), 'hypergate-freed-'));
    const random = seededRandom(2);
    const store = await ClassicLevelStore.open({ location: folder, writeBufferBytes: 1024 * 1024 });
    const keys = Array.from({ length: 1200 }, () => Buffer.concat([Buffer.from('a'), random.bytes(20)]));
    for (const key of keys)
      await store.batch([{ type: 'put', key, value: random.bytes(20_000) }], { sync: false });
    const deleted = keys.slice(0, 600).map((key): KvOperation => ({ type: 'del', key }));
    await store.batch(deleted, { sync: true });
    expect(await store.compactFreed()).toBe(0);
    expect(await store.compactFreed()).toBe(0);
    expect(await store.compactFreed(true)).toBe(1);
    await store.close();
  });

  it('gives the space back, and keeps the rest', async () => {
    folder = await mkdtemp(join(tmpdir(), 'hypergate-freed-'));
    const random = seededRandom(1);
    const store = await ClassicLevelStore.open({ location: folder, writeBufferBytes: 1024 * 1024 });
    const keys = Array.from({ length: 1000 }, () => Buffer.concat([Buffer.from('a'), random.bytes(20)]));
    for (const key of keys) {
      await store.batch([{ type: 'put', key, value: random.bytes(10_000) }], { sync: false });
    }
    const kept = keys.splice(0, 10);
    await store.batch(
      keys.map((key) => ({ type: 'del', key })),
      { sync: true },
    );
    const before = await folderBytes(folder);
    expect(before).toBeGreaterThan(8_000_000);
    expect(await store.compactFreed()).toBe(0);
    expect(await store.compactFreed()).toBe(1);
    // Obsolete tables are removed when the store has let go of them.
    await store.close();
    const again = await ClassicLevelStore.open({ location: folder });
    expect(await folderBytes(folder)).toBeLessThan(before / 4);
    for (const key of kept) expect((await again.get(key))?.length).toBe(10_000);
    for (const key of keys) expect(await again.get(key)).toBeUndefined();
    await again.close();
  });
});

/** While tables are merged a file may go between the list and the look at it: then all is counted anew. */
async function folderBytes(path: string): Promise<number> {
  for (;;) {
    const files = (await readdir(path)).map((name) => statSync(join(path, name), { throwIfNoEntry: false }));
    if (files.every((file) => file !== undefined)) return files.reduce((sum, { size }) => sum + size, 0);
  }
}
