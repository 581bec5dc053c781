/**
 * `npm run bench rds [-- --quick] [--rounds N] [--seconds N] [--only write|read|memory] [--out FILE]`: against plain PostgreSQL 15 with
 * `fsync=on` on the same disk in the same run, in turns. Ratios are what counts: the machine is shared. Writes perf/results/rds.json.
 */
import { fileURLToPath } from 'node:url';
import { freePort } from '@hypergate/node/sim/ports';
import { parseArguments } from '../../lib/arguments.ts';
import { startGateway } from '../../lib/gateway.ts';
import { connectPostgres, startPlainPostgres } from '../../lib/postgres-server.ts';
import { processTree, proportionalBytes } from '../../lib/process-tree.ts';
import { readUsage } from '../../lib/process-usage.ts';
import { writeResult } from '../../lib/results.ts';
import type { Target } from '../../lib/target.ts';
import { type BenchRun, type BenchServer, prepareBench, runBench } from './pgbench.ts';

interface Figure {
  readonly what: string;
  readonly ours: number;
  readonly peer: number;
  readonly ratio: number;
  readonly asked: string;
  readonly holds: boolean;
}

interface Round extends BenchRun {
  /** Microseconds of a transaction, of each process of the gateway. */
  readonly cpuUs: Readonly<Record<string, number>>;
}

const scale = 10;
const writeClients = [
  { clients: 1, least: 0.6 },
  { clients: 16, least: 0.8 },
  { clients: 64, least: 0.9 },
] as const;
const readClients = 8;
const addedCpuUsMax = 50;
const idleMebibytesMax = 160;

export async function main(args: readonly string[]): Promise<number> {
  const parsed = parseArguments(args, {
    quick: 'boolean',
    rounds: 'string',
    seconds: 'string',
    only: 'string',
    out: 'string',
  });
  const quick = parsed.on('quick');
  const rounds = parsed.count('rounds', quick ? 1 : 5, 1);
  const seconds = parsed.count('seconds', quick ? 4 : 10, 1);
  const only = parsed.text('only', '');
  const wants = (part: string) => only === '' || only === part;
  const figures: Figure[] = [];
  const detail: Record<string, unknown> = {};
  await using opened = new AsyncDisposableStack();
  const postgresPort = await freePort();
  const gateway = await startGateway({
    custodians: 0,
    env: { HYPERGATE_POSTGRES_PORT: String(postgresPort) },
  });
  opened.defer(() => gateway.dispose());
  if (wants('memory')) detail.memory = await benchMemory(gateway, postgresPort, figures);
  const plain = await startPlainPostgres();
  opened.defer(() => plain.dispose());
  const ours: BenchServer = { name: 'ours', host: '127.0.0.1', port: postgresPort };
  const peer: BenchServer = { name: 'plain', host: '127.0.0.1', port: plain.port };
  if (wants('write') || wants('read')) for (const server of [peer, ours]) await prepareBench(server, scale);
  if (wants('write')) {
    for (const { clients, least } of writeClients) {
      const load = ['-N', '-c', String(clients), '-j', String(Math.min(clients, 2))];
      const found = await inTurns(gateway, ours, peer, load, rounds, seconds);
      detail[`-N -c ${clients}`] = found;
      figures.push(atLeast(`pgbench -N with ${clients} clients, per second`, found, least));
    }
  }
  if (wants('read')) {
    const load = ['-S', '-c', String(readClients), '-j', '2'];
    const found = await inTurns(gateway, ours, peer, load, rounds, seconds);
    detail[`-S -c ${readClients}`] = found;
    figures.push(atLeast(`pgbench -S with ${readClients} clients, per second`, found, 0.4));
    const added = median(found.ours.map(({ cpuUs }) => (cpuUs.proxy ?? 0) + (cpuUs.gateway ?? 0)));
    figures.push(atMost('CPU that a query costs in the proxy and the gateway, us', added, addedCpuUsMax));
  }
  for (const { what, ours: mine, peer: theirs, ratio, asked, holds } of figures) {
    console.log(
      `${holds ? 'holds' : 'MISSES'}  ${what}: ${short(mine)} against ${short(theirs)}, ${ratio.toFixed(2)}x (asked ${asked})`,
    );
  }
  const defaultOut = fileURLToPath(new URL('../results/rds.json', import.meta.url));
  const out = parsed.text('out', quick ? '' : defaultOut);
  if (out !== '') writeResult(out, { rounds, seconds, scale, figures, detail });
  return 0;
}

