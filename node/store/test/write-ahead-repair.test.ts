import { cp, mkdir, mkdtemp, readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ClassicLevel } from 'classic-level';
import { afterEach, describe, expect, it } from 'vitest';
import { type SeededRandom, seededRandom } from '../../sim/index.ts';
import { ClassicLevelStore, type KvOperation } from '../index.ts';
import { crc32c } from '../key-value/crc32c.ts';
import { repairWriteAhead } from '../key-value/write-ahead-repair.ts';
import { levelBatch, levelLog } from './level-codec.ts';

const folders: string[] = [];
afterEach(async () => {
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true });
});

async function newFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'hypergate-wal-'));
  folders.push(folder);
  return folder;
}

type Batch = readonly KvOperation[];

/** Each batch writes a key of its own and moves a counter, so that any missing batch shows. */
function batches(count: number, random: SeededRandom): Batch[] {
  return Array.from({ length: count }, (_, index) => {
    const value = random.bytes(random.chance(0.1) ? random.below(70_000) : random.below(600));
    return [
      { type: 'put', key: Buffer.from(`batch ${String(index).padStart(4, '0')}`), value },
      { type: 'put', key: Buffer.from('count'), value: Buffer.from(String(index + 1)) },
      { type: 'del', key: Buffer.from(`nothing ${index}`) },
    ];
  });
}

/** How many batches are there, if they are the first ones and nothing else; else undefined. */
async function prefix(
  entries: AsyncIterable<readonly [Uint8Array, Uint8Array]>,
): Promise<number | undefined> {
  let found = 0;
  let count = 0;
  for await (const [key, value] of entries) {
    const name = Buffer.from(key).toString();
    if (name === 'count') count = Number(Buffer.from(value).toString());
    else if (name === `batch ${String(found).padStart(4, '0')}`) found += 1;
    else return undefined;
  }
  return count === found ? found : undefined;
}

async function openedPrefix(location: string): Promise<number | undefined> {
  const store = await ClassicLevelStore.open({ location });
  const found = await prefix(store.entries({}));
  await store.close();
  return found;
}

async function prefixWithoutRepair(location: string): Promise<number | undefined> {
  const database = new ClassicLevel<Uint8Array, Uint8Array>(location, {
    keyEncoding: 'buffer',
    valueEncoding: 'buffer',
  });
  const found = await prefix(database.iterator());
  await database.close();
  return found;
}

interface Made {
  readonly location: string;
  /** Paths of the write-ahead files, and for each where its batches end and the index of its first. */
  readonly logs: { readonly path: string; readonly ends: number[]; readonly first: number }[];
  readonly count: number;
}

/** An empty database, and behind it write-ahead files as a killed process leaves them. */
async function make(template: string, random: SeededRandom): Promise<Made> {
  const location = join(await newFolder(), 'kv');
  await cp(template, location, { recursive: true });
  const all = batches(10 + random.below(30), random);
  const logs: Made['logs'] = [];
  let first = 0;
  let sequence = 1;
  const files = 1 + random.below(3);
  for (let file = 0; file < files; file += 1) {
    const until = file === files - 1 ? all.length : first + random.below(all.length - first + 1);
    const records = all.slice(first, until).map((batch) => {
      const record = levelBatch(sequence, batch);
      sequence += batch.length;
      return record;
    });
    const { bytes, ends } = levelLog(records);
    const path = join(location, `${String(900 + file).padStart(6, '0')}.log`);
    await writeFile(path, bytes);
    logs.push({ path, ends, first });
    first = until;
  }
  return { location, logs, count: all.length };
}

