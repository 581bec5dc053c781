import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import type { ListenerSpec, Service } from '@hypergate/kit';
import { pino } from 'pino';
import { afterEach, expect, test } from 'vitest';
import { loadSettings } from '../config/load.ts';
import { isLoopback, listenAddresses, reachableHost } from '../listeners/addresses.ts';
import { FurtherListeners } from '../listeners/further-listeners.ts';
import { closeAll, openPort } from '../listeners/ports.ts';
import { openServiceListeners } from '../listeners/service-listeners.ts';

const logger = pino({ level: 'silent' });
const open: Server[] = [];

afterEach(async () => closeAll(open.splice(0)));

const request = { name: 'Redis', flag: '--redis-port', host: '127.0.0.1', port: 0, mayMove: false };

async function opened(options: Partial<typeof request>) {
  const result = await openPort({ ...request, ...options }, () => createServer());
  open.push(...result.servers);
  return result;
}

const portOf = (server: Server) => (server.address() as AddressInfo).port;
const addressOf = (server: Server) => (server.address() as AddressInfo).address;

test('loopback listens in both families on one port', async () => {
  const { servers, port } = await opened({});
  expect(servers.map(portOf)).toEqual(servers.map(() => port));
  expect(servers.map(addressOf)).toEqual(['127.0.0.1', '::1'].slice(0, servers.length));
});

test('a busy port that may move goes to the next free one and says so', async () => {
  const busy = await opened({});
  const moved = await opened({ port: busy.port, mayMove: true });
  expect(moved.port).toBeGreaterThan(busy.port);
  expect(moved.moved).toBe(`port ${busy.port} is busy: Redis listens on ${moved.port} instead`);
});

test('a busy port that was asked for stops with one line', async () => {
  const busy = await opened({});
  await expect(opened({ port: busy.port })).rejects.toThrow(
    `port ${busy.port} for Redis is busy: stop what uses it, or choose another with --redis-port`,
  );
});

test('a port that is busy in the second family only is busy, and the first is given back', async () => {
  const probe = await opened({});
  const { port } = probe;
  await closeAll(open.splice(0));
  const other = createServer().listen({ host: '::1', port });
  const listening = await once(other, 'listening').then(
    () => true,
    () => false,
  );
  if (listening) {
    open.push(other);
    await expect(opened({ port })).rejects.toThrow('is busy');
    const first = createServer().listen({ host: '127.0.0.1', port });
    await once(first, 'listening');
    open.push(first);
  } else {
    // A machine without IPv6: the port is simply opened in the only family.
    expect((await opened({ port })).servers).toHaveLength(1);
  }
});

test('an address of another machine is refused in one line', async () => {
  await expect(opened({ host: '192.0.2.1' })).rejects.toThrow(
    /^cannot listen on 192\.0\.2\.1 .*not one of this machine/,
  );
});

test.each([
  ['127.0.0.1', true],
  ['127.1.2.3', true],
  ['::1', true],
  ['0:0:0:0:0:0:0:1', true],
  ['::ffff:127.0.0.1', true],
  ['localhost', true],
  ['0.0.0.0', false],
  ['::', false],
  ['128.0.0.1', false],
  ['127.0.0.1.example.com', false],
  ['::2', false],
  ['', false],
])('%s is loopback: %s', (host, expected) => expect(isLoopback(host)).toBe(expected));

test('addresses that are listened on and printed', () => {
  expect(listenAddresses('localhost')).toEqual(['127.0.0.1', '::1']);
  expect(listenAddresses('0.0.0.0')).toEqual(['0.0.0.0']);
  expect(reachableHost('0.0.0.0')).toBe('127.0.0.1');
  expect(reachableHost('::1')).toBe('[::1]');
  expect(reachableHost('10.0.0.1')).toBe('10.0.0.1');
});

function serviceWith(listener: ListenerSpec): Service {
  return {
    name: 'redis',
    protocol: 'redis',
    listeners: [listener],
    tables: [],
    start: async () => undefined,
    drain: async () => undefined,
    stop: async () => undefined,
    health: () => ({ ready: true }),
    reset: async () => undefined,
  };
}

