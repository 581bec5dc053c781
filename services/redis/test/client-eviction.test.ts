/** `maxmemory-clients`: what counts, who goes and who stays. Through clients that are not ours, and sockets that only hold. */
import { once } from 'node:events';
import { connect as connectTcp, type Socket } from 'node:net';
import { Redis, type RedisOptions } from 'ioredis';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { serveEngine, type TestServer } from './serve.ts';

const kibibyte = 1024;
const mebibyte = 1024 * kibibyte;
let server: TestServer;
let ends: (() => void)[];
let admin: Redis;
beforeEach(async () => {
  server = await serveEngine();
  ends = [];
  admin = connect();
  await admin.call('CLIENT', 'NO-EVICT', 'ON');
});
afterEach(async () => {
  for (const end of ends) end();
  await server.close();
});

function connect(options: RedisOptions = {}): Redis {
  const client = new Redis({ port: server.port, host: '127.0.0.1', retryStrategy: null, ...options });
  client.on('error', () => undefined);
  ends.push(() => client.disconnect());
  return client;
}

const closing = (client: Redis) => new Promise((resolve) => client.once('close', resolve));

interface Holder {
  readonly socket: Socket;
  readonly port: number;
}

/** A connection that reads nothing of what it is sent. */
async function open(): Promise<Holder> {
  const socket = connectTcp(server.port, '127.0.0.1');
  socket.on('error', () => undefined);
  socket.pause();
  ends.push(() => socket.destroy());
  await once(socket, 'connect');
  return { socket, port: socket.localPort! };
}

const addresses = () =>
  [...server.engine.clients.values()].map(({ port }) => Number(port.address.split(':')[1]));
const isConnected = ({ port }: Holder) => addresses().includes(port);

async function info(field: string): Promise<number> {
  const text = await admin.info('everything');
  return Number(new RegExp(`^${field}:(\\d+)`, 'm').exec(text)![1]);
}

const memoryOf = async (holder: Holder): Promise<number> => {
  const lines = String(await admin.client('LIST')).split('\n');
  const line = lines.find((each) => each.includes(`addr=127.0.0.1:${holder.port} `));
  return line === undefined ? 0 : Number(/tot-mem=(\d+)/.exec(line)![1]);
};

/** Sends part of an argument of any length: it is held until the rest comes. */
async function hold(bytes: number): Promise<Holder> {
  const holder = await open();
  holder.socket.write(`*2\r\n$3\r\nGET\r\n$100000000\r\n${'x'.repeat(bytes)}`);
  await expect.poll(() => memoryOf(holder)).toBeGreaterThanOrEqual(bytes);
  return holder;
}

describe('what is held is counted, and the client that holds it goes', () => {
  const text = 'x'.repeat(10 * kibibyte);
  /** One step of each way to hold more and more. */
  const ways: Record<string, (socket: Socket, i: number) => void> = {
    'a command that is not complete': (socket, i) => {
      socket.write(i === 0 ? `*2\r\n$3\r\nGET\r\n$100000000\r\n${text}` : text);
    },
    'commands behind one that waits': (socket, i) => {
      socket.write(`${i === 0 ? 'BLPOP nothing 0\r\n' : ''}SET k ${text}\r\n`);
    },
    'commands queued by MULTI': (socket, i) => {
      socket.write(`${i === 0 ? 'MULTI\r\n' : ''}SET k ${text}\r\n`);
    },
    'many small commands queued by MULTI': (socket, i) => {
      socket.write(`${i === 0 ? 'MULTI\r\n' : ''}${'PING\r\n'.repeat(100)}`);
    },
    'watched keys': (socket, i) => void socket.write(`WATCH key:${i} ${text}${i}\r\n`),
    channels: (socket, i) => void socket.write(`SUBSCRIBE ${i}${text}\r\n`),
    patterns: (socket, i) => void socket.write(`PSUBSCRIBE ${i} a${i} b${i} c${i} ${text}${i}\r\n`),
    'prefixes of tracking': (socket, i) => {
      socket.write(`${i === 0 ? 'HELLO 3\r\n' : ''}CLIENT TRACKING ON BCAST PREFIX ${i}:${text}\r\n`);
    },
    'answers that are not taken': (socket) => void socket.write(`ECHO ${text.repeat(5)}\r\n`),
  };

  it.each(Object.keys(ways))('%s', async (name) => {
    await admin.config('SET', 'maxmemory-clients', '512kb', 'client-output-buffer-limit', 'pubsub 0 0 0');
    const bystander = await open();
    const holder = await open();
    for (let i = 0; isConnected(holder); i++) {
      if (!holder.socket.destroyed) ways[name]!(holder.socket, i);
      await admin.ping();
    }
    expect(await info('evicted_clients')).toBe(1);
    expect(isConnected(bystander)).toBe(true);
    expect(await info('connected_clients')).toBe(2);
  });

  it('messages for a subscriber that takes none', async () => {
    await admin.config('SET', 'maxmemory-clients', '2mb', 'client-output-buffer-limit', 'pubsub 0 0 0');
    const holder = await open();
    holder.socket.write('SUBSCRIBE news\r\n');
    await expect.poll(() => admin.pubsub('NUMSUB', 'news')).toEqual(['news', 1]);
    while (isConnected(holder)) await admin.publish('news', text);
    expect(await info('evicted_clients')).toBe(1);
  });

  it('as CLIENT LIST and INFO show it', async () => {
    const holder = await hold(300 * kibibyte);
    expect(await memoryOf(holder)).toBeLessThan(320 * kibibyte);
    const sum = await info('mem_clients_normal');
    expect(sum).toBeGreaterThan(300 * kibibyte);
    expect(sum).toBeLessThan(400 * kibibyte);
  });

  it('and what is given back counts no more', async () => {
    await admin.config('SET', 'maxmemory-clients', '2mb');
    const client = connect();
    for (let i = 0; i < 20; i++) {
      const transaction = client.multi();
      for (let j = 0; j < 10; j++) transaction.set('k', text);
      await transaction.exec();
      await client.watch('a', 'b');
      await client.unwatch();
      await client.get('k');
    }
    expect(await info('evicted_clients')).toBe(0);
    expect(await info('mem_clients_normal')).toBeLessThan(200 * kibibyte);
  });
});

