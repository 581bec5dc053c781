/**
 * `npm run bench proofs-cost`: what proofs cost writers. The same PUTs go to gateways without proofs and with frames, in
 * turn, round after round; while one is measured the others are stopped (SIGSTOP). Ratios are of one round, medians over rounds.
 * A second gateway without proofs tells how far two equal ones are apart on this machine; the steadiest figure is the share: CPU
 * of the threads that prove to that of all others, in one measurement. Writes perf/results/proofs-cost.json. Linux only: CPU
 * comes from /proc.
 *
 * --seconds N      of each measurement (10: a frame of the default interval falls into it)
 * --rounds N (8), --concurrency N (32), --seed TEXT, --out FILE
 * --quick          a round of 3 s, no result file unless --out
 */
import { fileURLToPath } from 'node:url';
import { adminStatus } from '../lib/admin.ts';
import { parseArguments } from '../lib/arguments.ts';
import { startGateway } from '../lib/gateway.ts';
import { readThreads, readUsage } from '../lib/process-usage.ts';
import { writeResult } from '../lib/results.ts';
import { S3Caller } from '../lib/s3-caller.ts';
import type { Target } from '../lib/target.ts';
import { Generator } from './measure.ts';
import type { Workload } from './workloads.ts';

const base = 'proofs off';
const sides: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  [base]: { HYPERGATE_PROOFS: 'off' },
  'proofs off too': { HYPERGATE_PROOFS: 'off' },
  'frames every 10 s': { HYPERGATE_FRAME_INTERVAL: '10s' },
  'frames every 1 s': { HYPERGATE_FRAME_INTERVAL: '1s' },
};
const KiB = 1024;
const loads = [
  { name: 'PUT 1 KiB', size: KiB, keys: 20_000 },
  { name: 'PUT 64 KiB', size: 64 * KiB, keys: 2000 },
] as const;
const bucket = 'proofs-cost';
const warmSeconds = 3;
const caughtUpMsMax = 60_000;

interface Cost {
  readonly operationsPerSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** All threads of the gateway. */
  readonly cpuMsPerOperation: number;
  /** CPU of threads that prove to CPU of all others. */
  readonly provingShare: number;
}

/** Of each figure to that of a gateway without proofs; the share as it is. */
type Ratios = Cost;

/** Writes acknowledged in a second, to those of a gateway without proofs. */
const reach = 0.9;
const provingThreads = new Set(['prover', 'vdf', 'kzg', 'epoch-prover']);

/** Gives the exit code. */
export async function main(args: readonly string[]): Promise<number> {
  const parsed = parseArguments(args, {
    seconds: 'string',
    rounds: 'string',
    concurrency: 'string',
    seed: 'string',
    quick: 'boolean',
    out: 'string',
  });
  const quick = parsed.on('quick');
  const seconds = parsed.count('seconds', quick ? 3 : 10, 1);
  const rounds = parsed.count('rounds', quick ? 1 : 8, 1);
  const concurrency = parsed.count('concurrency', 32, 1);
  const seed = parsed.text('seed', 'proofs-cost');
  const costs: Record<string, Record<string, Cost[]>> = {};
  for (const { name, ...load } of loads) {
    const work: Workload = { ...load, name, kind: 'put', bucket, keyKind: 'flat', concurrency, seconds };
    costs[name] = await measureLoad(work, rounds, seed);
  }
  const ratios = ratiosOf(costs);
  console.log('\nratios to a gateway without proofs: medians over rounds');
  for (const [name, sideRatios] of Object.entries(ratios)) {
    for (const [side, ratio] of Object.entries(sideRatios)) {
      const reached = ratio.operationsPerSecond >= reach ? `reaches ${reach}` : `NOT ${reach}`;
      console.log(`${name}, ${side}: ${line(ratio)}: ${reached}`);
    }
  }
  const results = fileURLToPath(new URL('results/proofs-cost.json', import.meta.url));
  const out = parsed.text('out', quick ? '' : results);
  if (out !== '') writeResult(out, { seconds, rounds, concurrency, seed, ratios, costs });
  return 0;
}

