/** A commit is acknowledged when the standby has it, whoever cancels what (`SyncRepWaitForLSN`). */
import { setTimeout as delay } from 'node:timers/promises';
import type { Client } from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { type Lsn, parseLsn } from '../../model/lsn.ts';
import { codes, firstPacket, RawClient, startup, typed } from './support/raw-client.ts';
import { Standby, standbyName } from './support/standby.ts';
import { instance, openWorld, type World } from './support/world.ts';

let world: World;
let standby: Standby;
let client: Client;
let notices: string[];
/** What is asked for, and how it is answered. */
let asked: { readonly lsn: Lsn; readonly answer: PromiseWithResolvers<void> }[];
let nextAsked: PromiseWithResolvers<void>;

beforeAll(async () => {
  world = await openWorld({ parameters: { wal_sender_timeout: '0' } });
  await world.admin.query('create table t (n int)');
  await world.admin.query('grant all on t to public');
  await world.admin.query("set password_encryption = 'md5'; create role raw login password 'x'");
  standby = await Standby.attach(world.engine);
  await world.admin.query(`alter system set synchronous_standby_names = '${standbyName}'`);
  await world.admin.query('select pg_reload_conf()');
  await until(async () => (await one('select sync_state as x from pg_stat_replication')) === 'sync');
});
afterAll(async () => {
  standby.release();
  await standby.detach();
  await world.close();
});
beforeEach(async () => {
  asked = [];
  nextAsked = Promise.withResolvers();
  world.handlers.certified = (which, lsn) => {
    expect(which).toBe(instance);
    const answer = Promise.withResolvers<void>();
    asked.push({ lsn, answer });
    nextAsked.resolve();
    return answer.promise;
  };
  notices = [];
  client = await world.connect();
  client.on('notice', ({ message }) => notices.push(message ?? ''));
  standby.withhold();
});
afterEach(async () => {
  standby.release();
  await client.end();
});

async function one(sql: string, ...values: unknown[]): Promise<unknown> {
  const { rows } = await world.admin.query<{ x: unknown }>(sql, values);
  return rows[0]?.x;
}

async function until(condition: () => Promise<boolean>): Promise<void> {
  while (!(await condition())) await delay(5);
}

const pidOf = (one: Client) => (one as unknown as { processID: number }).processID;
const waitsForStandby = (pid: number) =>
  until(
    async () => (await one('select wait_event as x from pg_stat_activity where pid = $1', pid)) === 'SyncRep',
  );

/** Resolves when the proxy has dealt with it. */
async function sendCancel(pid: number, key: Buffer): Promise<void> {
  const socket = new RawClient({ host: '127.0.0.1', port: world.port });
  const number = Buffer.alloc(4);
  number.writeUInt32BE(pid);
  socket.send(firstPacket(codes.cancel, number, key));
  await socket.rest();
}

function keyOf(one: Client): Buffer {
  const key = Buffer.alloc(4);
  key.writeInt32BE((one as unknown as { secretKey: number }).secretKey);
  return key;
}

test('a commit waits for the standby', async () => {
  const insert = client.query('insert into t values (1)');
  await waitsForStandby(pidOf(client));
  standby.release();
  expect((await insert).rowCount).toBe(1);
  expect(notices).toEqual([]);
});

test('a cancel does not end the wait for the standby', async () => {
  const insert = client.query('insert into t values (2)');
  const pid = pidOf(client);
  await waitsForStandby(pid);
  await sendCancel(pid, keyOf(client));
  // Had the engine got it, the wait would be over.
  expect(await one('select wait_event as x from pg_stat_activity where pid = $1', pid)).toBe('SyncRep');
  expect(await one('select count(*)::int as x from t where n = 2')).toBe(0);
  standby.release();
  expect((await insert).rowCount).toBe(1);
  expect(notices).toEqual([]);
  expect(asked).toEqual([]);
});

