/** Commands on keys of any type, through a client. What redis-server answers to random ones is compared in compat-tests. */
import { Redis } from 'ioredis';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { serveEngine, type TestServer } from './serve.ts';

let server: TestServer;
let redis: Redis;
beforeAll(async () => {
  server = await serveEngine();
  redis = new Redis({ port: server.port, host: '127.0.0.1', enableReadyCheck: false, retryStrategy: null });
});
afterAll(async () => {
  redis.disconnect();
  await server.close();
});
beforeEach(async () => {
  await redis.select(0);
  await redis.flushall();
});

describe('EXPIRE', () => {
  test.each([
    [['NX'], 0, 1],
    [['NX'], 100, 0],
    [['XX'], 0, 0],
    [['xx'], 100, 1],
    [['GT'], 0, 0],
    [['GT'], 100, 1],
    [['GT'], 1000, 0],
    [['LT'], 0, 1],
    [['LT'], 100, 0],
    [['LT'], 1000, 1],
    [['LT', 'XX'], 0, 0],
  ] as const)('%j of a key with %d seconds answers %d', async (options, before, answer) => {
    await redis.set('key', 'value');
    if (before > 0) await redis.expire('key', before);
    expect(await redis.call('expire', 'key', '500', ...options)).toBe(answer);
    expect(await redis.ttl('key')).toBe(answer === 1 ? 500 : before === 0 ? -1 : before);
  });

  test('with a time that is over removes the key', async () => {
    await redis.set('key', 'value');
    expect(await redis.expire('key', -1)).toBe(1);
    expect(await redis.exists('key')).toBe(0);
  });

  test.each([
    [['expire', 'key', '9223372036854775807'], "ERR invalid expire time in 'expire' command"],
    [['expire', 'key', '-9223372036854775808'], "ERR invalid expire time in 'expire' command"],
    [['pexpire', 'key', '9223372036854775807'], "ERR invalid expire time in 'pexpire' command"],
    [['expire', 'key', ''], 'ERR value is not an integer or out of range'],
    [['expire', 'key', '1', 'odd'], 'ERR Unsupported option odd'],
    [['expire', 'key', '1', 'GT', 'LT'], 'ERR GT and LT options at the same time are not compatible'],
    [
      ['expire', 'key', '1', 'NX', 'GT'],
      'ERR NX and XX, GT or LT options at the same time are not compatible',
    ],
  ])('%j is refused', async ([name, ...args], message) => {
    await redis.set('key', 'value');
    await expect(redis.call(name!, ...args)).rejects.toThrow(message);
    expect(await redis.pttl('key')).toBe(-1);
  });

  test('takes any 64-bit time in milliseconds', async () => {
    await redis.set('key', 'value');
    expect(await redis.pexpireat('key', '9223372036854775807')).toBe(1);
    expect(await redis.call('pexpiretime', 'key')).toBeGreaterThan(9.2e18);
    expect(await redis.persist('key')).toBe(1);
    expect(await redis.persist('key')).toBe(0);
  });
});

describe('keys under other names', () => {
  test('take their value and time along, whatever type it is', async () => {
    await redis.rpush('list', 'a', 'b');
    await redis.expire('list', 100);
    await redis.set('other', 'x', 'EX', 5);
    await redis.rename('list', 'other');
    expect(await redis.lrange('other', 0, -1)).toEqual(['a', 'b']);
    expect(await redis.ttl('other')).toBe(100);
    expect(await redis.exists('list')).toBe(0);
    await redis.set('last', 'x', 'EX', 5);
    await redis.set('plain', 'y');
    expect(await redis.renamenx('plain', 'last')).toBe(0);
    await redis.rename('plain', 'last');
    expect(await redis.ttl('last')).toBe(-1);
    await expect(redis.rename('nothing', 'last')).rejects.toThrow('ERR no such key');
  });

  test('are moved to a database that has none of the name', async () => {
    await redis.set('key', 'value', 'EX', 100);
    expect(await redis.move('key', 3)).toBe(1);
    expect(await redis.exists('key')).toBe(0);
    await redis.set('key', 'again');
    expect(await redis.move('key', 3)).toBe(0);
    await redis.select(3);
    expect(await redis.get('key')).toBe('value');
    expect(await redis.ttl('key')).toBe(100);
  });

  test('are copied to keys of their own', async () => {
    await redis.hset('hash', 'field', 'value');
    await redis.expire('hash', 100);
    expect(await redis.call('copy', 'hash', 'copy')).toBe(1);
    await redis.hset('copy', 'field', 'changed');
    expect(await redis.hget('hash', 'field')).toBe('value');
    expect(await redis.ttl('copy')).toBe(100);
    expect(await redis.call('copy', 'hash', 'copy')).toBe(0);
    expect(await redis.call('copy', 'hash', 'copy', 'REPLACE')).toBe(1);
    expect(await redis.hget('copy', 'field')).toBe('value');
    expect(await redis.call('copy', 'hash', 'hash', 'DB', '2')).toBe(1);
  });
});

