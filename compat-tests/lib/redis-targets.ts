/** Redis servers under test: ours, in memory, and Debian's redis-server, each in a process of its own. */
import { join } from 'node:path';
import { freePort } from '@hypergate/node/sim/ports';
import { Redis } from 'ioredis';
import { repositoryRoot } from './gateway.ts';
import { cleanEnvironment, freshDirectory, launch, type Target } from './target.ts';

/** @param options of either server: `--parameter`, `value`, … */
export async function startOurRedis(...options: readonly string[]): Promise<Target> {
  const port = await freePort();
  const script = join('services', 'redis', 'test', 'serve.ts');
  const command = [process.execPath, script, String(port), ...options];
  return start('our redis', command, port, freshDirectory('our-redis'));
}

export async function startRedisServer(...options: readonly string[]): Promise<Target> {
  const port = await freePort();
  const dataDir = freshDirectory('redis-server');
  const usual = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--dir', dataDir];
  return start('redis-server', ['redis-server', ...usual, ...options], port, dataDir);
}

function start(name: string, command: string[], port: number, dataDir: string): Promise<Target> {
  return launch({
    name,
    command,
    cwd: repositoryRoot,
    env: cleanEnvironment({ LC_ALL: 'C' }),
    port,
    identity: { accessKeyId: '', secretAccessKey: '', region: '' },
    dataDir,
    scheme: 'http',
    readyTimeoutMs: 60_000,
    isReady: () => answersPing(port),
  });
}

async function answersPing(port: number): Promise<boolean> {
  const probe = new Redis({
    host: '127.0.0.1',
    port,
    retryStrategy: null,
    lazyConnect: true,
    enableReadyCheck: false,
  });
  // A refused connection is told by `connect` too.
  probe.on('error', () => undefined);
  try {
    await probe.connect();
    return (await probe.ping()) === 'PONG';
  } finally {
    probe.disconnect();
  }
}
