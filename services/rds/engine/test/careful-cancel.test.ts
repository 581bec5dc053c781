import { afterAll, beforeAll, expect, it } from 'vitest';
import type { StartedEngine } from '../engine.ts';
import { connectAs, type EngineWorld, engineWorld } from './support/world.ts';

let world: EngineWorld;
let engine: StartedEngine;
beforeAll(async () => {
  world = engineWorld();
  engine = await world.start(await world.cluster('cancel'));
});
afterAll(() => world.remove());

async function waitsFor(pid: number, event: string): Promise<void> {
  const admin = await engine.connect();
  const sql = 'select wait_event from pg_stat_activity where pid = $1';
  while ((await admin.query<{ wait_event: string | null }>(sql, [pid])).rows[0]?.wait_event !== event);
  await admin.end();
}

const pidOf = async (client: Awaited<ReturnType<typeof connectAs>>) =>
  (await client.query<{ pid: number }>('select pg_backend_pid() as pid')).rows[0]!.pid;

it('a customer cancels a statement of his own in every database, and not what another one does', async () => {
  const master = await connectAs(engine, 'postgres');
  const sleeper = await connectAs(engine, 'postgres');
  const pid = await pidOf(sleeper);
  const sleeps = sleeper.query('select pg_sleep(600)');
  const failed = expect(sleeps).rejects.toMatchObject({ code: '57014' });
  await waitsFor(pid, 'PgSleep');
  // Without a standby, only what writes nothing gets an answer here: so roles are made for this session alone.
  await master.query("set synchronous_commit = 'local'");
  await master.query('create role somebody login');
  const other = await connectAs(engine, 'somebody');
  await expect(other.query('select pg_cancel_backend($1)', [pid])).rejects.toMatchObject({ code: '42501' });
  await expect(other.query('select hypergate_cancel_backend($1)', [pid])).rejects.toMatchObject({
    code: '42501',
  });
  for (const template of ['template0', 'template1']) {
    await master.query(`create database of_${template} template ${template}`);
    const there = await connectAs(engine, 'postgres', `of_${template}`);
    expect(await there.query('select hypergate_cancel_backend(1)').catch(({ code }) => code)).toBe('42501');
    await there.end();
  }
  expect((await master.query('select pg_cancel_backend($1) as sent', [pid])).rows).toEqual([{ sent: true }]);
  await failed;
  expect((await master.query('select pg_cancel_backend(1) as sent')).rows).toEqual([{ sent: false }]);
  await Promise.all([master, sleeper, other].map((client) => client.end()));
});

it('a commit that waits for the standby is left alone, also of a session that wants no notices', async () => {
  const writer = await connectAs(engine, 'postgres');
  await writer.query("set client_min_messages = 'error'");
  const pid = await pidOf(writer);
  let ended = false;
  const made = writer.query('create table waits (a int)').finally(() => {
    ended = true;
  });
  made.catch(() => undefined);
  await waitsFor(pid, 'SyncRep');
  const master = await connectAs(engine, 'postgres');
  await master.query('select pg_cancel_backend($1)', [pid]);
  await waitsFor(pid, 'SyncRep');
  expect(ended).toBe(false);
  await master.end();
});