test('a service with a port of its own gets its connections, and loses them when closed', async () => {
  const settings = loadSettings({ flags: { redisPort: '0' }, env: {}, folder: '/' });
  const service = serviceWith({
    name: 'redis',
    portSetting: 'redisPort',
    accept: (socket, tls) => socket.write(`hello ${tls}`),
  });
  const listeners = await openServiceListeners([service], settings, undefined, logger);
  const socket = connect(listeners.opened[0]!.port, '127.0.0.1');
  const [data] = (await once(socket, 'data')) as [Buffer];
  expect(data.toString()).toBe('hello false');
  listeners.stopAccepting();
  const ended = once(socket, 'close');
  await listeners.close();
  await ended;
});

test.each([
  { name: 'a listener that hands sockets over', spec: { handsOver: true } },
  { name: 'a listener that decides when it reads', spec: { isPaused: true } },
])('$name gets them paused, with nothing read from them', async ({ spec }) => {
  const settings = loadSettings({ flags: { redisPort: '0' }, env: {}, folder: '/' });
  const accepted = Promise.withResolvers<Socket>();
  const service = serviceWith({
    name: 'redis',
    portSetting: 'redisPort',
    ...spec,
    accept: (socket) => accepted.resolve(socket),
  });
  const listeners = await openServiceListeners([service], settings, undefined, logger);
  const socket = connect(listeners.opened[0]!.port, '127.0.0.1', () => socket.write('first bytes'));
  const given = await accepted.promise;
  expect(given.isPaused()).toBe(true);
  expect(given.bytesRead).toBe(0);
  const read = once(given, 'data') as Promise<[Buffer]>;
  given.resume();
  expect((await read)[0].toString()).toBe('first bytes');
  await listeners.close();
});

test('a default port moves, the same port given by the user does not', async () => {
  const busy = await opened({});
  const defaults = loadSettings({ flags: {}, env: {}, folder: '/' });
  const spec = { name: 'redis', portSetting: 'redisPort', accept: () => undefined };
  const values = { ...defaults.values, redisPort: busy.port };
  const moved = await openServiceListeners([serviceWith(spec)], { ...defaults, values }, undefined, logger);
  expect(moved.opened[0]!.port).toBeGreaterThan(busy.port);
  await moved.close();
  const set = loadSettings({ flags: { redisPort: String(busy.port) }, env: {}, folder: '/' });
  await expect(openServiceListeners([serviceWith(spec)], set, undefined, logger)).rejects.toThrow(
    '--redis-port',
  );
});

test('a service hears which port its listener got', async () => {
  const settings = loadSettings({ flags: { redisPort: '0' }, env: {}, folder: '/' });
  const ports: number[] = [];
  const spec = {
    name: 'redis',
    portSetting: 'redisPort',
    accept: () => undefined,
    opened: (port: number) => void ports.push(port),
  };
  const listeners = await openServiceListeners([serviceWith(spec)], settings, undefined, logger);
  expect(ports).toEqual([listeners.opened[0]!.port]);
  await listeners.close();
});

test('a port opened while the gateway runs gives paused connections, and can be closed without them', async () => {
  const further = new FurtherListeners('127.0.0.1');
  const accepted = Promise.withResolvers<Socket>();
  const opened = await further.open({ name: 'db', port: 0, accept: (socket) => accepted.resolve(socket) });
  const spec = { name: 'db', port: opened.port, accept: () => undefined };
  await expect(further.open(spec)).rejects.toThrow(`port ${opened.port} for db is busy`);
  const client = connect(opened.port, '127.0.0.1');
  const given = await accepted.promise;
  expect(given.isPaused()).toBe(true);
  const closed = opened.close();
  given.write('still here');
  const [data] = (await once(client, 'data')) as [Buffer];
  expect(data.toString()).toBe('still here');
  const cut = once(client, 'close');
  further.close();
  await Promise.all([cut, closed]);
  await expect(further.open(spec)).rejects.toThrow('the gateway stops');
});
