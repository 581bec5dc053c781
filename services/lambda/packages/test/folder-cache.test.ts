/** The cache of folders: made once, kept while held, swept after a crash. */
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { pino } from 'pino';
import { expect, test } from 'vitest';
import { FolderCache, type HeldFolder } from '../folder-cache.ts';
import { testFolder } from './support/folders.ts';

const logger = pino({ level: 'silent' });

/** Makes a folder with its name in it that counts as so many bytes. */
const maker =
  (name: string, bytes: number, made: string[] = []) =>
  async (path: string): Promise<number> => {
    made.push(name);
    mkdirSync(path);
    writeFileSync(join(path, 'name'), name);
    return bytes;
  };

const contentOf = ({ path }: HeldFolder): string => readFileSync(join(path, 'name'), 'utf8');
const foldersIn = (folder: string): string[] => readdirSync(folder).filter((name) => name !== 'boot');

test('callers at the same time share the making, and later ones what was made', async () => {
  const folder = join(testFolder(), 'deep', 'code');
  const cache = new FolderCache(folder, 100, logger);
  const made: string[] = [];
  const held = await Promise.all(Array.from({ length: 5 }, () => cache.hold('a', maker('a', 10, made))));
  held.push(await cache.hold('a', maker('a', 10, made)));
  expect(made).toEqual(['a']);
  expect(new Set(held.map(({ path }) => path)).size).toBe(1);
  expect(contentOf(held[0]!)).toBe('a');
  expect(statSync(folder).mode & 0o777).toBe(0o711);
});

test('a making that fails is told to all who wait, leaves nothing, and is tried again', async () => {
  const folder = testFolder();
  const cache = new FolderCache(folder, 100, logger);
  const failing = async (path: string): Promise<number> => {
    mkdirSync(path);
    throw new Error('disk');
  };
  const outcomes = await Promise.allSettled([cache.hold('a', failing), cache.hold('a', failing)]);
  expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  await cache.close();
  expect(foldersIn(folder)).toEqual([]);
  expect(contentOf(await cache.hold('a', maker('a', 10)))).toBe('a');
});

test('a folder that was given back twice is still held by the other', async () => {
  const cache = new FolderCache(testFolder(), 15, logger);
  const [first, second] = await Promise.all([
    cache.hold('a', maker('a', 10)),
    cache.hold('a', maker('a', 10)),
  ]);
  first.release();
  first.release();
  (await cache.hold('b', maker('b', 10))).release();
  expect(contentOf(second)).toBe('a');
});

test('held folders stay beyond the limit, and go when they are given back', async () => {
  const folder = testFolder();
  const cache = new FolderCache(folder, 15, logger);
  const held = await Promise.all(['a', 'b', 'c'].map((name) => cache.hold(name, maker(name, 10))));
  expect(held.map(contentOf)).toEqual(['a', 'b', 'c']);
  expect(cache.bytes).toBe(30);
  for (const one of held) one.release();
  await cache.close();
  expect(foldersIn(folder)).toEqual(['c.10']);
});

test('the next process finds what was made, and sweeps what was left half made', async () => {
  const folder = testFolder();
  const before = new FolderCache(folder, 100, logger);
  (await before.hold('a', maker('a', 10))).release();
  await before.close();
  mkdirSync(join(folder, 'tmp-0', 'left'), { recursive: true });
  writeFileSync(join(folder, 'stray'), 'x');
  const made: string[] = [];
  const after = new FolderCache(folder, 100, logger);
  expect(contentOf(await after.hold('a', maker('a', 10, made)))).toBe('a');
  expect(made).toEqual([]);
  expect(after.bytes).toBe(10);
  expect(foldersIn(folder)).toEqual(['a.10']);
});

test('after a power failure nothing is trusted, as nothing was synced', async () => {
  const folder = testFolder();
  const before = new FolderCache(folder, 100, logger);
  (await before.hold('a', maker('a', 10))).release();
  await before.close();
  writeFileSync(join(folder, 'boot'), 'an earlier one');
  const made: string[] = [];
  const after = new FolderCache(folder, 100, logger);
  expect(contentOf(await after.hold('a', maker('a', 10, made)))).toBe('a');
  expect(made).toEqual(['a']);
});

test('a smaller limit holds at once after a start', async () => {
  const folder = testFolder();
  const before = new FolderCache(folder, 100, logger);
  for (const name of ['a', 'b', 'c']) (await before.hold(name, maker(name, 10))).release();
  await before.close();
  const after = new FolderCache(folder, 25, logger);
  (await after.hold('d', maker('d', 10))).release();
  await after.close();
  expect(foldersIn(folder)).toHaveLength(2);
  expect(foldersIn(folder)).toContain('d.10');
});

test('whatever is held and given back: the least recently used ones go, and no more than must', async () => {
  const limit = 30;
  const step = fc.record({ name: fc.constantFrom(...'abcdef'), isHeld: fc.boolean() });
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (steps) => {
      const folder = testFolder();
      const cache = new FolderCache(folder, limit, logger);
      const held: { name: string; folder: HeldFolder }[] = [];
      /** Names, least recently used first. */
      let model: string[] = [];
      const shrink = () => {
        for (const name of [...model])
          if (model.length * 10 > limit && !held.some((one) => one.name === name))
            model = model.filter((other) => other !== name);
      };
      for (const { name, isHeld } of steps) {
        if (isHeld) {
          held.push({ name, folder: await cache.hold(name, maker(name, 10)) });
          model = [...model.filter((other) => other !== name), name];
        } else {
          const index = held.findIndex((one) => one.name === name);
          if (index < 0) continue;
          held.splice(index, 1)[0]!.folder.release();
          model = [...model.filter((other) => other !== name), name];
        }
        shrink();
        expect(cache.bytes).toBe(10 * model.length);
        for (const one of held) expect(contentOf(one.folder)).toBe(one.name);
        for (const one of model) expect(existsSync(join(folder, `${one}.10`))).toBe(true);
      }
      await cache.close();
      expect(foldersIn(folder).sort()).toEqual(model.map((name) => `${name}.10`).sort());
    }),
    { numRuns: 60 },
  );
});
