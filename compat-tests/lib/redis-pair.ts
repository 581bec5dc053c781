/**
 * Our engine and Debian's redis-server side by side: the same commands go to both, and their answers are compared. Strings
 * of bytes are written with one character per byte.
 */
import { Redis } from 'ioredis';
import { startOurRedis, startRedisServer } from './redis-targets.ts';

export type RedisCommand = readonly string[];

/** Commands whose answer is a list in no order. */
const unordered = new Set(['smembers', 'sinter', 'sunion', 'sdiff', 'keys', 'hkeys', 'hvals']);

export interface RedisPair {
  readonly ours: Redis;
  readonly theirs: Redis;
  /** Runs commands on both, in order, and gives sentences about answers that differ. */
  differences(commands: readonly RedisCommand[]): Promise<string[]>;
  close(): Promise<void>;
}

export async function startRedisPair(): Promise<RedisPair> {
  const targets = await Promise.all([startOurRedis(), startRedisServer()]);
  const [ours, theirs] = targets.map(({ port }) => connect(port)) as [Redis, Redis];
  return {
    ours,
    theirs,
    async differences(commands) {
      const [mine, other] = await Promise.all([answers(ours, commands), answers(theirs, commands)]);
      return commands.flatMap((command, i) =>
        sameNumbers(mine[i]!) === sameNumbers(other[i]!)
          ? []
          : [
              `${JSON.stringify(command).slice(0, 300)}: ${mine[i]!.slice(0, 300)}, not ${other[i]!.slice(0, 300)}`,
            ],
      );
    },
    async close() {
      ours.disconnect();
      theirs.disconnect();
      await Promise.all(targets.map((target) => target.dispose()));
    },
  };
}

function connect(port: number): Redis {
  return new Redis({
    host: '127.0.0.1',
    port,
    retryStrategy: null,
    enableReadyCheck: false,
    stringNumbers: true,
  });
}

/** One text for each answer: pipelined, as a client sends them. */
async function answers(client: Redis, commands: readonly RedisCommand[]): Promise<string[]> {
  const waiting = commands.map((command) => {
    const args = command.slice(1).map((arg) => Buffer.from(arg, 'latin1'));
    return client.callBuffer(command[0]!, ...args).then(
      (answer) => shown(unordered.has(command[0]!.toLowerCase()) ? sorted(answer) : answer),
      (error: Error) => `error ${error.message}`,
    );
  });
  return Promise.all(waiting);
}

function sorted(answer: unknown): unknown {
  return Array.isArray(answer) ? answer.map(shown).sort() : answer;
}

function shown(answer: unknown): string {
  if (Buffer.isBuffer(answer)) return JSON.stringify(answer.toString('latin1'));
  if (Array.isArray(answer)) return `[${answer.map(shown).join(', ')}]`;
  return String(answer);
}

/** 7.0 writes a double that has many digits after its point in another form than 7.2 does (with an exponent). */
function sameNumbers(answer: string): string {
  return answer.replace(/"-?\d(?:\.\d+)?e[+-]\d+"/g, (text) => `"${Number(text.slice(1, -1))}"`);
}
