/**
 * Servers and load of the Redis benchmark: ours as users start it, redis-server beside it on the same disk, and redis-benchmark
 * as the load of both, in turns.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { freePort } from '@hypergate/node/sim/ports';
import { startGateway } from '../lib/gateway.ts';
import { readUsage } from '../lib/process-usage.ts';
import { engineOf } from '../lib/redis-engine.ts';
import { freshDirectory } from '../lib/target.ts';

export interface BenchServer {
  readonly name: string;
  readonly port: number;
  /** CPU seconds of all its processes so far. */
  cpuSeconds(): Record<string, number>;
  rssBytes(): Record<string, number>;
  call(...args: string[]): string;
  restart(): Promise<number>;
  stop(): Promise<void>;
}

export function redisCli(port: number, args: readonly string[]): string {
  return execFileSync('redis-cli', ['-p', String(port), ...args], { encoding: 'utf8' }).trimEnd();
}

async function answers(port: number): Promise<void> {
  for (let tries = 0; tries < 6000; tries++) {
    try {
      if (redisCli(port, ['ping']) === 'PONG') return;
    } catch {
      // Not listening yet.
    }
    await delay(10);
  }
  throw new Error(`nothing answers on port ${port}`);
}

export async function startOurs(): Promise<BenchServer> {
  const folder = freshDirectory('redis-bench');
  const redisPort = await freePort();
  const port = await freePort();
  const start = () =>
    startGateway({ dataDir: join(folder, 'data'), port, env: { HYPERGATE_REDIS_PORT: String(redisPort) } });
  let target = await start();
  await answers(redisPort);
  const usage = () => ({ gateway: readUsage(target.pid), engine: readUsage(engineOf(target.pid)) });
  return {
    name: 'hypergate',
    port: redisPort,
    cpuSeconds() {
      const { gateway, engine } = usage();
      return { gateway: gateway.cpuSeconds, engine: engine.cpuSeconds };
    },
    rssBytes() {
      const { gateway, engine } = usage();
      return { gateway: gateway.rssBytes, engine: engine.rssBytes };
    },
    call: (...args) => redisCli(redisPort, args),
    async restart() {
      await target.kill();
      const before = performance.now();
      target = await start();
      await answers(redisPort);
      return (performance.now() - before) / 1000;
    },
    async stop() {
      await target.kill();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

export async function startPeer(options: readonly string[]): Promise<BenchServer> {
  const folder = freshDirectory('redis-peer');
  const port = await freePort();
  const start = () =>
    spawn('redis-server', ['--port', String(port), '--save', '', '--dir', folder, ...options], {
      stdio: 'ignore',
    });
  let child: ChildProcess = start();
  await answers(port);
  const kill = async () => {
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    await ended;
  };
  return {
    name: 'redis-server',
    port,
    cpuSeconds: () => ({ server: readUsage(child.pid!).cpuSeconds }),
    rssBytes: () => ({ server: readUsage(child.pid!).rssBytes }),
    call: (...args) => redisCli(port, args),
    async restart() {
      await kill();
      const before = performance.now();
      child = start();
      await answers(port);
      return (performance.now() - before) / 1000;
    },
    async stop() {
      await kill();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

export interface Round {
  readonly perSecond: number;
  /** Microseconds of CPU per operation, by process, beyond what the processes take when idle. */
  readonly cpuUs: Record<string, number>;
  readonly cpuUsTotal: number;
}

export interface Load {
  readonly command: 'get' | 'set';
  readonly pipeline: number;
  readonly operations: number;
  readonly keys: number;
}

/** One run of redis-benchmark with 50 connections and values of 32 bytes. */
export async function run(server: BenchServer, load: Load, idle: Record<string, number>): Promise<Round> {
  const before = server.cpuSeconds();
  const startedAt = performance.now();
  const perSecond = await redisBenchmark(server.port, load);
  const seconds = (performance.now() - startedAt) / 1000;
  const after = server.cpuSeconds();
  const cpuUs: Record<string, number> = {};
  for (const [name, value] of Object.entries(after)) {
    const spent = value - (before[name] ?? 0) - (idle[name] ?? 0) * seconds;
    cpuUs[name] = (Math.max(0, spent) * 1e6) / load.operations;
  }
  return { perSecond, cpuUs, cpuUsTotal: Object.values(cpuUs).reduce((sum, value) => sum + value, 0) };
}

/** CPU seconds per second of the processes while nothing is asked of them. */
export async function idleCost(server: BenchServer, seconds: number): Promise<Record<string, number>> {
  const before = server.cpuSeconds();
  await delay(seconds * 1000);
  const after = server.cpuSeconds();
  return Object.fromEntries(
    Object.entries(after).map(([name, value]) => [name, (value - before[name]!) / seconds]),
  );
}

function redisBenchmark(port: number, { command, pipeline, operations, keys }: Load): Promise<number> {
  const args = [
    '-p',
    String(port),
    '-t',
    command,
    '-n',
    String(operations),
    '-c',
    '50',
    '-P',
    String(pipeline),
  ];
  args.push('-d', '32', '-r', String(keys), '--csv');
  const child = spawn('redis-benchmark', args, { stdio: ['ignore', 'pipe', 'ignore'] });
  let output = '';
  child.stdout.on('data', (chunk) => {
    output += chunk;
  });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', () => {
      const found = /^"(?:GET|SET)","([\d.]+)"/m.exec(output);
      if (found === null) reject(new Error(`redis-benchmark said ${output}`));
      else resolve(Number(found[1]));
    });
  });
}
