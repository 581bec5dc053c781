import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { SimClock, SimDisk, seededRandom } from '../../sim/index.ts';
import type { Disk } from '../disk.ts';
import { ClassicLevelStore, NodeDisk, openChunkStore, openCommitLog } from '../index.ts';

const folders: string[] = [];
afterEach(async () => {
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true });
});

async function newFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'hypergate-disk-'));
  folders.push(folder);
  return folder;
}

const kinds: [string, () => Promise<Disk>][] = [
  ['real', async () => new NodeDisk(await newFolder())],
  ['simulated', async () => new SimDisk(seededRandom(1))],
];

const failure = async (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => 'no failure',
    (error: unknown) => (error as { code?: unknown }).code,
  );

describe.each(kinds)('disk: %s', (_name, make) => {
  it('writes and reads at positions, with holes of zeros and short reads at the end', async () => {
    const disk = await make();
    await disk.makeFolder('a');
    const file = await disk.open('a/file', 'create');
    await file.write(3, [Buffer.from('abc'), Buffer.alloc(0), Buffer.from('defg')]);
    expect(await file.size()).toBe(10);
    expect((await file.read(0, 100)).toString('latin1')).toBe('\0\0\0abcdefg');
    expect((await file.read(10, 5)).length).toBe(0);
    await file.write(4, [Buffer.from('X')]);
    await file.truncate(6);
    await file.datasync();
    expect((await file.read(2, 10)).toString('latin1')).toBe('\0aXc');
    await file.close();
  });

  it('writes thousands of buffers in one call', async () => {
    const disk = await make();
    const file = await disk.open('many', 'create');
    const buffers = Array.from({ length: 5000 }, (_, index) => Buffer.from([index & 0xff, index >> 8, 7]));
    await file.write(1, buffers);
    expect((await file.read(1, 15_000)).equals(Buffer.concat(buffers))).toBe(true);
    await file.close();
  });

  it('writes in the calling thread what the others read', async () => {
    const disk = await make();
    if (disk instanceof SimDisk) disk.quickShare = 1;
    const file = await disk.open('now', 'create');
    const blocking = file.blocking?.();
    blocking?.write(2, [Buffer.from('abc'), Buffer.alloc(0), Buffer.from('def')]);
    blocking?.write(8, [Buffer.from('gh')]);
    blocking?.datasync();
    expect((await file.read(0, 100)).toString('latin1')).toBe('\0\0abcdefgh');
    await file.close();
  });

  it('lists, renames and removes names, and keeps removed files readable while open', async () => {
    const disk = await make();
    await disk.makeFolder('f');
    for (const name of ['b', 'c', 'a']) await (await disk.open(`f/${name}`, 'create')).close();
    expect(await disk.list('f')).toEqual(['a', 'b', 'c']);
    expect(await disk.list('missing')).toEqual([]);
    const open = await disk.open('f/a', 'create');
    await open.write(0, [Buffer.from('still here')]);
    await disk.rename('f/b', 'f/c');
    await disk.remove('f/a');
    await disk.syncFolder('f');
    expect(await disk.list('f')).toEqual(['c']);
    expect((await open.read(0, 10)).toString()).toBe('still here');
    await open.close();
    expect(await failure(disk.open('f/a', 'read'))).toBe('ENOENT');
    expect(await failure(disk.remove('f/a'))).toBe('ENOENT');
    const readOnly = await disk.open('f/c', 'read');
    expect(await failure(readOnly.write(0, [Buffer.from('x')]))).toBe('EBADF');
    await readOnly.close();
  });
});

describe('the real disk', () => {
  it('refuses paths outside its folder', async () => {
    const disk = new NodeDisk(await newFolder());
    await expect(disk.open('../x', 'create')).rejects.toThrow(RangeError);
    await expect(disk.open('/x', 'create')).rejects.toThrow(RangeError);
  });

  it('says how much space is left', async () => {
    expect(await new NodeDisk(await newFolder()).freeBytes()).toBeGreaterThan(0);
  });

  it('carries log, chunks and key-value store through reopenings', async () => {
    const folder = await newFolder();
    const disk = new NodeDisk(folder);
    const random = seededRandom(5);
    const bytes = (length: number): Buffer => random.bytes(length);
    const appended: string[] = [];
    const chunks = new Map<string, { hash: Uint8Array; length: number }>();
    for (let round = 0; round < 3; round += 1) {
      const kv = await ClassicLevelStore.open({ location: join(folder, 'kv') });
      const log = await openCommitLog({ folder: 'log', segmentBytes: 64 * 1024 }, { disk, random: bytes });
      const store = await openChunkStore(
        { folder: 'deep/chunks' },
        {
          disk,
          kv,
          clock: new SimClock(),
          random: bytes,
          isNamed: (hash) => chunks.has(Buffer.from(hash).toString('hex')),
        },
      );
      store.recovered();
      const found: string[] = [];
      for await (const { record } of log.read(1)) found.push(record.toString('hex'));
      expect(found).toEqual(appended);
      for (const chunk of chunks.values()) expect(await store.verify(chunk)).toBe(true);
      await Promise.all(
        Array.from({ length: 40 }, async (_, index) => {
          const chunk = await store.stage(bytes(100_000 + index));
          await store.sync([chunk]);
          chunks.set(Buffer.from(chunk.hash).toString('hex'), chunk);
          store.named([chunk]);
          const record = bytes(3000);
          appended[log.append(record).position - 1] = record.toString('hex');
        }),
      );
      await store.checkpoint();
      await log.close();
      await store.close();
      await kv.close();
    }
  });
});
