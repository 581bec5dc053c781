/**
 * Our engine and Debian's redis-server side by side: the same commands go to both, and their answers are compared. Strings
 * of bytes are written with one character per byte.
 */
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { repositoryRoot } from './gateway.ts';
import { cleanEnvironment, freePort, freshDirectory, launch, type Target } from './target.ts';

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
  const targets = await Promise.all([startOurs(), startTheirs()]);
  const [ours, theirs] = targets.map(({ port }) => connect(port)) as [Redis, Redis];
  return {
    ours,
    theirs,
    async differences(commands) {
      const [mine, other] = await Promise.all([answers(ours, commands), answers(theirs, commands)]);
      return commands.flatMap((command, i) =>
        mine[i] === other[i]
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

async function startOurs(): Promise<Target> {
  const port = await freePort();
  return start(
    'hypergate redis',
    [process.execPath, join('services', 'redis', 'test', 'serve.ts'), String(port)],
    port,
  );
}

async function startTheirs(): Promise<Target> {
  const port = await freePort();
  const command = ['redis-server', '--port', String(port), '--bind', '127.0.0.1', '--save', '', '--dir'];
  const dataDir = freshDirectory('redis-server');
  return start('redis-server', [...command, dataDir], port, dataDir);
}

function start(
  name: string,
  command: string[],
  port: number,
  dataDir = freshDirectory('redis'),
): Promise<Target> {
  return launch({
    name,
    command,
    cwd: repositoryRoot,
    env: cleanEnvironment({}),
    port,
    identity: { accessKeyId: '', secretAccessKey: '', region: '' },
    dataDir,
    scheme: 'http',
    readyTimeoutMs: 20_000,
    async isReady() {
      const probe = new Redis({
        host: '127.0.0.1',
        port,
        retryStrategy: null,
        lazyConnect: true,
        enableReadyCheck: false,
      });
      probe.on('error', () => {});
      try {
        await probe.connect();
        return (await probe.ping()) === 'PONG';
      } finally {
        probe.disconnect();
      }
    },
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
