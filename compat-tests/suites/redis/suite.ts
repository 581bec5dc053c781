/** What the files here share: our engine and redis-server, and commands that both must answer alike. */
import type { Redis } from 'ioredis';
import { afterAll, beforeAll, expect } from 'vitest';
import { SeededRandom } from '../../lib/random.ts';
import { type RedisCommand, type RedisPair, startRedisPair } from '../../lib/redis-pair.ts';

export const seed = process.env.HYPERGATE_SEED ?? String(Date.now());

const batches = 30;
const batchSize = 200;

export interface PairSuite {
  readonly ours: Redis;
  readonly theirs: Redis;
  /** Runs commands on both, in order: the answers are the same. A failure says the seed. */
  agree(commands: readonly RedisCommand[]): Promise<void>;
  /** As `agree`, with batches of commands made by the seed, from no keys on. */
  agreeOnRandom(name: string, make: (random: SeededRandom) => RedisCommand): Promise<void>;
}

/** Call once at the head of a test file; the members are usable inside tests. */
export function pairSuite(): PairSuite {
  let pair: RedisPair;
  beforeAll(async () => {
    pair = await startRedisPair();
  });
  afterAll(() => pair?.close());

  const suite: PairSuite = {
    get ours() {
      return pair.ours;
    },
    get theirs() {
      return pair.theirs;
    },
    async agree(commands) {
      expect(await pair.differences(commands), `HYPERGATE_SEED=${seed}`).toEqual([]);
    },
    async agreeOnRandom(name, make) {
      const random = new SeededRandom(`${name} ${seed}`);
      await Promise.all([pair.ours.flushall(), pair.theirs.flushall()]);
      for (let i = 0; i < batches; i++) {
        await suite.agree(Array.from({ length: batchSize }, () => make(random)));
      }
    },
  };
  return suite;
}
