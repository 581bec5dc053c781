/** Folders that nobody may write are removed all the same. */
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { removeTree } from '../remove-tree.ts';
import { testFolder } from './support/folders.ts';

/** As unpacking leaves it, with a link to what has to stay. */
function unpacked(folder: string): string {
  const path = join(folder, 'unpacked');
  mkdirSync(join(path, 'a', 'b'), { recursive: true });
  for (let index = 0; index < 100; index++) writeFileSync(join(path, 'a', `f${index}`), '', { mode: 0o444 });
  writeFileSync(join(folder, 'outside'), 'stays');
  symlinkSync('../../outside', join(path, 'a', 'link'));
  symlinkSync('..', join(path, 'up'));
  for (const below of ['a/b', 'a', '']) chmodSync(join(path, below), 0o555);
  return path;
}

test('links are removed, not what they point to', async () => {
  const folder = testFolder();
  await removeTree(unpacked(folder));
  expect(existsSync(join(folder, 'unpacked'))).toBe(false);
  expect(existsSync(join(folder, 'outside'))).toBe(true);
});

test('a file is removed, and what is not there is gone', async () => {
  const folder = testFolder();
  writeFileSync(join(folder, 'a'), '');
  await removeTree(join(folder, 'a'));
  await removeTree(join(folder, 'a'));
  expect(existsSync(join(folder, 'a'))).toBe(false);
});

test('whoever is not root may remove its own folders', () => {
  const folder = testFolder();
  chmodSync(folder, 0o777);
  // Root becomes another one, in a process of its own; everybody else stays who they are.
  const script = `
    import { mkdirSync, writeFileSync, chmodSync, existsSync } from 'node:fs';
    const { removeTree } = await import(${JSON.stringify(new URL('../remove-tree.ts', import.meta.url).href)});
    if (process.getuid() === 0) { process.setgid(65534); process.setuid(65534); }
    const path = ${JSON.stringify(join(folder, 'own'))};
    mkdirSync(path + '/a', { recursive: true });
    writeFileSync(path + '/a/f', '');
    chmodSync(path + '/a', 0o555);
    chmodSync(path, 0o555);
    await removeTree(path);
    console.log(existsSync(path));
  `;
  const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
    encoding: 'utf8',
  });
  expect({ stdout, stderr }).toEqual({ stdout: 'false\n', stderr: '' });
});
