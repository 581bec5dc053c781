import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { SimClock, SimDisk, seededRandom } from '../../sim/index.ts';
import { MemoryStore, openChunkStore, openCommitLog } from '../index.ts';

/**
 * Bytes written by the first release. They are read for ever: a change of these files is a new format with its own name.
 * A counter stands in for the random ids.
 */
const golden = (name: string): Buffer =>
  Buffer.from(readFileSync(new URL(`golden/${name}`, import.meta.url), 'utf8').replace(/\s/g, ''), 'hex');
const counting = (length: number): Uint8Array => Uint8Array.from({ length }, (_, index) => index + 1);

const records = ['first', 'second record', '', 'fourth, after a batch of its own'].map((text) =>
  Buffer.from(text),
);
const contents = [Buffer.from('a chunk'), Buffer.alloc(700, 0x5a)];

async function fileOf(disk: SimDisk, path: string, length: number): Promise<Buffer> {
  return (await disk.open(path, 'read')).read(0, length);
}

async function diskWith(path: string, bytes: Buffer): Promise<SimDisk> {
  const disk = new SimDisk(seededRandom(1));
  const file = await disk.open(path, 'create');
  await file.write(0, [bytes]);
  return disk;
}

const chunkModules = (disk: SimDisk, kv: MemoryStore) => ({
  disk,
  kv,
  clock: new SimClock(),
  random: counting,
  isNamed: () => true,
});

describe('stored formats, version 1', () => {
  it('writes the log segment that it wrote at the first release', async () => {
    const disk = new SimDisk(seededRandom(1));
    const log = await openCommitLog({ folder: 'log', segmentBytes: 4096 }, { disk, random: counting });
    await Promise.all(records.slice(0, 3).map((record) => log.append(record).durable));
    await log.append(records[3]!).durable;
    await log.close();
    const written = await fileOf(disk, 'log/segment-0000000001.log', 4096);
    expect(written.toString('hex')).toBe(golden('segment-v1.hex').toString('hex'));
  });

  it('reads the log segment of the first release', async () => {
    const disk = await diskWith('log/segment-0000000001.log', golden('segment-v1.hex'));
    const log = await openCommitLog({ folder: 'log', segmentBytes: 4096 }, { disk, random: counting });
    const found: string[] = [];
    for await (const { record } of log.read(1)) found.push(record.toString());
    expect(found).toEqual(records.map((record) => record.toString()));
    await log.close();
  });

  it('writes the chunk file and the key-value entries that it wrote at the first release', async () => {
    const disk = new SimDisk(seededRandom(1));
    const kv = new MemoryStore();
    const store = await openChunkStore({ folder: 'chunks' }, chunkModules(disk, kv));
    store.recovered();
    for (const content of contents) await store.sync([await store.stage(content)]);
    const written = await fileOf(disk, 'chunks/0000000001.chunks', 4096);
    expect(written.toString('hex')).toBe(golden('chunks-v1.hex').toString('hex'));
    const entries = kv.all().map(([key, value]) => `${hex(key)} ${hex(value)}`);
    expect(entries.join('\n')).toBe(text('chunk-entries-v1.txt'));
  });

  it('reads the chunk file of the first release, with and without its entries', async () => {
    const entries = text('chunk-entries-v1.txt')
      .split('\n')
      .map((line) => line.split(' ').map((part) => Buffer.from(part, 'hex')) as [Buffer, Buffer]);
    for (const known of [entries, []]) {
      const disk = await diskWith('chunks/0000000001.chunks', golden('chunks-v1.hex'));
      const kv = new MemoryStore();
      kv.apply(known.map(([key, value]) => ({ type: 'put', key, value })));
      const store = await openChunkStore({ folder: 'chunks' }, chunkModules(disk, kv));
      store.recovered();
      const hashes = entries.slice(1).map(([key]) => key.subarray(1));
      const found: string[] = [];
      for (const hash of hashes) {
        const content = contents.find((one) => store.has({ hash, length: one.length }))!;
        expect(await store.verify({ hash, length: content.length })).toBe(true);
        found.push(content.toString());
      }
      expect(found.sort()).toEqual(contents.map((content) => content.toString()).sort());
    }
  });
});

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
const text = (name: string): string =>
  readFileSync(new URL(`golden/${name}`, import.meta.url), 'utf8').trimEnd();
