import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { removeOrphans } from '../orphans.ts';
import { readPostmasterFile, serverProcesses } from '../processes.ts';
import { connectAs, type EngineWorld, engineWorld } from './support/world.ts';

const program = join(import.meta.dirname, 'support', 'gateway-process.ts');
let world: EngineWorld;
let pristine: string;
const gateways: ChildProcess[] = [];
beforeAll(async () => {
  world = engineWorld();
  pristine = await world.cluster('pristine');
});
afterAll(async () => {
  for (const gateway of gateways) gateway.kill('SIGKILL');
  await world.remove();
});

async function gatewayOn(dataDir: string): Promise<ChildProcess> {
  const gateway = spawn(process.execPath, [program, dataDir, join(world.root, 'programs'), '15'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  gateways.push(gateway);
  await once(gateway.stdout!, 'data');
  return gateway;
}

async function killed(gateway: ChildProcess): Promise<void> {
  gateway.kill('SIGKILL');
  await once(gateway, 'exit');
}

/** Stopped, they cannot end by themselves. A worker may end, and another begin, until the first of them, who starts them, stands still. */
async function stopped(dataDir: string): Promise<readonly number[]> {
  for (;;) {
    const pids = serverProcesses(dataDir);
    for (const pid of pids) stop(pid);
    if (pids.every(standsStill) && serverProcesses(dataDir).join() === pids.join()) return pids;
    await delay(10);
  }
}

function stop(pid: number): void {
  try {
    process.kill(pid, 'SIGSTOP');
  } catch (fault) {
    if ((fault as NodeJS.ErrnoException).code !== 'ESRCH') throw fault;
  }
}

function standsStill(pid: number): boolean {
  try {
    return /\) T /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}

function segmentExists(id: number): boolean {
  const table = '/proc/sysvipc/shm';
  return (
    existsSync(table) &&
    readFileSync(table, 'utf8')
      .split('\n')
      .some((row) => row.includes(` ${id} `))
  );
}

it('kills all that a killed gateway left, and its directory is not started again', async () => {
  const dataDir = world.copy(pristine, 'orphan');
  const gateway = await gatewayOn(dataDir);
  const segment = readPostmasterFile(dataDir)?.sharedMemoryId;
  const pids = await stopped(dataDir);
  expect(pids.length).toBeGreaterThan(3);
  expect(pids[0]).toBe(readPostmasterFile(dataDir)?.pid);
  await killed(gateway);
  expect(serverProcesses(dataDir).length).toBe(pids.length);
  expect(await removeOrphans(dataDir)).toBe(pids.length);
  expect(serverProcesses(dataDir)).toEqual([]);
  expect(segmentExists(segment!)).toBe(false);
  expect(await removeOrphans(dataDir)).toBe(0);
  await expect(world.start(dataDir)).rejects.toMatchObject({ code: 'unclean' });
});

it('finds sessions that outlive their postmaster', async () => {
  const dataDir = world.copy(pristine, 'headless');
  const engine = await world.start(dataDir);
  const client = await connectAs(engine, 'postgres');
  const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid');
  process.kill(rows[0]!.pid, 'SIGSTOP');
  process.kill(engine.pid, 'SIGKILL');
  expect((await engine.ended).kind).toBe('unclean');
  expect(serverProcesses(dataDir)).toEqual([]);
});

it('leaves alone what works on another directory, and what is no server', async () => {
  const one = await world.start(world.copy(pristine, 'one'));
  const other = world.copy(pristine, 'other');
  const bystander = spawn('sleep', ['60'], { cwd: other });
  expect(await removeOrphans(other)).toBe(0);
  expect(bystander.exitCode).toBeNull();
  bystander.kill();
  await (await connectAs(one, 'postgres')).end();
  await one.stop('immediate');
});

it('nothing stays of the server of a killed gateway, by itself where the kernel can be told', async () => {
  const dataDir = world.copy(pristine, 'follows');
  await killed(await gatewayOn(dataDir));
  if (!existsSync('/usr/bin/setpriv')) expect(await removeOrphans(dataDir)).toBeGreaterThan(0);
  while (serverProcesses(dataDir).length > 0) await delay(10);
});
