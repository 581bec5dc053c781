/** What every file here shares: one started gateway with Redis, and clients that are closed at the end. */
import { freePort } from '@hypergate/node/sim/ports';
import { Redis, type RedisOptions } from 'ioredis';
import { afterAll, afterEach, beforeAll } from 'vitest';
import { only, startGateway } from '../../lib/gateway.ts';
import type { Target } from '../../lib/target.ts';

export interface RedisSuite {
  readonly port: number;
  /** An ioredis that finds the gateway again soon after a restart. */
  connect(options?: RedisOptions): Redis;
  /** Runs after the test, the last one first. */
  later(end: () => unknown): void;
  /** SIGKILL of the gateway, and a start on the same data and ports. */
  killAndRestart(): Promise<void>;
}

/** Call once at the head of a test file; the members are usable inside tests. */
export function redisSuite(): RedisSuite {
  let target: Target | undefined;
  let port = 0;
  const ends: (() => unknown)[] = [];

  beforeAll(async () => {
    port = await freePort();
    target = await startGateway({ env: { ...only('redis'), HYPERGATE_REDIS_PORT: String(port) } });
  });
  afterEach(async () => {
    for (const end of ends.splice(0).reverse()) await end();
  });
  afterAll(() => target?.dispose());

  return {
    get port() {
      return port;
    },
    connect(options = {}) {
      const client = new Redis({
        host: '127.0.0.1',
        port,
        maxRetriesPerRequest: null,
        retryStrategy: () => 50,
        ...options,
      });
      client.on('error', () => undefined);
      ends.push(() => client.disconnect());
      return client;
    },
    later: (end) => void ends.push(end),
    async killAndRestart() {
      target = await target?.restart();
    },
  };
}
