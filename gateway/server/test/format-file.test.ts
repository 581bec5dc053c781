import { cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openFormat } from '../boot/format-file.ts';
import { temporaryFolder } from './temporary.ts';

const golden = new URL('golden/', import.meta.url);
const read = (folder: string) => readFile(join(folder, 'FORMAT'), 'utf8');

test('a new directory gets the current format', async () => {
  const folder = await temporaryFolder();
  await writeFile(join(folder, 'lock'), '');
  expect(await openFormat(folder)).toBeUndefined();
  expect(await read(folder)).toBe('hypergate-data 1\n');
  expect(await openFormat(folder)).toBe(1);
});

test('the file of the first format opens', async () => {
  const folder = await temporaryFolder();
  await cp(new URL('format-1/FORMAT', golden), join(folder, 'FORMAT'));
  expect(await openFormat(folder)).toBe(1);
});

test('a newer format is refused in one line and left alone', async () => {
  const folder = await temporaryFolder();
  await writeFile(join(folder, 'FORMAT'), 'hypergate-data 2\n');
  await expect(openFormat(folder)).rejects.toThrow(
    /^the data directory .* has format 2 and this version reads up to 1: use a newer/,
  );
  expect(await read(folder)).toBe('hypergate-data 2\n');
});

test.each([
  '',
  'hypergate-data 0\n',
  'hypergate-data 1',
  'hypergate-data 1\n\n',
  'hypergate-data -1\n',
  'x'.repeat(300),
])('a damaged file is refused: %j', async (text) => {
  const folder = await temporaryFolder();
  await writeFile(join(folder, 'FORMAT'), text);
  await expect(openFormat(folder)).rejects.toThrow(/is damaged/);
});

test('a folder with other files in it is not taken over', async () => {
  const folder = await temporaryFolder();
  await mkdir(join(folder, 'photos'));
  await expect(openFormat(folder)).rejects.toThrow(/is not a data directory \(it holds "photos"/);
});

test('what a crash in the very first start leaves is no foreign folder', async () => {
  const folder = await temporaryFolder();
  await writeFile(join(folder, 'FORMAT.new'), 'hyper');
  expect(await openFormat(folder)).toBeUndefined();
  expect(await read(folder)).toBe('hypergate-data 1\n');
});

test('every older format goes through its steps in order, and a failed step is repeated', async () => {
  const folder = await temporaryFolder();
  await openFormat(folder);
  const ran: number[] = [];
  let fail = true;
  const migrations = new Map([
    [1, async () => void ran.push(1)],
    [
      2,
      async () => {
        ran.push(2);
        if (fail) throw new Error('cut');
      },
    ],
  ]);
  await expect(openFormat(folder, { current: 3, migrations })).rejects.toThrow('cut');
  expect(await read(folder)).toBe('hypergate-data 2\n');
  fail = false;
  expect(await openFormat(folder, { current: 3, migrations })).toBe(2);
  expect(ran).toEqual([1, 2, 2]);
  expect(await read(folder)).toBe('hypergate-data 3\n');
});
