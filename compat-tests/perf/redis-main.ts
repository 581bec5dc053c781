/**
 * `npm run bench redis [-- --quick] [--rounds N] [--only cpu|durable|memory|hostile] [--out FILE]`: against redis-server of the same
 * machine in the same run, in turns. Ratios are what counts: the machine is shared. Writes perf/results/redis.json.
 */
import { fileURLToPath } from 'node:url';
import { parseArguments } from '../lib/arguments.ts';
import { writeResult } from '../lib/results.ts';
import {
  type BenchServer,
  idleCost,
  type Load,
  type Round,
  run,
  startOurs,
  startPeer,
} from './redis-bench.ts';
import { benchHostile } from './redis-hostile.ts';

interface Figure {
  readonly what: string;
  readonly ours: number;
  readonly peer: number;
  readonly ratio: number;
  readonly asked: string;
  readonly holds: boolean;
}

export async function main(args: readonly string[]): Promise<number> {
  const parsed = parseArguments(args, { quick: 'boolean', rounds: 'string', only: 'string', out: 'string' });
  const quick = parsed.on('quick');
  const rounds = parsed.count('rounds', quick ? 1 : 5, 1);
  const only = parsed.text('only', '');
  const figures: Figure[] = [];
  const detail: Record<string, unknown> = {};
  const wants = (part: string) => only === '' || only === part;
  if (wants('cpu')) detail.cpu = await benchCpu(rounds, quick ? 100_000 : 1_000_000, figures);
  if (wants('durable')) detail.durable = await benchDurable(rounds, quick ? 20_000 : 200_000, figures);
  if (wants('memory')) detail.memory = await benchMemory(quick ? 100_000 : 1_000_000, figures);
  if (wants('hostile')) detail.hostile = await hostile(figures);
  for (const { what, ours, peer, ratio, asked, holds } of figures) {
    console.log(
      `${holds ? 'holds' : 'MISSES'}  ${what}: ${short(ours)} against ${short(peer)}, ${ratio.toFixed(2)}x (asked ${asked})`,
    );
  }
  const defaultOut = fileURLToPath(new URL('results/redis.json', import.meta.url));
  const out = parsed.text('out', quick ? '' : defaultOut);
  if (out !== '') writeResult(out, { rounds, figures, detail });
  return 0;
}

/** CPU per operation with `appendfsync no` on both sides. */
async function benchCpu(rounds: number, operations: number, figures: Figure[]): Promise<unknown> {
  const ours = await startOurs();
  const withLog = await startPeer(['--appendonly', 'yes', '--appendfsync', 'no']);
  const plain = await startPeer([]);
  try {
    ours.call('config', 'set', 'appendfsync', 'no');
    const idle = await idleCost(ours, 10);
    const results: Record<string, Round[]> = {};
    const loads: Load[] = [1, 16].flatMap((pipeline) =>
      (['set', 'get'] as const).map((command) => ({ command, pipeline, operations, keys: 10_000 })),
    );
    for (let round = 0; round < rounds; round++) {
      for (const load of loads) {
        for (const [name, server] of [
          ['ours', ours],
          ['withLog', withLog],
          ['plain', plain],
        ] as const) {
          const result = await run(server, load, server === ours ? idle : {});
          (results[`${load.command} P=${load.pipeline} ${name}`] ??= []).push(result);
        }
      }
    }
    for (const { command, pipeline } of loads) {
      const [mine, log, bare] = ['ours', 'withLog', 'plain'].map((name) =>
        median(results[`${command} P=${pipeline} ${name}`]!.map(({ cpuUsTotal }) => cpuUsTotal)),
      ) as [number, number, number];
      const most = pipeline === 1 ? 2.0 : 1.8;
      const what = `${command.toUpperCase()} P=${pipeline}, us of CPU an operation, all processes`;
      figures.push(atMost(`${what}, peer appendonly without sync`, mine, log, most));
      figures.push(atMost(`${what}, peer without any log`, mine, bare, most));
      const engine = median(results[`${command} P=${pipeline} ours`]!.map(({ cpuUs }) => cpuUs.engine!));
      figures.push(
        atMost(`${command.toUpperCase()} P=${pipeline}, the engine's process alone`, engine, bare, most),
      );
    }
    return { idle, results };
  } finally {
    await Promise.all([ours.stop(), withLog.stop(), plain.stop()]);
  }
}

