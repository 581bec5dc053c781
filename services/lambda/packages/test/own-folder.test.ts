/** Functions run from a cache: it is the gateway's alone. */
import { chmodSync, chownSync, mkdirSync, statSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { requireOwn } from '../own-folder.ts';
import { testFolder } from './support/folders.ts';

test('one that is not there is made, and is nobody else’s to enter', () => {
  const folder = join(testFolder(), 'cache', 'lambda');
  requireOwn(folder);
  expect(statSync(folder).mode & 0o777).toBe(0o700);
  chmodSync(folder, 0o711);
  requireOwn(folder);
});

test.each([
  ['can be written by other users', (folder: string) => chmodSync(folder, 0o777)],
  ['can be written by other users', (folder: string) => chmodSync(folder, 0o730)],
])('one that %s is refused', (sentence, spoil) => {
  const folder = join(testFolder(), 'cache');
  mkdirSync(folder);
  spoil(folder);
  expect(() => requireOwn(folder)).toThrow(new RegExp(`${sentence}: remove it, or choose another place`));
});

test('one of another user is refused, and so is a link', () => {
  const parent = testFolder();
  const folder = join(parent, 'cache');
  mkdirSync(folder);
  symlinkSync(folder, join(parent, 'link'));
  expect(() => requireOwn(join(parent, 'link'))).toThrow('is no folder');
  // Who is not root can give nothing away, and has the one above all folders from somebody else.
  if (process.geteuid?.() === 0) chownSync(folder, 65_534, 65_534);
  expect(() => requireOwn(process.geteuid?.() === 0 ? folder : '/')).toThrow('belongs to another user');
});
