import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, test } from 'vitest';
import { lockDataDir } from '../boot/lock.ts';
import { writeProcessFile } from '../boot/process-file.ts';
import { temporaryFolder } from './temporary.ts';

const holder = fileURLToPath(new URL('lock-holder.mjs', import.meta.url));
const children: ChildProcess[] = [];

afterEach(async () => {
  for (const child of children.splice(0)) await kill(child);
});

async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGKILL');
  await once(child, 'exit');
}

async function tryInProcess(folder: string): Promise<{ child: ChildProcess; answer: string }> {
  const child = spawn(process.execPath, [holder, folder], { stdio: ['ignore', 'pipe', 'inherit'] });
  children.push(child);
  const [answer] = (await once(createInterface(child.stdout!), 'line')) as [string];
  return { child, answer };
}

test('a second process is refused, and gets the lock once the first was killed', async () => {
  const folder = await temporaryFolder();
  const first = await tryInProcess(folder);
  expect(first.answer).toBe('held');
  expect((await tryInProcess(folder)).answer).toMatch(
    /^refused: the data directory .* is in use by another process/,
  );
  await expect(lockDataDir(folder)).rejects.toThrow('is in use');
  await kill(first.child);
  expect((await tryInProcess(folder)).answer).toBe('held');
});

test('of many processes at once exactly one wins', async () => {
  const folder = await temporaryFolder();
  const answers = await Promise.all(Array.from({ length: 6 }, () => tryInProcess(folder)));
  expect(answers.filter(({ answer }) => answer === 'held')).toHaveLength(1);
});

test('the same process cannot take it twice, and can again after a release', async () => {
  const folder = await temporaryFolder();
  const lock = await lockDataDir(folder);
  await expect(lockDataDir(folder)).rejects.toThrow('is in use');
  // The refused attempt has closed its handle of the file, which must not release the first one's lock.
  expect((await tryInProcess(folder)).answer).toContain('refused');
  expect(await readdir(folder)).toEqual(['lock']);
  lock.release();
  (await lockDataDir(folder)).release();
});

test('the refusal names the holder', async () => {
  const folder = await temporaryFolder();
  const lock = await lockDataDir(folder);
  await writeProcessFile(folder, {
    pid: 4242,
    startedAt: new Date(0).toISOString(),
    version: '0.1.0',
    endpoint: 'http://127.0.0.1:1',
    adminEndpoint: 'http://127.0.0.1:2',
  });
  await expect(lockDataDir(folder)).rejects.toThrow('in use by process 4242 (http://127.0.0.1:1)');
  await writeFile(join(folder, 'process.json'), '{');
  await expect(lockDataDir(folder)).rejects.toThrow('in use by another process');
  lock.release();
});
