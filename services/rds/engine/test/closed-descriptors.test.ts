import { spawnSync } from 'node:child_process';
import { readdirSync, readlinkSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ClassicLevel } from 'classic-level';
import { expect, test } from 'vitest';
import { runCommand } from '../command.ts';
import { readPostmasterFile } from '../processes.ts';
import { engineWorld } from './support/world.ts';

const openIn = (pid: number | 'self'): string[] =>
  readdirSync(`/proc/${pid}/fd`).flatMap((fd) => {
    try {
      return [readlinkSync(`/proc/${pid}/fd/${fd}`)];
    } catch {
      return [];
    }
  });

test('what is started gets none of the files of the store', async () => {
  const folder = join(tmpdir(), `hg-descriptors-${process.pid}`);
  // As the node keeps its state.
  const store = new ClassicLevel(folder);
  await store.open();
  const world = engineWorld();
  try {
    const held = () => openIn('self').filter((file) => file.startsWith(folder));
    expect(held().length).toBeGreaterThan(0);
    const plain = spawnSync('ls', ['-l', '/proc/self/fd'], { encoding: 'utf8' });
    expect(plain.stdout, 'they would come along').toContain(folder);
    const listed = await runCommand('/bin/ls', ['-l', '/proc/self/fd'], { identity: world.identity });
    expect(listed.code).toBe(0);
    expect(listed.stdout).not.toContain(folder);
    const dataDir = await world.cluster('main');
    const started = await world.start(dataDir);
    expect(openIn(readPostmasterFile(dataDir)!.pid).filter((file) => file.startsWith(folder))).toEqual([]);
    await started.stop('fast');
  } finally {
    await world.remove();
    await store.close();
    rmSync(folder, { recursive: true, force: true });
  }
});
