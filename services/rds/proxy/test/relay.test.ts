import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readFields } from '../../wire/message-reader.ts';
import { RawClient, startup, typed } from './support/raw-client.ts';
import { instance, openWorld, password, type World } from './support/world.ts';

let world: World;
beforeAll(async () => {
  world = await openWorld({ hasPort: false });
  world.handlers.find = () => instance;
  await world.admin.query("set password_encryption = 'md5'");
  await world.admin.query(`create role raw login password '${password}'`);
});
afterAll(() => world.close());

async function until(condition: () => Promise<boolean> | boolean): Promise<void> {
  while (!(await condition())) await delay(5);
}

async function backends(): Promise<number> {
  const { rows } = await world.admin.query<{ n: number }>(
    "select count(*)::int as n from pg_stat_activity where backend_type = 'client backend' and usename <> 'rdsadmin'",
  );
  return rows[0]!.n;
}

async function rawClient(): Promise<RawClient> {
  const client = new RawClient({ host: '127.0.0.1', port: world.port });
  client.send(startup(0, { user: 'raw', database: 'postgres' }));
  await client.logInByMd5('raw', password);
  return client;
}

describe.each([
  ['plain', {}],
  ['encrypted', { ssl: { rejectUnauthorized: false } }],
])('%s', (_, config) => {
  test('large values pass both ways unchanged', async () => {
    const client = await world.connect(config);
    const value = randomBytes(4 * 1024 * 1024);
    const { rows } = await client.query<{ v: Buffer; n: number }>(
      'select $1::bytea as v, n from generate_series(1, 3) n',
      [value],
    );
    expect(rows.map(({ v, n }) => [v.equals(value), n])).toEqual([
      [true, 1],
      [true, 2],
      [true, 3],
    ]);
    await client.end();
  });

  test('statements that were prepared, notifications and notices belong to their connection', async () => {
    const [one, other] = await Promise.all([world.connect(config), world.connect(config)]);
    const heard: unknown[] = [];
    one.on('notification', ({ payload, processId }) => heard.push([payload, processId]));
    one.on('notice', ({ message }) => heard.push(message));
    await one.query('listen news');
    const [first, second] = await Promise.all([
      one.query({ name: 'same', text: 'select 1 as n' }),
      other.query({ name: 'same', text: 'select 2 as n' }),
    ]);
    expect([first.rows, second.rows]).toEqual([[{ n: 1 }], [{ n: 2 }]]);
    await other.query("notify news, 'hello'");
    await one.query("do $$ begin raise notice 'mind the gap'; end $$");
    await until(() => heard.length === 2);
    expect(heard).toContainEqual(['hello', pidOf(other)]);
    expect(heard).toContain('mind the gap');
    await Promise.all([one.end(), other.end()]);
  });
});

const pidOf = (client: Client) => (client as unknown as { processID: number }).processID;

test('an answer that nobody takes stops the engine and is not gathered', async () => {
  const client = await rawClient();
  client.socket.pause();
  client.send(typed('Q', "select repeat('x', 1000000) from generate_series(1, 200)\0"));
  // The engine waits until its bytes are taken: some of 200 MB are on their way, not all.
  await until(async () => {
    const { rows } = await world.admin.query<{ event: string }>(
      "select wait_event as event from pg_stat_activity where usename = 'raw'",
    );
    return rows[0]?.event === 'ClientWrite';
  });
  client.socket.resume();
  const answers = await client.answersTo('Z');
  expect(answers.filter(({ type }) => type === 'D')).toHaveLength(200);
  client.destroy();
});

test('rows that are copied in wait for the engine', async () => {
  await world.admin.query('create table copied (line text); grant all on copied to public');
  await world.admin.query('begin; lock table copied in access exclusive mode');
  const client = await rawClient();
  client.send(typed('Q', 'copy copied from stdin\0'));
  const line = typed('d', `${'y'.repeat(100_000)}\n`);
  let taken = 0;
  for (let count = 0; count < 300; count++) client.socket.write(line, () => taken++);
  client.send(typed('c', ''), typed('Q', 'select count(*) from copied\0'));
  // The engine has read nothing of the 30 MB; what passed is in the systems' buffers and the proxy's.
  const pid = await waitsForLock();
  expect(pid).toBeGreaterThan(0);
  expect(taken).toBeLessThan(300);
  await world.admin.query('commit');
  await client.answersTo('Z');
  const rows = (await client.answersTo('Z')).filter(({ type }) => type === 'D');
  expect(rows[0]?.body.subarray(6).toString()).toBe('300');
  client.destroy();
});

