/** express-session with connect-redis on node-redis, in a server of node:http. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { RedisStore } from 'connect-redis';
import session from 'express-session';
import { createClient } from 'redis';
import { expect, it } from 'vitest';
import { redisSuite } from './suite.ts';

const suite = redisSuite();

type Visited = session.Session & { visits?: number; user?: string };

/** A site that counts visits; gives its address. */
async function site(): Promise<string> {
  const client = createClient({
    socket: { host: '127.0.0.1', port: suite.port, reconnectStrategy: () => 50 },
  });
  client.on('error', () => undefined);
  await client.connect();
  const sessions = session({
    store: new RedisStore({ client, prefix: 'session:', ttl: 600 }),
    secret: 'only of this test',
    resave: false,
    saveUninitialized: false,
  });
  const server = createServer((request: IncomingMessage, response: ServerResponse) => {
    sessions(request as never, response as never, (error?: unknown) => {
      if (error !== undefined) return void response.writeHead(500).end(String(error));
      const own = (request as unknown as { session: Visited }).session;
      if (request.url === '/logout') return own.destroy(() => response.end('bye'));
      own.visits = (own.visits ?? 0) + 1;
      own.user ??= 'Zoë \u{1F600}';
      response.end(JSON.stringify({ visits: own.visits, user: own.user }));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  suite.later(() => client.destroy());
  suite.later(() => new Promise((resolve) => server.close(resolve).closeAllConnections()));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

it('keeps a session over requests and over a SIGKILL of the gateway, until the visitor logs out', async () => {
  const address = await site();
  const first = await fetch(address);
  expect(await first.json()).toEqual({ visits: 1, user: 'Zoë \u{1F600}' });
  const headers = { cookie: (first.headers.get('set-cookie') as string).split(';')[0] as string };
  const visit = async (path = '/') => (await fetch(`${address}${path}`, { headers })).text();
  expect(JSON.parse(await visit()).visits).toBe(2);
  expect(JSON.parse(await (await fetch(address)).text()).visits).toBe(1);

  const client = suite.connect();
  const keys = await client.keys('session:*');
  expect(keys).toHaveLength(2);
  expect(await client.ttl(keys[0] as string)).toBeGreaterThan(500);

  await suite.killAndRestart();
  expect(JSON.parse(await visit()).visits).toBe(3);
  expect(await visit('/logout')).toBe('bye');
  expect(await client.keys('session:*')).toHaveLength(1);
  expect(JSON.parse(await visit()).visits).toBe(1);
});

it('lists, touches and clears what a store holds', async () => {
  const client = createClient({ RESP: 3, socket: { host: '127.0.0.1', port: suite.port } });
  await client.connect();
  suite.later(() => client.destroy());
  const store = new RedisStore({ client, prefix: 'many:', ttl: 60, scanCount: 10 });
  const cookie = { originalMaxAge: 30_000, expires: new Date(Date.now() + 30_000) };
  const data = { cookie, n: 1 } as unknown as session.SessionData;
  await Promise.all(Array.from({ length: 50 }, (_, i) => store.set(`s${i}`, data)));
  expect(await store.length()).toBe(50);
  expect(new Set(await store.ids())).toEqual(new Set(Array.from({ length: 50 }, (_, i) => `s${i}`)));
  expect(await store.get('s7')).toMatchObject({ n: 1 });
  await store.touch('s7', { cookie: { expires: new Date(Date.now() + 500_000) } } as never);
  expect(await client.ttl('many:s7')).toBeGreaterThan(400);
  await store.clear();
  expect(await store.length()).toBe(0);
});
