/** The synchronous standby of a real engine, over a real log. One engine for all of it. */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Client } from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import {
  formatLsn,
  type Lsn,
  parseLsn,
  walFileName,
  walFileStart,
  walSegmentBytes,
} from '../../model/lsn.ts';
import { type Gate, gatedStore } from '../../test/support/gated-store.ts';
import { type PlainEngine, startPlainEngine } from '../../test/support/plain-engine.ts';
import { openStore, type StoreWorld } from '../../test/support/store.ts';
import { openLog, readAll } from '../../test/support/wal.ts';
import type { WalLog } from '../wal-log.ts';
import { ForeignEngine, WalReceiver, type WalReceiverOptions } from '../wal-receiver.ts';

const password = 'only for this test';
const parameters = {
  synchronous_standby_names: 'hypergate',
  max_wal_senders: '5',
  checkpoint_timeout: '1h',
};
const hba = 'local replication all scram-sha-256\nlocal all all trust\n';
/** Those whose folders go at the end. */
const engines: PlainEngine[] = [];
let base: string;
let shutdownEnd: Lsn;
let world: StoreWorld;
let gate: Gate;
let engine: PlainEngine;
let log: WalLog;
let receiver: WalReceiver;
let admin: Client;
const attachments: boolean[] = [];

function receive(options: Partial<WalReceiverOptions> = {}): WalReceiver {
  const { socketDir, port } = engine;
  return new WalReceiver(
    {
      ...{
        log,
        socketDir,
        port,
        user: 'rdsadmin',
        password,
        slot: 'hypergate',
        applicationName: 'hypergate',
      },
      ...options,
    },
    {
      clock: Date,
      delay: async (_, signal) => void (await delay(5, undefined, { signal })),
      onAttached: (attached) => attachments.push(attached),
    },
  );
}

/** Whoever waits for the standby, at this moment. */
async function waiters(): Promise<number> {
  const sql = "select count(*)::int as n from pg_stat_activity where wait_event = 'SyncRep'";
  return (await admin.query<{ n: number }>(sql)).rows[0]!.n;
}

async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await isSo())) await delay(5);
}

async function position(): Promise<Lsn> {
  const { rows } = await admin.query<{ lsn: string }>('select pg_current_wal_flush_lsn() as lsn');
  return parseLsn(rows[0]!.lsn);
}

/** The log is byte for byte what the engine has in its files. */
async function expectSameBytes(to: Lsn): Promise<void> {
  const [first] = log.history();
  for (let at = first!.start; at < to; at = walFileStart(at) + walSegmentBytes) {
    const end = Math.min(to, walFileStart(at) + walSegmentBytes);
    const path = join(engine.dataDir, 'pg_wal', walFileName(log.timeline, at));
    // A checkpoint gives files up that nothing needs any more, never the last one.
    if (end < to && !existsSync(path)) continue;
    const file = readFileSync(path);
    const there = file.subarray(at - walFileStart(at), end - walFileStart(at));
    expect((await readAll(log, at, end)).equals(there)).toBe(true);
  }
}

beforeAll(async () => {
  world = await openStore();
  const gated = gatedStore(world.store);
  gate = gated.gate;
  log = await openLog(gated.store);
  engine = await startPlainEngine({ parameters });
  admin = await engine.connect();
  await admin.query('set synchronous_commit = local');
  await admin.query(`alter role rdsadmin password '${password}'`);
  writeFileSync(join(engine.dataDir, 'pg_hba.conf'), hba);
  await admin.query('select pg_reload_conf()');
  receiver = receive();
  await receiver.attached;
  await admin.query('create table t (n int)');
});

afterAll(async () => {
  gate?.open();
  await admin?.end().catch(() => undefined);
  await receiver?.stop();
  await engine?.remove();
  for (const each of engines) await each.remove();
  await log?.close();
  await world?.close();
});

it('a commit returns when it is certified, and not before', async () => {
  const client = await engine.connect();
  gate.close();
  let isBack = false;
  const committed = client.query('insert into t values (1)').then(() => {
    isBack = true;
  });
  await until(async () => (await waiters()) === 1);
  expect(isBack).toBe(false);
  expect((await admin.query('select * from t')).rowCount).toBe(0);
  gate.open();
  await committed;
  expect((await admin.query('select * from t')).rowCount).toBe(1);
  const { rows } = await admin.query('select application_name, sync_state from pg_stat_replication');
  expect(rows).toEqual([{ application_name: 'hypergate', sync_state: 'sync' }]);
  await client.end();
});