/** By side, of each round. */
async function measureLoad(work: Workload, rounds: number, seed: string): Promise<Record<string, Cost[]>> {
  const costs: Record<string, Cost[]> = {};
  const targets = new Map<string, Target>();
  const generator = new Generator();
  try {
    for (const [side, env] of Object.entries(sides))
      targets.set(side, await begin(env, work, generator, seed));
    for (let round = 1; round <= rounds; round += 1) {
      // Each is first and last in turn: a machine that slows down slows all of them.
      for (const side of rotated(Object.keys(sides), round)) {
        const cost = await measureSide(targets.get(side) as Target, work, generator, `${seed} ${round}`);
        (costs[side] ??= []).push(cost);
        console.log(`${work.name}, ${side}, round ${round}: ${line(cost)}`);
      }
    }
    return costs;
  } finally {
    generator.stop();
    for (const target of targets.values()) {
      process.kill(target.pid, 'SIGCONT');
      await target.dispose();
    }
  }
}

/** A gateway on a data directory of its own, warm, and stopped. */
async function begin(
  env: Readonly<Record<string, string>>,
  work: Workload,
  generator: Generator,
  seed: string,
): Promise<Target> {
  const target = await startGateway({ env });
  try {
    const caller = new S3Caller(target);
    await caller.ok({ method: 'PUT', path: `/${bucket}` });
    caller.close();
    await generator.run(target, { ...work, seconds: warmSeconds }, `${seed} warm`);
    await caughtUp(target);
  } catch (error) {
    await target.dispose();
    throw error;
  }
  process.kill(target.pid, 'SIGSTOP');
  return target;
}

/** The frame of the time that it stood still falls into the measurement. */
async function measureSide(
  target: Target,
  work: Workload,
  generator: Generator,
  seed: string,
): Promise<Cost> {
  process.kill(target.pid, 'SIGCONT');
  const provingBefore = provingSeconds(target.pid);
  const before = readUsage(target.pid).cpuSeconds;
  const figures = await generator.run(target, work, seed);
  const all = readUsage(target.pid).cpuSeconds - before;
  const proving = provingSeconds(target.pid) - provingBefore;
  process.kill(target.pid, 'SIGSTOP');
  return {
    operationsPerSecond: figures.operations / figures.wallSeconds,
    p50Ms: figures.latencyMsMedian,
    p99Ms: figures.latencyMs99,
    cpuMsPerOperation: (all * 1000) / figures.operations,
    provingShare: proving / (all - proving),
  };
}

function provingSeconds(pid: number): number {
  let seconds = 0;
  for (const [name, ofName] of readThreads(pid)) if (provingThreads.has(name)) seconds += ofName;
  return seconds;
}

/** Every write is in a signed frame; at once without proofs. */
async function caughtUp(target: Target): Promise<void> {
  const deadline = performance.now() + caughtUpMsMax;
  for (;;) {
    const { state, lagSeconds } = (await adminStatus(target)).proofs;
    if (state === 'off' || (state === 'running' && lagSeconds === 0)) return;
    if (state === 'failed' || performance.now() > deadline)
      throw new Error(`no frame shows the load: the prover is ${state}, ${lagSeconds} s behind`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

function rotated<T>(items: readonly T[], by: number): T[] {
  const at = by % items.length;
  return [...items.slice(at), ...items.slice(0, at)];
}

function ratiosOf(
  costs: Readonly<Record<string, Readonly<Record<string, readonly Cost[]>>>>,
): Record<string, Record<string, Ratios>> {
  const out: Record<string, Record<string, Ratios>> = {};
  for (const [name, bySide] of Object.entries(costs)) {
    const reference = bySide[base] ?? [];
    for (const [side, measured] of Object.entries(bySide)) {
      if (side === base) continue;
      const ratio = (key: keyof Cost) =>
        median(measured.map((cost, round) => cost[key] / (reference[round] as Cost)[key]));
      (out[name] ??= {})[side] = {
        operationsPerSecond: ratio('operationsPerSecond'),
        p50Ms: ratio('p50Ms'),
        p99Ms: ratio('p99Ms'),
        cpuMsPerOperation: ratio('cpuMsPerOperation'),
        provingShare: median(measured.map(({ provingShare }) => provingShare)),
      };
    }
  }
  return out;
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((left, right) => left - right);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? Number.NaN)) / 2;
}

function line(cost: Cost | Ratios): string {
  const digits = (value: number): string => value.toFixed(value < 10 ? 3 : 0);
  return (
    `${digits(cost.operationsPerSecond)} /s, p50 ${digits(cost.p50Ms)}, p99 ${digits(cost.p99Ms)}, ` +
    `CPU an operation ${digits(cost.cpuMsPerOperation)}, ` +
    `threads that prove ${(cost.provingShare * 100).toFixed(1)} % of the others`
  );
}
