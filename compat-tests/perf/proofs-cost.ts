/**
 * `npm run bench proofs-cost`: what proofs cost writers. The same PUTs go to a gateway without proofs and to gateways with
 * frames, each in a process of its own, one at a time and in turn, round after round; ratios are of one round, medians over
 * rounds. Writes perf/results/proofs-cost.json. Linux only: CPU comes from /proc.
 *
 * --seconds N      of each measurement (12: a frame of the default interval falls into it)
 * --rounds N (5), --concurrency N (32), --seed TEXT, --out FILE
 * --quick          a round of 3 s, no result file unless --out
 */
import { fileURLToPath } from 'node:url';
import { adminStatus } from '../lib/admin.ts';
import { parseArguments } from '../lib/arguments.ts';
import { startGateway } from '../lib/gateway.ts';
import { readUsage } from '../lib/process-usage.ts';
import { writeResult } from '../lib/results.ts';
import { S3Caller } from '../lib/s3-caller.ts';
import type { Target } from '../lib/target.ts';
import { Generator } from './measure.ts';
import type { Workload } from './workloads.ts';

const base = 'proofs off';
const sides: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  [base]: { HYPERGATE_PROOFS: 'off' },
  'frames every 10 s': { HYPERGATE_FRAME_INTERVAL: '10s' },
  'frames every 1 s': { HYPERGATE_FRAME_INTERVAL: '1s' },
};
const KiB = 1024;
const loads = [
  { name: 'PUT 1 KiB', size: KiB, keys: 20_000 },
  { name: 'PUT 64 KiB', size: 64 * KiB, keys: 2000 },
] as const;
const bucket = 'proofs-cost';
const warmSeconds = 1;
const caughtUpMsMax = 60_000;

interface Cost {
  readonly operationsPerSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** All threads of the gateway, while the load ran. */
  readonly cpuMsPerOperation: number;
  /** And until a frame showed it all. */
  readonly cpuMsPerOperationProven: number;
}

type Ratios = Readonly<Record<keyof Cost, number>>;

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
  const seconds = parsed.count('seconds', quick ? 3 : 12, 1);
  const rounds = parsed.count('rounds', quick ? 1 : 5, 1);
  const concurrency = parsed.count('concurrency', 32, 1);
  const seed = parsed.text('seed', 'proofs-cost');
  const costs: Record<string, Record<string, Cost[]>> = {};
  const generator = new Generator();
  try {
    for (let round = 1; round <= rounds; round += 1) {
      for (const { name, ...load } of loads) {
        const work: Workload = { ...load, name, kind: 'put', bucket, keyKind: 'flat', concurrency, seconds };
        // Each is first, second and last in turn: a machine that slows down slows all of them.
        for (const side of rotated(Object.keys(sides), round)) {
          const cost = await measureSide(side, work, generator, `${seed} ${round}`);
          ((costs[name] ??= {})[side] ??= []).push(cost);
          console.log(`${name}, ${side}, round ${round}: ${line(cost)}`);
        }
      }
    }
  } finally {
    generator.stop();
  }
  const ratios = ratiosOf(costs);
  console.log('\nratios to a gateway without proofs: medians over rounds');
  for (const [name, sideRatios] of Object.entries(ratios)) {
    for (const [side, ratio] of Object.entries(sideRatios)) console.log(`${name}, ${side}: ${line(ratio)}`);
  }
  const results = fileURLToPath(new URL('results/proofs-cost.json', import.meta.url));
  const out = parsed.text('out', quick ? '' : results);
  if (out !== '') writeResult(out, { seconds, rounds, concurrency, seed, ratios, costs });
  return 0;
}

/** On a data directory of its own, so that none measures on what another wrote. */
async function measureSide(side: string, work: Workload, generator: Generator, seed: string): Promise<Cost> {
  const target = await startGateway({ env: sides[side] ?? {} });
  try {
    const caller = new S3Caller(target);
    await caller.ok({ method: 'PUT', path: `/${bucket}` });
    caller.close();
    await generator.run(target, { ...work, seconds: warmSeconds }, `${seed} warm`);
    await caughtUp(target);
    const before = readUsage(target.pid).cpuSeconds;
    const figures = await generator.run(target, work, seed);
    const during = readUsage(target.pid).cpuSeconds - before;
    await caughtUp(target);
    const proven = readUsage(target.pid).cpuSeconds - before;
    return {
      operationsPerSecond: figures.operations / figures.wallSeconds,
      p50Ms: figures.latencyMsMedian,
      p99Ms: figures.latencyMs99,
      cpuMsPerOperation: (during * 1000) / figures.operations,
      cpuMsPerOperationProven: (proven * 1000) / figures.operations,
    };
  } finally {
    await target.dispose();
  }
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
        cpuMsPerOperationProven: ratio('cpuMsPerOperationProven'),
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
    `CPU an operation ${digits(cost.cpuMsPerOperation)}, to its frame ${digits(cost.cpuMsPerOperationProven)}`
  );
}