it('commits that arrive while a round is on its way share the next one', async () => {
  const clients = await Promise.all(Array.from({ length: 8 }, () => engine.connect()));
  gate.close();
  const asked = gate.next();
  const commits = clients.map((client, n) => client.query('insert into t values ($1)', [100 + n]));
  await asked;
  await until(async () => (await waiters()) === clients.length);
  const { rounds } = log.stats;
  gate.open();
  await Promise.all(commits);
  expect(log.stats.rounds - rounds).toBeLessThanOrEqual(4);
  await Promise.all(clients.map((client) => client.end()));
});

it('what the engine wrote is in the log byte for byte, also a bulk load', async () => {
  const client = await engine.connect();
  await client.query(
    `create table big as select n, repeat('x', 500) as text from generate_series(1, 40000) n`,
  );
  await client.end();
  const to = await position();
  await until(() => log.certified >= to);
  await expectSameBytes(to);
});

it('a dropped connection is made again, and nothing is lost or repeated', async () => {
  const before = attachments.length;
  await admin.query(`select pg_terminate_backend(pid) from pg_stat_replication`);
  const client = await engine.connect();
  await client.query('insert into t values (2)');
  expect(attachments.slice(before)).toEqual([false, true]);
  await client.end();
  const to = await position();
  await until(() => log.certified >= to);
  await expectSameBytes(to);
});

it('a wrong password is not tried again', async () => {
  const other = receive({ password: 'wrong' });
  expect(await other.finished).toMatchObject({ kind: 'failed', error: { code: '28P01' } });
});

it('an engine of another cluster is refused', async () => {
  const other = receive({ slot: 'other', systemId: '1' });
  expect(await other.finished).toMatchObject({ kind: 'failed', error: expect.any(ForeignEngine) });
});

it('after a fast shutdown all of the engine is in the log, the last checkpoint included', async () => {
  await admin.end();
  await engine.stop('SIGINT');
  const end = await receiver.finished;
  expect(end).toEqual({ kind: 'clean', timeline: 1, end: log.certified });
  await expectSameBytes(log.certified);
  shutdownEnd = log.certified;
  base = join(engine.root, 'base');
  spawnSync('cp', ['-a', engine.dataDir, base]);
});

it('every commit that was acknowledged before a kill is restored from the log', async () => {
  const first = engine;
  engines.push(first);
  engine = await startPlainEngine({ dataDir: first.dataDir, parameters });
  receiver = receive({ systemId: receiver.systemId! });
  await receiver.attached;
  const acknowledged: number[] = [];
  const enough = Promise.withResolvers<void>();
  const writers = Array.from({ length: 4 }, async (_, writer) => {
    const client = await engine.connect();
    for (let n = 1000 * (writer + 1); ; n++) {
      await client.query('insert into t values ($1)', [n]);
      if (acknowledged.push(n) >= 60) enough.resolve();
    }
  });
  const ends = Promise.allSettled(writers);
  await enough.promise;
  await engine.stop('SIGKILL');
  await ends;
  await receiver.stop();
  await log.settled();
  await log.close();
  engines.push(engine);
  log = await openLog(await world.takeOver());

  for (let at = walFileStart(shutdownEnd); at < log.certified; at += walSegmentBytes) {
    const file = Buffer.alloc(walSegmentBytes);
    const end = Math.min(log.certified, at + walSegmentBytes);
    (await readAll(log, at, end)).copy(file);
    writeFileSync(join(base, 'pg_wal', walFileName(1, at)), file);
  }
  writeFileSync(join(base, 'recovery.signal'), '');
  engine = await startPlainEngine({
    dataDir: base,
    parameters: { ...parameters, restore_command: '/bin/false' },
  });
  admin = await engine.connect();
  await until(async () => !(await admin.query<{ r: boolean }>('select pg_is_in_recovery() r')).rows[0]!.r);
  const there = new Set((await admin.query<{ n: number }>('select n from t')).rows.map(({ n }) => n));
  expect(acknowledged.filter((n) => !there.has(n))).toEqual([]);
});

it('the timeline that a restored engine begins is begun in the log, and its commits are certified there', async () => {
  receiver = receive({ systemId: receiver.systemId! });
  await receiver.attached;
  expect(log.timeline).toBe(2);
  const client = await engine.connect();
  await client.query('insert into t values (5)');
  await client.end();
  const to = await position();
  await until(() => log.certified >= to);
  const [, second] = log.history();
  const history = readFileSync(join(base, 'pg_wal', '00000002.history'), 'utf8');
  expect(history.startsWith(log.historyFileText(2).slice(0, 12))).toBe(true);
  expect(history).toContain(formatLsn(second!.start));
  // A file that a timeline begins in holds what its parent has before: read along the history it is the same.
  await expectSameBytes(to);
});
