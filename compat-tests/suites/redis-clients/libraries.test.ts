/** ioredis and node-redis, the latter in both protocols, against the whole gateway; and an application's own test double. */
import type { Redis } from 'ioredis';
import RedisMock from 'ioredis-mock';
import { createClient, createClientPool } from 'redis';
import { beforeEach, describe, expect, it } from 'vitest';
import { redisSuite } from './suite.ts';

const suite = redisSuite();
beforeEach(() => suite.connect().flushall());

describe('ioredis', () => {
  it('pipelines, scripts, streams of keys, and bytes', async () => {
    const client = suite.connect({ enableAutoPipelining: true });
    const all = await Promise.all(Array.from({ length: 500 }, (_, i) => client.set(`k:${i}`, i)));
    expect(all.every((answer) => answer === 'OK')).toBe(true);
    const found = new Set<string>();
    for await (const keys of client.scanStream({ match: 'k:*', count: 50 }))
      for (const key of keys) found.add(key);
    expect(found.size).toBe(500);
    client.defineCommand('addTwice', {
      numberOfKeys: 1,
      lua: "redis.call('incrby', KEYS[1], ARGV[1]) return redis.call('incrby', KEYS[1], ARGV[1])",
    });
    const scripted = client as Redis & { addTwice(key: string, n: number): Promise<number> };
    expect([await scripted.addTwice('n', 2), await scripted.addTwice('n', 3)]).toEqual([4, 10]);
    const bytes = Buffer.from(Array.from({ length: 256 }, (_, i) => i));
    await client.hset('h', { bytes, text: 'é' });
    expect([await client.hgetBuffer('h', 'bytes'), await client.hget('h', 'text')]).toEqual([bytes, 'é']);
  });

  it('queues commands while the gateway is away, and answers them afterwards', async () => {
    const client = suite.connect();
    await client.set('before', 'kept');
    const restarted = suite.killAndRestart();
    const counted = Array.from({ length: 20 }, () => client.incr('during'));
    await restarted;
    await Promise.all(counted);
    expect(await client.get('before')).toBe('kept');
    // What was not answered is sent again: at least once.
    expect(Number(await client.get('during'))).toBeGreaterThanOrEqual(20);
  });

  it('hears messages of a channel again after the gateway came back', async () => {
    const [subscriber, publisher] = [suite.connect(), suite.connect()];
    const heard: string[] = [];
    subscriber.on('message', (_channel, message) => heard.push(message));
    await subscriber.subscribe('news');
    await publisher.publish('news', 'one');
    await expect.poll(() => heard).toEqual(['one']);
    await suite.killAndRestart();
    await expect.poll(() => publisher.publish('news', 'two')).toBe(1);
    await expect.poll(() => heard).toEqual(['one', 'two']);
  });
});

describe.each([2, 3] as const)('node-redis in RESP%i', (RESP) => {
  const connect = async () => {
    const client = createClient({ RESP, url: `redis://127.0.0.1:${suite.port}/4` });
    client.on('error', () => undefined);
    await client.connect();
    suite.later(() => client.destroy());
    return client;
  };

  it('reads every type', async () => {
    const client = await connect();
    await client.hSet('h', { a: '1', b: '2' });
    await client.zAdd('z', [
      { value: 'x', score: 1.5 },
      { value: 'y', score: Number.POSITIVE_INFINITY },
    ]);
    await client.sAdd('s', ['a', 'b']);
    expect({ ...(await client.hGetAll('h')) }).toEqual({ a: '1', b: '2' });
    expect(await client.zRangeWithScores('z', 0, -1)).toEqual([
      { value: 'x', score: 1.5 },
      { value: 'y', score: Number.POSITIVE_INFINITY },
    ]);
    expect(new Set(await client.sMembers('s'))).toEqual(new Set(['a', 'b']));
    const id = await client.xAdd('log', '*', { level: 'info' });
    expect(await client.xRange('log', '-', '+')).toMatchObject([{ id, message: { level: 'info' } }]);
    expect(await client.multi().set('n', 1).incrByFloat('n', 0.5).get('nothing').exec()).toEqual([
      'OK',
      '1.5',
      null,
    ]);
    const keys: string[] = [];
    for await (const page of client.scanIterator({ COUNT: 2 })) keys.push(...page);
    expect(keys.sort()).toEqual(['h', 'log', 'n', 's', 'z']);
  });

  it('pops what another client pushes, and hears what it publishes', async () => {
    const [a, b, c] = [await connect(), await connect(), await connect()];
    const popped = a.blPop('list', 600);
    await expect.poll(async () => (await b.info('clients')).includes('blocked_clients:1')).toBe(true);
    await b.rPush('list', 'x');
    expect({ ...(await popped) }).toEqual({ key: 'list', element: 'x' });
    const heard: string[] = [];
    await c.pSubscribe('n*', (message, channel) => void heard.push(`${channel} ${message}`));
    expect(await b.publish('news', 'hi')).toBe(1);
    await expect.poll(() => heard).toEqual(['news hi']);
  });

  it('works in a pool, with WATCH', async () => {
    const pool = createClientPool(
      { RESP, url: `redis://127.0.0.1:${suite.port}` },
      { minimum: 1, maximum: 4 },
    );
    pool.on('error', () => undefined);
    await pool.connect();
    suite.later(() => pool.destroy());
    const increment = (): Promise<unknown> =>
      pool
        .execute(async (client) => {
          await client.watch('n');
          const n = Number((await client.get('n')) ?? 0);
          return client
            .multi()
            .set('n', n + 1)
            .exec()
            .catch(() => 'again');
        })
        .then((answer) => (answer === 'again' ? increment() : answer));
    await Promise.all(Array.from({ length: 12 }, increment));
    expect(await pool.get('n')).toBe('12');
  });
});

/** An application that was written against a test double: both must do the same for it. */
class Leaderboard {
  readonly #redis: Redis;

  constructor(redis: Redis) {
    this.#redis = redis;
  }

  async play(player: string, points: number): Promise<number> {
    const answers = await this.#redis
      .multi()
      .zincrby('board', points, player)
      .hincrby(`player:${player}`, 'games', 1)
      .lpush('recent', player)
      .ltrim('recent', 0, 2)
      .expire(`player:${player}`, 3600)
      .exec();
    return Number(answers?.[0]?.[1]);
  }

  async best(count: number): Promise<unknown> {
    return {
      top: await this.#redis.zrevrange('board', 0, count - 1, 'WITHSCORES'),
      recent: await this.#redis.lrange('recent', 0, -1),
      games: await this.#redis.hgetall('player:ann'),
      rank: await this.#redis.zrevrank('board', 'bob'),
      expires: (await this.#redis.ttl('player:ann')) > 3500,
      missing: await this.#redis.zscore('board', 'nobody'),
    };
  }
}

it('does for an application what ioredis-mock does in its unit tests', async () => {
  const double = new RedisMock() as unknown as Redis;
  await double.flushall();
  const told: unknown[] = [];
  for (const redis of [double, suite.connect()]) {
    const board = new Leaderboard(redis);
    const scores = [await board.play('ann', 5), await board.play('bob', 7), await board.play('ann', 1.5)];
    told.push({ scores, ...((await board.best(2)) as object) });
  }
  expect(told[1]).toEqual(told[0]);
  expect(told[1]).toMatchObject({
    scores: [5, 7, 6.5],
    top: ['bob', '7', 'ann', '6.5'],
    rank: 0,
    expires: true,
  });
  double.disconnect();
});
