/** Libraries that build on small scripts and expiry: redlock and rate-limiter-flexible. */
import { createRequire } from 'node:module';
import type { Redis } from 'ioredis';
import { RateLimiterQueue, RateLimiterRedis, RateLimiterRes } from 'rate-limiter-flexible';
import { beforeEach, describe, expect, it } from 'vitest';
import { redisSuite } from './suite.ts';

interface Lock {
  release(): Promise<unknown>;
  extend(ms: number): Promise<Lock>;
}
interface Redlock {
  acquire(resources: string[], ms: number): Promise<Lock>;
  using<T>(resources: string[], ms: number, run: (signal: AbortSignal) => Promise<T>): Promise<T>;
  quit(): Promise<void>;
}
// Its package names no types for programs in modules.
const { default: RedlockOf } = createRequire(import.meta.url)('redlock') as {
  default: new (clients: Redis[], settings: object) => Redlock;
};

const suite = redisSuite();
beforeEach(() => suite.connect().flushall());

describe('redlock', () => {
  const locks = (settings: object = {}): Redlock =>
    new RedlockOf([suite.connect()], { retryCount: 0, retryJitter: 0, ...settings });

  it('gives a lock to one, until it is released or its time is over', async () => {
    const [a, b] = [locks(), locks()];
    const held = await a.acquire(['doc:1', 'doc:2'], 120_000);
    await expect(b.acquire(['doc:2'], 1_000)).rejects.toThrow(/quorum/);
    const longer = await held.extend(600_000);
    expect(await suite.connect().pttl('doc:1')).toBeGreaterThan(300_000);
    await longer.release();
    const short = await b.acquire(['doc:2'], 60);
    await expect.poll(() => suite.connect().exists('doc:2')).toBe(0);
    await expect(short.release()).rejects.toThrow(/quorum/);
    await (await a.acquire(['doc:2'], 60_000)).release();
  });

  it('keeps two out of a section at once, and extends a lock in use', async () => {
    const client = suite.connect();
    // Extended after 400 ms, long before it could end while the machine is busy with something else: the client takes its time to be over
    // 602 ms before the server does.
    const users = locks({ retryCount: -1, retryDelay: 5, automaticExtensionThreshold: 59_000 });
    let inside = 0;
    let most = 0;
    const enter = () =>
      users.using(['section'], 60_000, async () => {
        inside += 1;
        most = Math.max(most, inside);
        if ((await client.incr('entered')) === 1) {
          let least = Number.POSITIVE_INFINITY;
          const isExtended = async () => {
            const left = await client.pttl('section');
            least = Math.min(least, left);
            return left > least + 100;
          };
          await expect.poll(isExtended, { interval: 5 }).toBe(true);
        }
        inside -= 1;
      });
    await Promise.all(Array.from({ length: 6 }, enter));
    expect([most, await client.get('entered')]).toEqual([1, '6']);
  });

  it('holds across a SIGKILL of the gateway', async () => {
    const [a, b] = [locks(), locks()];
    const held = await a.acquire(['kept'], 600_000);
    await suite.killAndRestart();
    await expect(b.acquire(['kept'], 1_000)).rejects.toThrow(/quorum/);
    await held.release();
    await (await b.acquire(['kept'], 60_000)).release();
  });
});

describe('rate-limiter-flexible', () => {
  it('counts the requests of a window, and tells when the next one opens', async () => {
    const limiter = new RateLimiterRedis({ storeClient: suite.connect(), points: 5, duration: 600 });
    const answers = await Promise.allSettled(Array.from({ length: 8 }, () => limiter.consume('203.0.113.7')));
    expect(answers.filter(({ status }) => status === 'fulfilled')).toHaveLength(5);
    const refused = answers.find(({ status }) => status === 'rejected') as PromiseRejectedResult;
    expect(refused.reason).toBeInstanceOf(RateLimiterRes);
    expect(refused.reason.msBeforeNext).toBeGreaterThan(300_000);
    expect((await limiter.consume('203.0.113.8')).remainingPoints).toBe(4);
    await limiter.reward('203.0.113.8', 1);
    expect((await limiter.get('203.0.113.8'))?.remainingPoints).toBe(5);
    expect(await limiter.delete('203.0.113.7')).toBe(true);
    expect((await limiter.consume('203.0.113.7')).consumedPoints).toBe(1);
  });

  it('blocks for longer than the window, and opens by itself', async () => {
    const client = suite.connect();
    const limiter = new RateLimiterRedis({
      storeClient: client,
      points: 1,
      duration: 60,
      blockDuration: 600,
    });
    await limiter.consume('x');
    await expect(limiter.consume('x')).rejects.toMatchObject({ consumedPoints: 2 });
    expect(await client.ttl('rlflx:x')).toBeGreaterThan(300);
    const brief = new RateLimiterRedis({ storeClient: client, points: 1, duration: 1, keyPrefix: 'brief' });
    // Sent together, so that both are in one window however slow their answers are.
    const [first, second] = await Promise.allSettled([brief.consume('x'), brief.consume('x')]);
    expect(first.status).toBe('fulfilled');
    expect((second as PromiseRejectedResult).reason).toBeInstanceOf(RateLimiterRes);
    await expect.poll(() => client.exists('brief:x')).toBe(0);
    expect((await brief.consume('x')).consumedPoints).toBe(1);
  });

  it('lets a queue of requests through in their order', async () => {
    const limiter = new RateLimiterRedis({ storeClient: suite.connect(), points: 3, duration: 1 });
    const queue = new RateLimiterQueue(limiter);
    const order: number[] = [];
    const pass = async (i: number) => {
      await queue.removeTokens(1);
      order.push(i);
    };
    await Promise.all([0, 1, 2, 3].map(pass));
    expect(order).toEqual([0, 1, 2, 3]);
  });
});
