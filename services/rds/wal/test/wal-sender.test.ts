/** Stock hot standbys that follow an instance's log out of the hypergraph, while its engine lives and after it is gone. */
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type PlainEngine, serverFolder, startPlainEngine } from '../../test/support/plain-engine.ts';
import { openStore, type StoreWorld } from '../../test/support/store.ts';
import { openLog } from '../../test/support/wal.ts';
import { ReplicationClient, ServerRefusal } from '../replication-client.ts';
import { query, startup, status } from '../replication-messages.ts';
import type { WalLog } from '../wal-log.ts';
import { WalReceiver } from '../wal-receiver.ts';
import { WalSender } from '../wal-sender.ts';

const password = 'a random one';
const parameters = { synchronous_standby_names: 'hypergate', max_wal_senders: '5' };
const nobody = { uid: 65534, gid: 65534 };
const cleanUp: (() => Promise<unknown>)[] = [];
let world: StoreWorld;
let log: WalLog;
let primary: PlainEngine;
let receiver: WalReceiver;
let sender: WalSender;
let socketDir: string;
let first: PlainEngine;
let second: PlainEngine;

async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await isSo())) await delay(10);
}

function receive(engine: PlainEngine): WalReceiver {
  const { socketDir, port } = engine;
  const slot = { slot: 'hypergate', applicationName: 'hypergate', user: 'rdsadmin', password: '' };
  const options = { log, socketDir, port, ...slot };
  return new WalReceiver(options, {
    clock: Date,
    delay: async (_, signal) => void (await delay(5, undefined, { signal })),
  });
}

async function startStandby(copy: string): Promise<PlainEngine> {
  writeFileSync(join(copy, 'standby.signal'), '');
  const primaryInfo = `host=${socketDir} port=5432 user=rdsadmin password='${password}' application_name=${copy.split('/').at(-1)}`;
  const engine = await startPlainEngine({
    dataDir: copy,
    parameters: { ...parameters, primary_conninfo: primaryInfo, wal_retrieve_retry_interval: '50ms' },
  });
  cleanUp.push(() => engine.remove());
  return engine;
}

async function rowsOf(engine: PlainEngine): Promise<number[]> {
  const client = await engine.connect();
  try {
    return (await client.query<{ n: number }>('select n from t order by n')).rows.map(({ n }) => n);
  } finally {
    await client.end();
  }
}

async function write(engine: PlainEngine, sql: string): Promise<void> {
  const client = await engine.connect();
  await client.query(sql);
  await client.end();
}

beforeAll(async () => {
  world = await openStore();
  cleanUp.push(() => world.close());
  log = await openLog(world.store);
  cleanUp.push(() => log.close());
  const initial = await startPlainEngine({ parameters });
  cleanUp.push(() => initial.remove());
  receiver = receive(initial);
  cleanUp.push(() => receiver.stop());
  await write(initial, 'create table t (n int)');
  await initial.stop('SIGINT');
  await receiver.finished;
  const copies = ['first', 'second'].map((name) => join(initial.root, name));
  for (const copy of copies) spawnSync('cp', ['-a', initial.dataDir, copy]);
  primary = await startPlainEngine({ dataDir: initial.dataDir, parameters });
  cleanUp.push(() => primary.remove());
  receiver = receive(primary);
  await receiver.attached;

  const folder = serverFolder('hg-ws-');
  socketDir = join(folder, 's');
  const owner = process.getuid?.() === 0 ? { owner: nobody } : {};
  sender = await WalSender.listen({
    ...{ log, clock: Date, systemId: receiver.systemId!, serverVersion: '15.18', user: 'rdsadmin', password },
    ...{ socketDir, port: 5432, ...owner },
  });
  cleanUp.push(async () => spawnSync('rm', ['-r', folder]));
  cleanUp.push(() => sender.close());
  [first, second] = (await Promise.all(copies.map(startStandby))) as [PlainEngine, PlainEngine];
});

afterAll(async () => {
  for (const clean of cleanUp.reverse()) await clean();
});

it('hot standbys attach and follow', async () => {
  await write(primary, 'insert into t select generate_series(1, 3)');
  await write(primary, "create table big as select n, repeat('x', 500) from generate_series(1, 20000) n");
  for (const standby of [first, second]) {
    await until(async () => (await rowsOf(standby)).length === 3);
    expect(await rowsOf(standby)).toEqual([1, 2, 3]);
  }
  expect(
    sender
      .standbys()
      .map(({ applicationName }) => applicationName)
      .sort(),
  ).toEqual(['first', 'second']);
});

it('what a standby has not written down is still needed, the rest is not', async () => {
  await until(() => sender.neededFrom() === log.certified);
  expect(sender.standbys()).toMatchObject([{ flushed: log.certified }, { flushed: log.certified }]);
});