describe('SWAPDB', () => {
  test('exchanges what clients see, with times to live', async () => {
    await redis.set('zero', '0', 'EX', 100);
    await redis.select(1);
    await redis.set('one', '1');
    await redis.swapdb(0, 1);
    expect(await redis.keys('*')).toEqual(['zero']);
    expect(await redis.ttl('zero')).toBe(100);
    await redis.select(0);
    expect(await redis.keys('*')).toEqual(['one']);
  });

  test('serves who waits for a key that comes with it', async () => {
    const waiting = redis.duplicate();
    const answer = waiting.blpop('list', 0);
    await expect.poll(() => server.engine.blocking.size).toBe(1);
    await redis.select(1);
    await redis.rpush('list', 'a');
    await redis.swapdb(0, 1);
    expect(await answer).toEqual(['list', 'a']);
    waiting.disconnect();
  });
});

describe('SCAN', () => {
  test('finds all keys of a pattern and a type', async () => {
    for (let i = 0; i < 500; i++) await redis.set(`key:${i}`, 'v');
    await redis.rpush('key:list', 'a');
    const found = new Set<string>();
    let cursor = '0';
    do {
      const [next, keys] = await redis.scan(cursor, 'MATCH', 'key:*', 'COUNT', 7, 'TYPE', 'string');
      for (const key of keys) found.add(key);
      cursor = next;
    } while (cursor !== '0');
    expect(found.size).toBe(500);
  });

  test('takes cursors it never gave', async () => {
    await redis.set('key', 'v');
    for (const cursor of ['1', '18446744073709551615', '-1', '99999999999999']) {
      expect((await redis.scan(cursor))[0]).toMatch(/^[0-9]+$/);
    }
    for (const cursor of ['x', '18446744073709551616', '1x', ' 1']) {
      await expect(redis.scan(cursor)).rejects.toThrow('ERR invalid cursor');
    }
  });
});

describe('SORT', () => {
  test('orders by other keys and fields, and stores', async () => {
    await redis.rpush('list', '1', '2', '3');
    await redis.mset('weight_1', '30', 'weight_2', '10', 'weight_3', '20');
    await redis.hset('object_2', 'name', 'two');
    expect(await redis.call('sort', 'list', 'BY', 'weight_*', 'GET', '#', 'GET', 'object_*->name')).toEqual([
      '2',
      'two',
      '3',
      null,
      '1',
      null,
    ]);
    expect(await redis.call('sort', 'list', 'DESC', 'LIMIT', '0', '2', 'STORE', 'sorted')).toBe(2);
    expect(await redis.lrange('sorted', 0, -1)).toEqual(['3', '2']);
    expect(await redis.call('sort', 'nothing', 'STORE', 'sorted')).toBe(0);
    expect(await redis.exists('sorted')).toBe(0);
  });

  test('refuses what is no number', async () => {
    await redis.rpush('list', '1', 'a');
    await expect(redis.sort('list')).rejects.toThrow("One or more scores can't be converted into double");
    expect(await redis.sort('list', 'ALPHA')).toEqual(['1', 'a']);
    await redis.rpush('odd', ' 1', '0x10', '2', 'inf', '');
    expect(await redis.sort('odd')).toEqual(['', ' 1', '2', '0x10', 'inf']);
  });
});