/** Throughput of SET that is durable when it is answered. */
async function benchDurable(rounds: number, operations: number, figures: Figure[]): Promise<unknown> {
  const ours = await startOurs();
  const peer = await startPeer(['--appendonly', 'yes', '--appendfsync', 'always']);
  try {
    const results: Record<string, Round[]> = {};
    for (let round = 0; round < rounds; round++) {
      for (const pipeline of [1, 16]) {
        const load: Load = {
          command: 'set',
          pipeline,
          operations: operations * (pipeline === 1 ? 1 : 4),
          keys: 10_000,
        };
        for (const server of [ours, peer]) {
          (results[`P=${pipeline} ${server.name}`] ??= []).push(await run(server, load, {}));
        }
      }
    }
    for (const [pipeline, least] of [
      [1, 1.5],
      [16, 1.0],
    ] as const) {
      const [mine, theirs] = [ours, peer].map(({ name }) =>
        median(results[`P=${pipeline} ${name}`]!.map(({ perSecond }) => perSecond)),
      ) as [number, number];
      figures.push(atLeast(`durable SET P=${pipeline}, per second`, mine, theirs, least));
    }
    return results;
  } finally {
    await Promise.all([ours.stop(), peer.stop()]);
  }
}

/** Memory of so many keys of 16 bytes with values of 32, and the time to load them again after SIGKILL. */
async function benchMemory(keys: number, figures: Figure[]): Promise<unknown> {
  const ours = await startOurs();
  const peer = await startPeer(['--appendonly', 'yes', '--appendfsync', 'no']);
  try {
    for (const server of [ours, peer]) fill(server, keys);
    const used = infoNumber(peer, 'used_memory');
    const heap = infoNumber(ours, 'allocator_allocated');
    const rss = ours.rssBytes();
    const peerRss = peer.rssBytes().server!;
    figures.push(atMost(`${keys} keys, heap against used_memory`, heap, used, 2.0));
    figures.push(atMost(`${keys} keys, RSS of the engine's process`, rss.engine!, peerRss, 3.0));
    const [loaded, peerLoaded] = [await ours.restart(), await peer.restart()];
    const found = Number(ours.call('dbsize'));
    if (found !== keys) throw new Error(`${found} of ${keys} keys came back`);
    figures.push({
      what: `${keys} keys loaded after SIGKILL, seconds`,
      ours: loaded,
      peer: peerLoaded,
      ratio: loaded / peerLoaded,
      asked: '< 10 s',
      holds: loaded < 10,
    });
    return { used, heap, rss, peerRss, loaded, peerLoaded };
  } finally {
    await Promise.all([ours.stop(), peer.stop()]);
  }
}

/** Memory claimed before login by a thousand connections; there is no peer to compare with. */
async function hostile(figures: Figure[]): Promise<unknown> {
  const results = await benchHostile(1000);
  for (const { kind, gatewayBytes, engineBytes, totalBytes, pingMs } of results) {
    const parts = `gateway ${megabytes(gatewayBytes)}, engine ${megabytes(engineBytes)}, a client's PING ${Math.round(pingMs)} ms`;
    figures.push({
      what: `1,000 connections: ${kind} (${parts}), MiB`,
      ours: totalBytes / 2 ** 20,
      peer: hostileMebibytesMax,
      ratio: totalBytes / 2 ** 20 / hostileMebibytesMax,
      asked: `< ${hostileMebibytesMax} MiB`,
      holds: totalBytes < hostileMebibytesMax * 2 ** 20,
    });
  }
  return results;
}

const hostileMebibytesMax = 64;
const megabytes = (bytes: number) => (bytes / 2 ** 20).toFixed(1);

/** `key:` and twelve digits, through a script: one atomic batch for each ten thousand. */
function fill(server: BenchServer, keys: number): void {
  const script =
    "for i = ARGV[1], ARGV[2] do redis.call('set', string.format('key:%012d', i), string.format('%032d', i)) end";
  for (let from = 0; from < keys; from += 10_000) {
    server.call('eval', script, '0', String(from), String(Math.min(keys, from + 10_000) - 1));
  }
}

function infoNumber(server: BenchServer, field: string): number {
  const found = new RegExp(`^${field}:(\\d+)`, 'm').exec(server.call('info', 'everything'));
  if (found === null) throw new Error(`INFO of ${server.name} has no ${field}`);
  return Number(found[1]);
}

function atMost(what: string, ours: number, peer: number, most: number): Figure {
  const ratio = ours / peer;
  return { what, ours, peer, ratio, asked: `<= ${most}x`, holds: ratio <= most };
}

function atLeast(what: string, ours: number, peer: number, least: number): Figure {
  const ratio = ours / peer;
  return { what, ours, peer, ratio, asked: `>= ${least}x`, holds: ratio >= least };
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[sorted.length >> 1] ?? Number.NaN;
}

function short(value: number): string {
  return value >= 1000 ? String(Math.round(value)) : value.toFixed(2);
}
