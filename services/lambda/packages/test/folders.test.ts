/** Folders that functions run from: unpacked packages, and layers in one. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { PackageRef } from '../../model/function-rows.ts';
import { merge } from '../merge.ts';
import { unpack } from '../unpack.ts';
import { readZip } from '../zip-reader.ts';
import { testFolder } from './support/folders.ts';
import { onDisk } from './support/trees.ts';
import { openWorld, type World } from './support/world.ts';
import { writeZip, type ZipPart } from './support/zip-writer.ts';

const account = '000000000001';
const file = (name: string, data: string, mode = 0o100644): ZipPart => ({ name, data, mode });
const link = (name: string, data: string): ZipPart => ({ name, data, mode: 0o120777 });

async function kept({ base, packages }: World, ...parts: readonly ZipPart[]): Promise<PackageRef> {
  const staged = await packages.stage(account, writeZip(parts), 1e8);
  await base.tables.transact(await staged.keep());
  return staged.ref;
}

test('a package is unpacked once, for callers at the same time and later', async () => {
  const world = await openWorld(testFolder());
  const ref = await kept(world, file('index.js', 'exports.handler = 1'), file('bin/run', '#!', 0o100755));
  const folders = await Promise.all(Array.from({ length: 4 }, () => world.packages.folder(ref)));
  expect(new Set(folders.map(({ path }) => path)).size).toBe(1);
  const { path } = folders[0]!;
  expect(onDisk(path)).toEqual({
    'index.js': 'file 444 exports.handler = 1',
    bin: 'folder 555',
    'bin/run': 'file 555 #!',
  });
  const { ino } = statSync(path);
  for (const folder of folders) folder.release();
  expect(statSync((await world.packages.folder(ref)).path).ino).toBe(ino);
  expect(statSync(path).mode & 0o777).toBe(0o555);
});

test('a large package comes by way of a thread', async () => {
  const world = await openWorld(testFolder());
  const data = 'x'.repeat(3_000_000);
  const ref = await kept(
    world,
    file('large', data),
    ...Array.from({ length: 100 }, (_, index) => file(`f/${index}`, 'x')),
  );
  const { path } = await world.packages.folder(ref);
  expect(readFileSync(join(path, 'large'), 'utf8')).toBe(data);
  expect(readdirSync(join(path, 'f'))).toHaveLength(100);
});

test('a package that is not kept has no folder', async () => {
  const world = await openWorld(testFolder());
  const ref = await kept(world, file('a', 'a'));
  await world.base.tables.transact(await world.packages.release(ref));
  await expect(world.packages.folder(ref)).rejects.toThrow('not kept');
});

test('of layers the later ones win, and all stand in one folder', async () => {
  const world = await openWorld(testFolder());
  const first = await kept(
    world,
    file('nodejs/a.js', 'first a'),
    file('nodejs/b.js', 'first b'),
    link('l', 'nodejs'),
  );
  const second = await kept(world, file('nodejs/b.js', 'second b', 0o100755), file('l/c', 'second c'));
  const there = await world.packages.merged([first, second]);
  expect(onDisk(there.path)).toEqual({
    nodejs: 'folder 555',
    'nodejs/a.js': 'file 444 first a',
    'nodejs/b.js': 'file 555 second b',
    l: 'folder 555',
    'l/c': 'file 444 second c',
  });
  const back = await world.packages.merged([second, first]);
  expect(onDisk(back.path)).toMatchObject({ 'nodejs/b.js': 'file 444 first b', l: 'link nodejs' });
  expect((await world.packages.merged([first, second])).path).toBe(there.path);
});

test('merged files are links, and stay when the layers are gone from the cache', async () => {
  const world = await openWorld(testFolder(), { cacheBytes: 0 });
  const layers = [await kept(world, file('a', 'a')), await kept(world, file('b', 'b'))];
  const { path, release } = await world.packages.merged(layers);
  expect(readdirSync(world.folder).filter((name) => /^[0-9a-f]{64}/.test(name))).toEqual([]);
  expect(onDisk(path)).toEqual({ a: 'file 444 a', b: 'file 444 b' });
  release();
  await world.packages.close();
  expect(readdirSync(world.folder)).toEqual(['boot']);
});

test('one layer is its own folder, and none an empty one', async () => {
  const world = await openWorld(testFolder());
  const ref = await kept(world, file('a', 'a'));
  expect((await world.packages.merged([ref])).path).toBe((await world.packages.folder(ref)).path);
  expect(onDisk((await world.packages.merged([])).path)).toEqual({});
});

test('a link that only leads out of the folder when layers come together is refused', async () => {
  const folder = testFolder();
  const layer = async (name: string, ...parts: readonly ZipPart[]): Promise<string> => {
    const zip = writeZip(parts);
    await unpack(zip, readZip(zip, 1e8), join(folder, name));
    return join(folder, name);
  };
  const first = await layer('first', file('b/x', ''), link('a', 'b/../c'));
  const second = await layer('second', link('b', '.'));
  expect(onDisk(first).a).toBe('link b/../c');
  await expect(merge([first, second], join(folder, 'both'))).rejects.toMatchObject({ fault: 'hostile' });
});
