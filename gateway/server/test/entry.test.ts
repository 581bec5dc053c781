import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, copyFile, mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { isSupported, nodeMajorMin } from '../ensure-node.mjs';
import { temporaryFolder } from './temporary.ts';

const preload = fileURLToPath(new URL('older-node.mjs', import.meta.url));

/** A checkout with nothing in it but the entry, and perhaps a bundled runtime. */
async function checkout(bundled: 'none' | 'good' | 'broken'): Promise<string> {
  const folder = await temporaryFolder();
  await copyFile(new URL('../ensure-node.mjs', import.meta.url), join(folder, 'ensure-node.mjs'));
  await mkdir(join(folder, 'test'));
  await copyFile(new URL('small-entry.mjs', import.meta.url), join(folder, 'test', 'entry.mjs'));
  const bin = join(folder, 'node_modules', 'node', 'bin');
  if (bundled !== 'none') await mkdir(bin, { recursive: true });
  if (bundled === 'good') await symlink(process.execPath, join(bin, 'node'));
  if (bundled === 'broken') {
    await writeFile(join(bin, 'node'), 'not a program');
    await chmod(join(bin, 'node'), 0o644);
  }
  return join(folder, 'test', 'entry.mjs');
}

function run(
  path: string,
  args: string[],
  options: { old: boolean; env?: Record<string, string> },
): ChildProcess {
  const flags = options.old ? ['--import', preload] : [];
  const env = { ...process.env, ...options.env };
  return spawn(process.execPath, [...flags, path, ...args], { stdio: ['ignore', 'pipe', 'pipe'], env });
}

async function finish(child: ChildProcess): Promise<{ code: number | null; error: string }> {
  let error = '';
  child.stderr!.on('data', (piece) => (error += piece));
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, error };
}

test('which versions are new enough', () => {
  expect(nodeMajorMin).toBe(24);
  expect(['24.0.0', '26.1.0', '20.20.2', '22.99.0', '9.0.0'].map(isSupported)).toEqual([
    true,
    true,
    false,
    false,
    false,
  ]);
});

test('a new Node runs it itself and ends with its code', async () => {
  expect((await finish(run(await checkout('none'), ['exit', '7'], { old: false }))).code).toBe(7);
});

test('an old Node starts the bundled one, with arguments, and ends with its code', async () => {
  expect((await finish(run(await checkout('good'), ['exit', '7'], { old: true }))).code).toBe(7);
});

test('signals reach the bundled Node', async () => {
  const child = run(await checkout('good'), ['wait', 'argument'], { old: true });
  const [line] = (await once(child.stdout!, 'data')) as [Buffer];
  expect(line.toString()).toBe('up argument\n');
  child.kill('SIGTERM');
  expect((await finish(child)).code).toBe(33);
});

test('without a bundled one, one line says what to install', async () => {
  const { code, error } = await finish(run(await checkout('none'), [], { old: true }));
  expect(code).toBe(1);
  expect(error).toMatch(/^Hypergate needs Node 24 or newer and this is 20\.11\.0: install it .*\n$/);
});

test('a bundled one that does not run here is one line', async () => {
  const { code, error } = await finish(run(await checkout('broken'), [], { old: true }));
  expect(code).toBe(1);
  expect(error).toMatch(/^The bundled Node at .* does not run here .*\n$/);
});

test('a bundled one that is old itself is not started again and again', async () => {
  const child = run(await checkout('good'), [], { old: true, env: { TEST_BUNDLED_IS_OLD: '1' } });
  const { code, error } = await finish(child);
  expect(code).toBe(1);
  expect(error).toMatch(/^Hypergate needs Node 24/);
});