describe('DEBUG', () => {
  test('RELOAD and LOADAOF build the same state anew', async () => {
    await redis.set('string', '\xff\0', 'EX', 1000);
    await redis.hset('hash', 'f', 'v');
    await redis.rpush('list', ...Array.from({ length: 500 }, (_, i) => String(i)));
    await redis.sadd('set', 'a', 'b', '3');
    await redis.zadd('zset', 1.5, 'a', Number.NEGATIVE_INFINITY, 'b');
    await redis.xadd('stream', '1-1', 'f', 'v');
    await redis.xgroup('CREATE', 'stream', 'group', '0');
    const before = await redis.call('debug', 'digest');
    const weight = server.engine.usedMemory();
    for (const how of ['reload', 'loadaof']) {
      expect(await redis.call('debug', how)).toBe('OK');
      expect(await redis.call('debug', 'digest')).toBe(before);
      expect(await redis.ttl('string')).toBe(1000);
      expect(Math.abs(server.engine.usedMemory() - weight)).toBeLessThan(weight / 10);
    }
    await redis.set('string', 'other');
    expect(await redis.call('debug', 'digest')).not.toBe(before);
  });

  test('gives equal values equal digests, in whatever order their elements came', async () => {
    const digests = (...keys: string[]) => redis.call('debug', 'digest-value', ...keys) as Promise<string[]>;
    await redis.sadd('set', 'a', 'b', '3');
    await redis.sadd('same set', '3', 'c', 'b', 'a');
    await redis.srem('same set', 'c');
    await redis.sadd('other set', 'a', 'b', '4');
    await redis.hset('hash', 'a', '1', 'b', '2');
    await redis.hset('same hash', 'b', '2', 'a', '1');
    await redis.hset('other hash', 'a', '2', 'b', '1');
    await redis.rpush('list', 'a', 'b');
    await redis.rpush('other list', 'b', 'a');
    const [set, sameSet, otherSet] = await digests('set', 'same set', 'other set');
    const [hash, sameHash, otherHash] = await digests('hash', 'same hash', 'other hash');
    const [list, otherList, nothing] = await digests('list', 'other list', 'nothing');
    expect(sameSet).toBe(set);
    expect(sameHash).toBe(hash);
    expect(new Set([set, otherSet, hash, otherHash, list, otherList, nothing]).size).toBe(7);
    await redis.call('hpexpire', 'same hash', '100000', 'FIELDS', '1', 'a');
    expect(await digests('same hash')).not.toEqual([hash]);
  });

  test('ERROR answers with the text it is given', async () => {
    await expect(redis.call('debug', 'error', 'CODE of a\r\ntest')).rejects.toThrow('CODE of a  test');
    expect(await redis.ping()).toBe('PONG');
  });

  test('is refused unless the configuration allows it', async () => {
    server.engine.config.assign('enable-debug-command', 'no');
    await expect(redis.call('debug', 'digest')).rejects.toThrow('ERR DEBUG command not allowed.');
    server.engine.config.assign('enable-debug-command', 'local');
    expect(await redis.call('debug', 'sleep', '0')).toBe('OK');
    server.engine.config.assign('enable-debug-command', 'yes');
  });
});

test('small integers are shared, unless eviction needs to know when each was read', async () => {
  await redis.mset('small', '9999', 'large', '10000');
  const references = () => Promise.all(['small', 'large'].map((key) => redis.object('REFCOUNT', key)));
  expect(await references()).toEqual([2147483647, 1]);
  await redis.config('SET', 'maxmemory-policy', 'allkeys-lru');
  expect(await references()).toEqual([2147483647, 1]);
  await redis.config('SET', 'maxmemory', '1gb');
  expect(await references()).toEqual([1, 1]);
  await redis.config('SET', 'maxmemory', '0');
  await redis.config('SET', 'maxmemory-policy', 'noeviction');
});

test('keys of all types have their encodings', async () => {
  await redis.set('int', '12345');
  await redis.set('short', 'text');
  await redis.set('long', 'x'.repeat(45));
  await redis.rpush('list', 'a');
  await redis.xadd('stream', '*', 'f', 'v');
  const encodings = ['int', 'short', 'long', 'list', 'stream'].map((key) => redis.object('ENCODING', key));
  expect(await Promise.all(encodings)).toEqual(['int', 'embstr', 'raw', 'listpack', 'stream']);
  expect(await redis.object('ENCODING', 'nothing')).toBeNull();
});