it('a login needs the password, and standbys alone are let in', async () => {
  const options = { host: socketDir, port: 5432, user: 'rdsadmin', database: 'postgres' };
  const wrong = new Client({ ...options, password: 'wrong', replication: 'true' } as never);
  await expect(wrong.connect()).rejects.toMatchObject({ code: '28P01' });
  const plain = new Client({ ...options, password });
  await expect(plain.connect()).rejects.toMatchObject({ code: '28000' });
});

it('answers what it knows and refuses what it does not', async () => {
  const options = { host: socketDir, port: 5432, user: 'rdsadmin', password, replication: 'true' };
  const client = new Client(options as never);
  await client.connect();
  const ask = async (sql: string) => (await client.query(sql)).rows as unknown[];
  expect(await ask('IDENTIFY_SYSTEM')).toMatchObject([{ systemid: receiver.systemId, timeline: '1' }]);
  expect(await ask('SHOW wal_segment_size')).toEqual([{ wal_segment_size: '16MB' }]);
  await client.query('CREATE_REPLICATION_SLOT "kept" PHYSICAL RESERVE_WAL');
  const keptFrom = sender.neededFrom();
  await write(primary, 'insert into t values (4)');
  await until(() => sender.standbys().every(({ flushed }) => flushed === log.certified));
  expect(sender.neededFrom()).toBe(keptFrom);
  for (const [sql, code] of [
    ['CREATE_REPLICATION_SLOT "kept" PHYSICAL', '42710'],
    ['START_REPLICATION SLOT "none" 0/1000000 TIMELINE 1', '42704'],
    ['START_REPLICATION 0/1000000 TIMELINE 9', 'XX000'],
    ['START_REPLICATION FFFFFFFF/0 TIMELINE 1', 'XX000'],
    ['TIMELINE_HISTORY 9', '58P01'],
    ['SHOW __proto__', '42704'],
    ['select 1', '42601'],
  ] as const)
    await expect(client.query(sql)).rejects.toMatchObject({ code });
  await client.query('DROP_REPLICATION_SLOT "kept"');
  await expect(client.query('DROP_REPLICATION_SLOT "kept"')).rejects.toMatchObject({ code: '42704' });
  await until(() => sender.neededFrom() === log.certified);
  await client.end();
});

describe('before the login', () => {
  const user = { user: 'rdsadmin', replication: 'true' };
  it.each([
    ['a first message that is too long', Buffer.from([0, 0, 0xff, 0xff, 0, 3, 0, 0])],
    ['a first message of nothing', Buffer.from([0, 0, 0, 4])],
    ['a length that is none', Buffer.from([0, 0, 0, 3])],
    ['another protocol', Buffer.from([0, 0, 0, 8, 0, 2, 0, 0])],
    ['a request to cancel', Buffer.from([0, 0, 0, 16, 4, 210, 22, 46, 0, 0, 0, 0, 0, 0, 0, 0])],
    ['requests for encryption without end', Buffer.from('0000000804d2162f'.repeat(4), 'hex')],
    ['a command in the place of the password', Buffer.concat([startup(user), query('IDENTIFY_SYSTEM')])],
    ['the log in the place of the password', Buffer.concat([startup(user), status(1, 0)])],
    ['a message that is too long', Buffer.concat([startup(user), Buffer.from('pzzzzzzzzz')])],
  ])('%s ends the connection, and nothing is told', async (_, bytes) => {
    const socket = connect(join(socketDir, '.s.PGSQL.5432'));
    let heard = '';
    socket.setEncoding('latin1').on('data', (text) => {
      heard += text;
    });
    socket.write(bytes);
    await once(socket, 'close');
    expect(heard).not.toContain(receiver.systemId);
    expect(heard).not.toContain('server_version');
  });
});

it('a standby is promoted when the primary is gone, the others follow its timeline through the log', async () => {
  await primary.stop('SIGKILL');
  await receiver.stop();
  await until(() => sender.standbys().every(({ flushed }) => flushed === log.certified));
  const promoter = await first.connect();
  await promoter.query('select pg_promote()');
  await promoter.end();
  receiver = receive(first);
  await receiver.attached;
  expect(log.timeline).toBe(2);
  await write(first, 'insert into t values (5)');
  await until(async () => (await rowsOf(second)).includes(5));
  expect(await rowsOf(second)).toEqual([1, 2, 3, 4, 5]);
  await until(() => sender.standbys().some(({ timeline }) => timeline === 2));
});

it('what is not the protocol ends a connection', async () => {
  const target = { socketDir, port: 5432, user: 'rdsadmin', password, applicationName: 'x' };
  // This client does not give its password away: the sender wants it in clear.
  await expect(ReplicationClient.open(target)).rejects.toThrow('no way to log in');
  await expect(ReplicationClient.open({ ...target, user: 'other' })).rejects.toThrow(ServerRefusal);
});