/** Damages one file as a power cut does. Returns how many batches before the damage must survive. */
async function damage(made: Made, random: SeededRandom): Promise<number> {
  const log = random.pick(made.logs);
  const bytes = await readFile(log.path);
  const before = (offset: number): number => log.first + log.ends.filter((end) => end <= offset).length;
  const kind = random.below(5);
  if (bytes.length === 0) return made.count;
  const at = random.below(bytes.length);
  if (kind === 0) {
    await truncate(log.path, at);
    return before(at);
  }
  if (kind === 1) {
    const end = random.pick([0, ...log.ends]);
    await truncate(log.path, end);
    return before(end);
  }
  if (kind === 2) {
    await rm(log.path);
    return log.first;
  }
  const sector = at - (at % 512);
  if (kind === 3) bytes.fill(0, sector, Math.min(bytes.length, sector + 512));
  else bytes[at] = bytes[at]! ^ (1 << random.below(8));
  await writeFile(log.path, bytes);
  return before(kind === 3 ? sector : at);
}

async function emptyDatabase(): Promise<string> {
  const location = join(await newFolder(), 'kv');
  await mkdir(location);
  const database = new ClassicLevel(location);
  await database.open();
  await database.close();
  return location;
}

describe('repair of write-ahead files', () => {
  it('computes CRC-32C', () => {
    const digits = Buffer.from('123456789');
    expect(crc32c(digits, 0, 9).toString(16)).toBe('e3069283');
    expect(crc32c(Buffer.alloc(32), 0, 32).toString(16)).toBe('8a9136aa');
    expect(crc32c(Buffer.concat([Buffer.from('x'), digits, Buffer.from('y')]), 1, 10).toString(16)).toBe(
      'e3069283',
    );
  });

  it('makes LevelDB recover a prefix of the batches after any damage, where alone it does not', async () => {
    const template = await emptyDatabase();
    let holes = 0;
    for (let seed = 1; seed <= 40; seed += 1) {
      const random = seededRandom(seed);
      const made = await make(template, random);
      const kept = await damage(made, random);
      const copy = `${made.location}-copy`;
      await cp(made.location, copy, { recursive: true });
      if ((await prefixWithoutRepair(copy)) === undefined) holes += 1;
      const found = await openedPrefix(made.location);
      expect(found, `seed ${seed}`).toBeGreaterThanOrEqual(kept);
      expect(await openedPrefix(made.location), `seed ${seed}, again`).toBe(found);
    }
    expect(holes).toBeGreaterThan(10);
  });

  it('leaves files in order alone, also those of a running database with several of them', async () => {
    const location = join(await newFolder(), 'kv');
    const store = await ClassicLevelStore.open({ location, writeBufferBytes: 64 * 1024 });
    const random = seededRandom(4);
    const all = batches(400, random);
    let withData = 0;
    for (let index = 0; index < all.length; index += 1) {
      await store.batch(all[index]!, { sync: index % 97 === 0 });
      if (index % 40 !== 39) continue;
      // As a kill leaves it. Files that a compaction removes meanwhile make the copy useless: then it is taken again.
      const copy = `${location}-${index}`;
      for (let done = false; !done; ) {
        await rm(copy, { recursive: true, force: true });
        const names = await readdir(location);
        done = await cp(location, copy, { recursive: true }).then(
          async () => String(names) === String(await readdir(location)),
          () => false,
        );
      }
      for (const name of await readdir(copy)) {
        if (name.endsWith('.log')) withData += (await stat(join(copy, name))).size > 0 ? 1 : 0;
      }
      expect(await repairWriteAhead(copy), `after ${index}`).toBe(0);
      expect(await openedPrefix(copy), `after ${index}`).toBe(index + 1);
    }
    expect(withData).toBeGreaterThan(5);
    await store.close();
    expect(await repairWriteAhead(location)).toBe(0);
    expect(await openedPrefix(location)).toBe(400);
  });

  it('says nothing of a folder without a database, or with a manifest it does not understand', async () => {
    const folder = await newFolder();
    expect(await repairWriteAhead(folder)).toBe(0);
    const location = await emptyDatabase();
    const manifest = (await readFile(join(location, 'CURRENT'), 'utf8')).trim();
    const { bytes } = levelLog([Buffer.from([99, 1])]);
    await writeFile(join(location, manifest), bytes);
    await writeFile(join(location, '000900.log'), 'not a log');
    expect(await repairWriteAhead(location)).toBe(0);
    expect((await stat(join(location, '000900.log'))).size).toBe(9);
  });
});