interface Turns {
  readonly ours: Round[];
  readonly peer: BenchRun[];
}

/** Both in turns, so that what else the machine does falls on both. */
async function inTurns(
  gateway: Target,
  ours: BenchServer,
  peer: BenchServer,
  load: readonly string[],
  rounds: number,
  seconds: number,
): Promise<Turns> {
  const turns: Turns = { ours: [], peer: [] };
  for (let round = 0; round < rounds; round++) {
    turns.peer.push(await runBench(peer, load, seconds));
    const before = cpuByPart(gateway.pid);
    const run = await runBench(ours, load, seconds);
    const after = cpuByPart(gateway.pid);
    const cpuUs = Object.fromEntries(
      Object.entries(after).map(([part, cpu]) => [
        part,
        ((cpu - (before[part] ?? 0)) * 1e6) / run.transactions,
      ]),
    );
    turns.ours.push({ ...run, cpuUs });
    console.log(
      `${load.join(' ')}: plain ${short(turns.peer.at(-1)!.perSecond)}, ours ${short(run.perSecond)} per second, ` +
        `us of CPU a transaction ${JSON.stringify(cpuUs, (_, value) => (typeof value === 'number' ? Math.round(value) : value))}`,
    );
  }
  return turns;
}

/** Seconds. Backends of clients that left are not among them, as the server process has no account of them while it lives. */
function cpuByPart(pid: number): Record<string, number> {
  const sums: Record<string, number> = {};
  for (const { pid: each, command } of processTree(pid)) {
    const part =
      each === pid
        ? 'gateway'
        : command.includes('proxy-main')
          ? 'proxy'
          : /postgres/.test(command)
            ? 'engine'
            : 'others';
    try {
      sums[part] = (sums[part] ?? 0) + readUsage(each).cpuSeconds;
    } catch {
      // It ended meanwhile.
    }
  }
  return sums;
}

/** Processes of one instance that has been used and has no client. */
async function benchMemory(gateway: Target, port: number, figures: Figure[]): Promise<unknown> {
  const client = await connectPostgres({ port });
  await client.query(
    'create table memory as select i, repeat(md5(i::text), 4) as text from generate_series(1, 20000) i',
  );
  await client.query('select count(*) from memory');
  await client.query('drop table memory');
  await client.end();
  const engine = processTree(gateway.pid).filter(({ command }) => /postgres/.test(command));
  const mebibytes = proportionalBytes(engine.map(({ pid }) => pid)) / 2 ** 20;
  figures.push(atMost('memory of an idle instance (PSS of its processes), MiB', mebibytes, idleMebibytesMax));
  return { mebibytes, processes: engine.length };
}

function atLeast(what: string, { ours, peer }: Turns, least: number): Figure {
  // Each round has its own ratio: a slow moment of the machine falls on neighbours.
  const ratio = median(ours.map(({ perSecond }, i) => perSecond / peer[i]!.perSecond));
  const [mine, theirs] = [ours, peer].map((runs) => median(runs.map(({ perSecond }) => perSecond))) as [
    number,
    number,
  ];
  return { what, ours: mine, peer: theirs, ratio, asked: `>= ${least}x`, holds: ratio >= least };
}

function atMost(what: string, ours: number, most: number): Figure {
  return { what, ours, peer: most, ratio: ours / most, asked: `<= ${most}`, holds: ours <= most };
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[sorted.length >> 1] ?? Number.NaN;
}

function short(value: number): string {
  return value >= 1000 ? String(Math.round(value)) : value.toFixed(2);
}
