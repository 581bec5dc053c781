import { spawnSync } from 'node:child_process';
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { askedOf, authenticationOk, authenticationSasl } from '../access.ts';
import type { StartedEngine } from '../engine.ts';
import { giveAllTo } from '../identity.ts';
import { serverProcesses } from '../processes.ts';
import { attachStandby } from './support/standby-client.ts';
import { connectAs, type EngineWorld, engineWorld } from './support/world.ts';

let world: EngineWorld;
let pristine: string;
beforeAll(async () => {
  world = engineWorld();
  pristine = await world.cluster('pristine');
});
afterAll(() => world.remove());

async function value(engine: StartedEngine, sql: string): Promise<unknown> {
  const client = await engine.connect();
  try {
    const { rows } = await client.query<unknown[]>({ text: sql, rowMode: 'array' });
    return rows[0]?.[0];
  } finally {
    await client.end();
  }
}

/** Proportional to what is shared where the system tells, else all of it; nothing of one that has ended meanwhile. */
function kilobytesOf(pid: number): number[] {
  try {
    const text =
      process.platform === 'linux'
        ? /^Pss:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'))?.[1]
        : spawnSync('ps', ['-o', 'rss=', '-p', String(pid)], { encoding: 'utf8' }).stdout.trim();
    return text ? [Number(text)] : [];
  } catch (fault) {
    if (['ESRCH', 'ENOENT'].includes((fault as NodeJS.ErrnoException).code ?? '')) return [];
    throw fault;
  }
}

it('lets rdsadmin in by its secret alone, and customers by trust', async () => {
  const engine = await world.start(world.copy(pristine, 'access'));
  expect(await askedOf(engine.socketDir, engine.port, 'rdsadmin')).toBe(authenticationSasl);
  expect(await askedOf(engine.socketDir, engine.port, 'postgres')).toBe(authenticationOk);
  await expect(connectAs(engine, 'rdsadmin')).rejects.toThrow(/password/);
  expect(await value(engine, 'select current_user::text')).toBe('rdsadmin');
  expect(await value(engine, 'show search_path')).toBe('pg_catalog,pg_temp');
  await engine.stop('immediate');
});

it('ends fast once the attached standby has the last record, and starts again from there', async () => {
  const dataDir = world.copy(pristine, 'fast');
  const engine = await world.start(dataDir);
  const standby = await attachStandby(engine);
  const client = await connectAs(engine, 'postgres');
  await client.query('create table t (n int)');
  await client.query('insert into t select generate_series(1, 1000)');
  const end = await engine.stop('fast');
  await standby.ended;
  expect(end).toEqual({ kind: 'clean', timeline: 1, endLsn: standby.received() });
  expect(serverProcesses(dataDir)).toEqual([]);
  const again = await world.start(dataDir);
  expect(again.adminPassword).not.toBe(engine.adminPassword);
  const reader = await connectAs(again, 'postgres');
  expect((await reader.query('select count(*)::int as n from t')).rows).toEqual([{ n: 1000 }]);
  await again.stop('immediate');
});

it('does not call an end clean without a standby, and never starts from what is left', async () => {
  const dataDir = world.copy(pristine, 'alone');
  const engine = await world.start(dataDir);
  expect((await engine.stop('fast')).kind).toBe('unclean');
  await expect(world.start(dataDir)).rejects.toMatchObject({ code: 'unclean' });
});

it('does not start beside a server that works on the same directory', async () => {
  const dataDir = world.copy(pristine, 'twice');
  const engine = await world.start(dataDir);
  await expect(world.start(dataDir)).rejects.toMatchObject({ code: 'in-use' });
  await engine.stop('immediate');
});

