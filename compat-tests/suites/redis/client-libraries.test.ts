/** ioredis and node-redis as they are: logins, transactions, channels, RESP3 with pushes and client-side caching. */
import { Redis } from 'ioredis';
import { createClient } from 'redis';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { pairSuite } from './suite.ts';

const pair = pairSuite();

describe.each(['hypergate', 'redis-server'])('%s', (name) => {
  let port: number;
  const ends: (() => unknown)[] = [];
  beforeEach(async () => {
    const known = name === 'hypergate' ? pair.ours : pair.theirs;
    port = known.options.port!;
    await known.flushall();
  });
  afterEach(() => {
    for (const end of ends.splice(0)) end();
  });

  const connect = (options: object = {}): Redis => {
    const client = new Redis({ host: '127.0.0.1', port, retryStrategy: null, ...options });
    client.on('error', () => undefined);
    ends.push(() => client.disconnect());
    return client;
  };
  const connectResp3 = async (options: object = {}) => {
    const client = createClient({
      RESP: 3,
      ...options,
      socket: { host: '127.0.0.1', port, reconnectStrategy: false },
    });
    client.on('error', () => undefined);
    await client.connect();
    ends.push(() => client.isOpen && client.destroy());
    return client;
  };

  it('runs transactions of ioredis, and fails those whose keys changed', async () => {
    const [a, b] = [connect(), connect()];
    expect(await a.multi().set('k', '1').get('k').exec()).toEqual([
      [null, 'OK'],
      [null, '1'],
    ]);
    await a.watch('k');
    await b.set('k', '2');
    expect(await a.multi().get('k').exec()).toBeNull();
    await expect(a.multi().call('nope').exec()).rejects.toThrow(/EXECABORT/);
  });

  it('delivers messages to ioredis in RESP2', async () => {
    const [subscriber, publisher] = [connect(), connect()];
    const heard: string[] = [];
    subscriber.on('message', (channel, message) => heard.push(`${channel} ${message}`));
    subscriber.on('pmessage', (pattern, channel, message) => heard.push(`${pattern} ${channel} ${message}`));
    expect(await subscriber.subscribe('a', 'b')).toBe(2);
    expect(await subscriber.psubscribe('*')).toBe(3);
    expect(await publisher.publish('a', 'x')).toBe(2);
    await expect.poll(() => heard).toEqual(['a x', '* a x']);
    expect(await subscriber.unsubscribe('a', 'b')).toBe(1);
    await expect(subscriber.get('k')).rejects.toThrow(/subscriber mode/);
  });

  it('delivers messages, also of shards, to node-redis in RESP3, which goes on with other commands', async () => {
    const subscriber = await connectResp3();
    const publisher = await connectResp3();
    const heard: string[] = [];
    await subscriber.subscribe('a', (message) => void heard.push(message));
    await subscriber.sSubscribe('s', (message) => void heard.push(message));
    expect(await subscriber.set('k', 'v')).toBe('OK');
    expect(await publisher.publish('a', 'one')).toBe(1);
    expect(await publisher.sPublish('s', 'two')).toBe(1);
    await expect.poll(() => heard).toEqual(['one', 'two']);
    await subscriber.unsubscribe('a');
    expect(await publisher.publish('a', 'three')).toBe(0);
  });

  it('publishes keyspace events', async () => {
    const [subscriber, client] = [connect(), connect()];
    await client.config('SET', 'notify-keyspace-events', 'Eg$');
    const heard: string[] = [];
    subscriber.on('pmessage', (_pattern, channel, message) => heard.push(`${channel} ${message}`));
    await subscriber.psubscribe('__keyevent@0__:*');
    await client.set('k', 'v');
    await client.del('k');
    await expect.poll(() => heard).toEqual(['__keyevent@0__:set k', '__keyevent@0__:del k']);
    await client.config('SET', 'notify-keyspace-events', '');
  });

  it('invalidates what node-redis cached', async () => {
    const { BasicClientSideCache } = await import('redis');
    const cache = new BasicClientSideCache({ ttl: 0, maxEntries: 0, evictPolicy: 'LRU' });
    const reader = await connectResp3({ clientSideCache: cache });
    const writer = await connectResp3();
    await writer.set('k', '1');
    expect([await reader.get('k'), await reader.get('k')]).toEqual(['1', '1']);
    expect(cache.stats().hitCount).toBe(1);
    await writer.set('k', '2');
    await expect.poll(() => reader.get('k')).toBe('2');
    await writer.flushAll();
    await expect.poll(() => reader.get('k')).toBeNull();
  });

  it('logs in users with both libraries, and refuses what they may not', async () => {
    const admin = connect();
    await admin.call('ACL', 'SETUSER', 'app', 'on', '>secret', '~app:*', '+@all', '-@dangerous');
    const app = connect({ username: 'app', password: 'secret', enableReadyCheck: false });
    expect(await app.set('app:1', 'x')).toBe('OK');
    await expect(app.set('other', 'x')).rejects.toThrow(/^NOPERM/);
    await expect(app.flushall()).rejects.toThrow(/^NOPERM/);
    const resp3 = await connectResp3({ username: 'app', password: 'secret' });
    expect(await resp3.get('app:1')).toBe('x');
    expect(await resp3.aclWhoAmI()).toBe('app');
    await expect(connectResp3({ username: 'app', password: 'wrong' })).rejects.toThrow(/WRONGPASS/);
    const { keys, commands, flags } = await admin.call('ACL', 'GETUSER', 'app').then((answer) => {
      const items = answer as unknown[];
      return Object.fromEntries(items.flatMap((item, i) => (i % 2 === 0 ? [[item, items[i + 1]]] : [])));
    });
    expect([keys, commands, (flags as string[])[0]]).toEqual(['~app:*', '+@all -@dangerous', 'on']);
    await admin.call('ACL', 'DELUSER', 'app');
    await expect(app.get('app:1')).rejects.toThrow();
  });

  it('lets scripts do what their user may', async () => {
    const admin = connect();
    await admin.call('ACL', 'SETUSER', 'scripter', 'on', '>p', '+eval', '+get', '~a');
    const app = connect({ username: 'scripter', password: 'p', enableReadyCheck: false });
    expect(await app.eval("return redis.call('get', 'a')", 0)).toBeNull();
    const denied = /no permissions|can't run this command|can't access/i;
    await expect(app.eval("return redis.call('set', 'a', 'b')", 0)).rejects.toThrow(denied);
    await expect(app.eval("return redis.call('get', 'b')", 0)).rejects.toThrow(denied);
    const [entry] = (await admin.call('ACL', 'LOG', '1')) as [unknown[]];
    expect([entry[entry.indexOf('context') + 1], entry[entry.indexOf('object') + 1]]).toEqual(['lua', 'b']);
  });

  it('closes connections that send a longer argument than allowed', async () => {
    const [admin, client] = [connect(), connect()];
    await client.ping();
    await admin.config('SET', 'proto-max-bulk-len', '1mb');
    expect(await client.set('k', 'x'.repeat(1024 * 1024))).toBe('OK');
    const longer = client.set('k', 'x'.repeat(1024 * 1024 + 1));
    await expect(longer).rejects.toThrow(/Protocol error: invalid bulk length|closed/);
    await expect(admin.append('k', 'x')).rejects.toThrow(/exceeds maximum allowed size/);
    await admin.config('SET', 'proto-max-bulk-len', '512mb');
    expect(await admin.append('k', 'x')).toBe(1024 * 1024 + 1);
  });

  it('disconnects the client that holds most when all hold too much', async () => {
    const [admin, small, large] = [connect(), connect(), connect()];
    const evicted = async () => Number(/evicted_clients:(\d+)/.exec(await admin.info('stats'))![1]);
    const before = await evicted();
    const word = 'x'.repeat(1024 * 1024);
    const queue = async (client: Redis, count: number) => {
      await client.call('MULTI');
      for (let i = 0; i < count; i++) expect(await client.set('k', word)).toBe('QUEUED');
    };
    await admin.call('CLIENT', 'NO-EVICT', 'ON');
    await queue(small, 1);
    await queue(large, 3);
    const closed = new Promise((resolve) => large.once('close', resolve));
    await admin.config('SET', 'maxmemory-clients', '3mb');
    await closed;
    expect(await evicted()).toBe(before + 1);
    expect(await small.call('EXEC')).toEqual(['OK']);
    await admin.config('SET', 'maxmemory-clients', 0);
  });

  it('pauses and kills clients', async () => {
    const [admin, a, b] = [connect(), connect(), connect()];
    await a.client('SETNAME', 'victim');
    await admin.client('PAUSE', 60_000, 'WRITE');
    const written = b.set('k', 'v');
    expect(await a.get('k')).toBeNull();
    expect(await admin.get('k')).toBeNull();
    await admin.client('UNPAUSE');
    expect(await written).toBe('OK');
    expect(await admin.call('CLIENT', 'KILL', 'ID', String(await a.client('ID')))).toBe(1);
    await expect.poll(async () => String(await admin.client('LIST')).includes('victim')).toBe(false);
  });
});