async function waitsForLock(): Promise<number> {
  for (;;) {
    const { rows } = await world.admin.query<{ pid: number }>(
      "select pid from pg_stat_activity where usename = 'raw' and wait_event_type = 'Lock'",
    );
    if (rows.length > 0) return rows[0]!.pid;
  }
}

test('a client that sends nothing more still gets its answers', async () => {
  const client = await rawClient();
  client.socket.end(typed('Q', "select 'last words'\0"));
  expect((await client.rest()).latin1Slice()).toContain('last words');
});

test('a client that disappears takes its session along', async () => {
  await until(async () => (await backends()) === 0);
  const client = await rawClient();
  expect(await backends()).toBe(1);
  client.socket.resetAndDestroy();
  await until(async () => (await backends()) === 0);
});

test('a session that the engine ends tells its client why', async () => {
  const client = await rawClient();
  await world.admin.query("select pg_terminate_backend(pid) from pg_stat_activity where usename = 'raw'");
  const { type, body } = await client.answer();
  expect([type, readFields(body).get('C')]).toEqual(['E', '57P01']);
  expect(await client.rest()).toHaveLength(0);
});

describe('routes', () => {
  test('more connections than the instance has are refused', async () => {
    await until(async () => (await backends()) === 0);
    world.proxy.setRoute({ ...world.route, connectionsMax: 1 });
    const client = await world.connect();
    await expect(world.connect()).rejects.toMatchObject({
      code: '53300',
      message: 'sorry, too many clients already',
    });
    await client.end();
    await until(async () => (await backends()) === 0);
    world.proxy.setRoute(world.route);
    await (await world.connect()).end();
  });

  test('what connections do is reported', async () => {
    await until(() => world.usage.at(-1)?.count === 0);
    const client = await world.connect();
    await until(() => world.usage.at(-1)?.count === 1);
    const { activeMs } = world.usage.at(-1)!;
    expect(activeMs).toBeLessThanOrEqual(Date.now());
    const reports = world.usage.length;
    await client.query('select 1');
    await until(() => world.usage.length > reports);
    expect(world.usage.at(-1)!.activeMs).toBeGreaterThan(activeMs);
    await client.end();
    await until(() => world.usage.at(-1)?.count === 0);
  });

  test('a route that is removed cuts its connections, and the next one wakes the instance', async () => {
    const client = await rawClient();
    world.proxy.removeRoute(instance, 'the engine stops');
    const { type, body } = await client.answer();
    const fields = readFields(body);
    expect([type, fields.get('C'), fields.get('M'), fields.get('D')]).toEqual([
      'E',
      '57P01',
      'terminating connection due to administrator command',
      'the engine stops',
    ]);
    expect(await client.rest()).toHaveLength(0);
    world.handlers.wake = () => Promise.reject(new Error('the instance “orders” is stopped'));
    await expect(world.connect()).rejects.toMatchObject({
      code: '57P03',
      message: 'the instance “orders” is stopped',
    });
    const woken: string[] = [];
    world.handlers.wake = async (which) => {
      woken.push(which);
      world.proxy.setRoute(world.route);
    };
    const next = await world.connect();
    expect(woken).toEqual([instance]);
    await next.end();
  });

  test('an engine that cannot be reached is starting up', async () => {
    world.proxy.setRoute({ ...world.route, socketDir: '/nonexistent' });
    await expect(world.connect()).rejects.toMatchObject({ code: '57P03' });
    world.proxy.setRoute(world.route);
    await (await world.connect()).end();
  });

  test('the name in the handshake chooses the instance', async () => {
    const names: (string | undefined)[] = [];
    world.handlers.find = (name) => {
      names.push(name);
      return name === 'orders.example.com' ? instance : undefined;
    };
    const ssl = { rejectUnauthorized: false, servername: 'orders.example.com' };
    await (await world.connect({ ssl })).end();
    await expect(world.connect({ ssl: { ...ssl, servername: 'other.example.com' } })).rejects.toMatchObject({
      code: '57P03',
    });
    await expect(world.connect()).rejects.toMatchObject({ code: '57P03' });
    expect(names).toEqual(['orders.example.com', 'other.example.com', undefined]);
    world.handlers.find = () => instance;
  });
});

test('the administrator`s connection is made again when it broke', async () => {
  await (await world.connect()).end();
  await world.admin.query(
    "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'rdsadmin'",
  );
  await (await world.connect()).end();
});