describe('who goes', () => {
  it('the largest first, and no more than needed', async () => {
    const sizes = [700, 500, 300, 100].map((size) => size * kibibyte);
    const holders: Holder[] = [];
    for (const size of sizes) holders.push(await hold(size));
    const connected = () => holders.map(isConnected);
    await admin.config('SET', 'maxmemory-clients', '2mb');
    expect(connected()).toEqual([true, true, true, true]);
    await admin.config('SET', 'maxmemory-clients', '1200kb');
    await admin.ping();
    expect(connected()).toEqual([false, true, true, true]);
    await admin.config('SET', 'maxmemory-clients', '400kb');
    await admin.ping();
    expect(connected()).toEqual([false, false, false, true]);
    expect(await info('evicted_clients')).toBe(3);
  });

  it('not who is protected by CLIENT NO-EVICT, until it is no more', async () => {
    const client = connect();
    await client.call('CLIENT', 'NO-EVICT', 'ON');
    await admin.config('SET', 'maxmemory-clients', '200kb');
    const large = 'x'.repeat(300 * kibibyte);
    await client.call('MULTI');
    expect(await client.set('k', large)).toBe('QUEUED');
    expect(await client.set('k', large)).toBe('QUEUED');
    expect(await info('evicted_clients')).toBe(0);
    const other = await open();
    await expect.poll(() => isConnected(other)).toBe(false);
    await client.call('EXEC');
    expect(await client.call('CLIENT', 'NO-EVICT', 'OFF')).toBe('OK');
    const closed = closing(client);
    await client.call('MULTI');
    await client.set('k', large).catch(() => undefined);
    await closed;
    expect(await admin.strlen('k')).toBe(300 * kibibyte);
  });

  it('also who lowers the limit', async () => {
    const client = connect();
    await client.watch('x'.repeat(200 * kibibyte));
    const closed = closing(client);
    // Its answer may be lost.
    await client.config('SET', 'maxmemory-clients', '128kb').catch(() => undefined);
    await closed;
    expect(await admin.config('GET', 'maxmemory-clients')).toEqual(['maxmemory-clients', '131072']);
    expect(await info('evicted_clients')).toBe(1);
  });
});

describe('the limit', () => {
  it('may be a part of maxmemory', async () => {
    await admin.config('SET', 'maxmemory-clients', '1%');
    const holder = await hold(600 * kibibyte);
    await admin.ping();
    expect(isConnected(holder)).toBe(true);
    await admin.config('SET', 'maxmemory', '100mb');
    await admin.ping();
    expect(isConnected(holder)).toBe(true);
    await admin.config('SET', 'maxmemory', '50mb');
    await admin.ping();
    expect(isConnected(holder)).toBe(false);
  });

  it('is never so low that nobody could speak', async () => {
    await admin.config('SET', 'maxmemory-clients', 1);
    const client = connect();
    expect(await client.set('k', 'v')).toBe('OK');
    expect(await client.get('k')).toBe('v');
    await expect.poll(() => info('evicted_clients')).toBe(0);
    await admin.config('SET', 'maxmemory-clients', 0);
    const holder = await hold(2 * mebibyte);
    expect(isConnected(holder)).toBe(true);
  });
});