test('a cancel of a running statement ends it', async () => {
  standby.release();
  const sleep = client.query('select pg_sleep(600)');
  const failed = expect(sleep).rejects.toMatchObject({ code: '57014' });
  const pid = pidOf(client);
  await until(
    async () => (await one('select wait_event as x from pg_stat_activity where pid = $1', pid)) === 'PgSleep',
  );
  const wrong = keyOf(client);
  wrong[0]! ^= 1;
  await sendCancel(pid, wrong);
  await sendCancel(pid + 1, keyOf(client));
  expect(await one('select wait_event as x from pg_stat_activity where pid = $1', pid)).toBe('PgSleep');
  await sendCancel(pid, keyOf(client));
  // What ends the command is held until everything is certified: the cancel might have met a commit.
  await nextAsked.promise;
  asked[0]!.answer.resolve();
  await failed;
});

test('a commit that a cancel may have met is held though the session wants no notices', async () => {
  await client.query("set client_min_messages = 'error'");
  const pid = pidOf(client);
  await sendCancel(pid, keyOf(client));
  let answered = false;
  const insert = client.query('insert into t values (7)').then(() => {
    answered = true;
  });
  await waitsForStandby(pid);
  await one('select pg_cancel_backend($1) as x', pid);
  await nextAsked.promise;
  await until(
    async () => (await one('select state as x from pg_stat_activity where pid = $1', pid)) === 'idle',
  );
  expect(answered).toBe(false);
  nextAsked = Promise.withResolvers();
  asked[0]!.answer.resolve();
  // CommandComplete, then ReadyForQuery.
  await nextAsked.promise;
  asked[1]!.answer.resolve();
  await insert;
  standby.release();
});

test.each([
  ['one statement', 'insert into t values (3)'],
  ['a transaction in one message', 'begin; insert into t values (3); commit'],
])('a commit whose wait somebody ended is acknowledged when it is certified: %s', async (_, sql) => {
  const before = parseLsn((await one('select pg_current_wal_flush_lsn()::text as x')) as string);
  let answered = false;
  const insert = client.query(sql).then(() => {
    answered = true;
  });
  const pid = pidOf(client);
  await waitsForStandby(pid);
  await one('select pg_cancel_backend($1) as x', pid);
  await nextAsked.promise;
  expect(asked[0]!.lsn).toBeGreaterThan(before);
  // The engine is done with it, and others see it.
  await until(
    async () => (await one('select state as x from pg_stat_activity where pid = $1', pid)) === 'idle',
  );
  expect(await one('select count(*)::int as x from t where n = 3')).toBe(1);
  // Another connection, through the same proxy, is answered meanwhile.
  const other = await world.connect();
  await other.query('select 1');
  await other.end();
  expect(answered).toBe(false);
  asked[0]!.answer.resolve();
  await insert;
  expect(notices).toEqual([]);
  standby.release();
  await client.query('delete from t where n = 3');
});

test('a commit that can no longer be certified is never acknowledged', async () => {
  const insert = client.query('insert into t values (4)');
  const failed = expect(insert).rejects.toThrow('Connection terminated');
  const pid = pidOf(client);
  await waitsForStandby(pid);
  await one('select pg_cancel_backend($1) as x', pid);
  await nextAsked.promise;
  asked[0]!.answer.reject(new Error('the lease is lost'));
  await failed;
});

test('a held connection that is cut says nothing of its commit', async () => {
  const raw = new RawClient({ host: '127.0.0.1', port: world.port });
  raw.send(startup(0, { user: 'raw', database: 'postgres' }));
  const pid = (await raw.logInByMd5('raw', 'x')).find(({ type }) => type === 'K')!.body.readUInt32BE(0);
  raw.send(typed('Q', 'insert into t values (5)\0'));
  await waitsForStandby(pid);
  await one('select pg_cancel_backend($1) as x', pid);
  await nextAsked.promise;
  world.proxy.removeRoute(instance, 'the engine stops');
  expect(await raw.rest()).toHaveLength(0);
  world.proxy.setRoute(world.route);
});

test('a session that is terminated while it waits ends', async () => {
  const insert = client.query('insert into t values (6)');
  const failed = expect(insert).rejects.toThrow();
  const pid = pidOf(client);
  await waitsForStandby(pid);
  await one('select pg_terminate_backend($1) as x', pid);
  await failed;
  expect(asked).toEqual([]);
});