it('gives a restored directory a secret of its own and a new timeline', async () => {
  const dataDir = world.copy(pristine, 'source');
  const restored = join(world.root, 'restored');
  const first = await world.start(dataDir);
  await attachStandby(first);
  const admin = await first.connect();
  await admin.query("select pg_backup_start('test', true)");
  cpSync(dataDir, restored, { recursive: true, filter: (path) => !path.endsWith('postmaster.pid') });
  const { rows } = await admin.query<{ labelfile: string }>('select labelfile from pg_backup_stop(false)');
  await admin.end();
  const customer = await connectAs(first, 'postgres');
  await customer.query('create table later (n int)');
  cpSync(join(dataDir, 'pg_wal'), join(restored, 'pg_wal'), { recursive: true, force: true });
  await first.stop('immediate');
  writeFileSync(join(restored, 'backup_label'), rows[0]!.labelfile);
  giveAllTo(restored, world.identity);
  const second = await world.start(restored, { role: { kind: 'recovery', target: {} } });
  expect(second.adminPassword).not.toBe(first.adminPassword);
  expect(await askedOf(second.socketDir, second.port, 'rdsadmin')).toBe(authenticationSasl);
  const reader = await connectAs(second, 'postgres');
  expect((await reader.query('select * from later')).rows).toEqual([]);
  const standby = await attachStandby(second);
  const end = await second.stop('fast');
  expect(end).toEqual({ kind: 'clean', timeline: 2, endLsn: standby.received() });
});

it('refuses a parameter that the server does not take, and says which', async () => {
  const dataDir = world.copy(pristine, 'refused');
  await expect(world.start(dataDir, { parameters: { work_mem: 'much' } })).rejects.toMatchObject({
    code: 'bad-parameter',
    message: expect.stringContaining('work_mem'),
  });
  await expect(world.start(dataDir, { parameters: { fsync: 'on' } })).rejects.toMatchObject({
    code: 'bad-parameter',
    message: expect.stringContaining('fsync'),
  });
});

it('takes parameters at the start and while it runs, and keeps the old ones when new ones are wrong', async () => {
  const dataDir = world.copy(pristine, 'parameters');
  const engine = await world.start(dataDir, { parameters: { work_mem: '5MB', log_statement: 'all' } });
  expect(await value(engine, 'show work_mem')).toBe('5MB');
  expect(await value(engine, 'show log_statement')).toBe('none');
  await engine.reload({ work_mem: '6MB', search_path: `it's\\, "public"` });
  expect(await value(engine, 'show work_mem')).toBe('6MB');
  expect(await value(engine, "select reset_val from pg_settings where name = 'work_mem'")).toBe('6144');
  const customer = await connectAs(engine, 'postgres');
  expect((await customer.query('show search_path')).rows).toEqual([{ search_path: `it's\\, "public"` }]);
  await expect(engine.reload({ work_mem: '-7' })).rejects.toMatchObject({ code: 'bad-parameter' });
  expect(await value(engine, 'show work_mem')).toBe('6MB');
  // Waits for a restart, which is no fault.
  await engine.reload({ work_mem: '7MB', max_connections: '50' });
  expect(await value(engine, 'show work_mem')).toBe('7MB');
  expect(await value(engine, 'show fsync')).toBe('off');
  await engine.stop('immediate');
});

it('ends as a whole when one of its processes crashes', async () => {
  const dataDir = world.copy(pristine, 'crashed');
  const engine = await world.start(dataDir);
  const client = await connectAs(engine, 'postgres');
  const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid');
  process.kill(rows[0]!.pid, 'SIGSEGV');
  expect((await engine.ended).kind).toBe('unclean');
  expect(serverProcesses(dataDir)).toEqual([]);
});

it('uses little memory while nobody uses it', async () => {
  const dataDir = world.copy(pristine, 'idle');
  const engine = await world.start(dataDir);
  const kilobytes = serverProcesses(dataDir).flatMap(kilobytesOf);
  expect(kilobytes.length).toBeGreaterThan(3);
  expect(kilobytes.reduce((sum, part) => sum + part, 0) / 1024).toBeLessThan(160);
  await engine.stop('immediate');
});
