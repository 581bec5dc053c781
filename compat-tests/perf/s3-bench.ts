/** The S3 benchmark: ours and s3rver in turn, round after round, in one run on one machine; ratios come from that run. */
import { readdirSync } from 'node:fs';
import { loadavg } from 'node:os';
import { join } from 'node:path';
import { directoryBytes } from '../lib/admin.ts';
import { startGateway } from '../lib/gateway.ts';
import { readUsage } from '../lib/process-usage.ts';
import { S3Caller } from '../lib/s3-caller.ts';
import { startS3rver } from '../lib/s3rver.ts';
import type { Target } from '../lib/target.ts';
import { Generator, type Measurement, measureIdle } from './measure.ts';
import { makePlans, type Plan, type PlanOptions } from './plan.ts';
import { listingTable, type Summary, summarise } from './summary.ts';
import { keyIndex, keyName, type Workload } from './workloads.ts';

export interface BenchOptions extends PlanOptions {
  readonly rounds: number;
  readonly idleSeconds: number;
  readonly withPeer: boolean;
  /** The peer fills slowly: it is asked for fewer keys, which favours it. */
  readonly peerKeys: number;
  readonly peerListingKeysMax: number;
  /** Ours, kept afterwards; undefined: a fresh one that is removed. */
  readonly data: string | undefined;
  readonly seed: string;
  readonly report: (line: string) => void;
}

export interface BenchResult {
  readonly options: Omit<BenchOptions, 'report' | 'data'>;
  /** Of the machine over 1, 5 and 15 minutes. */
  readonly loadBefore: readonly number[];
  readonly loadAfter: readonly number[];
  readonly summary: Record<string, Summary>;
  readonly listings: ReturnType<typeof listingTable>;
  readonly scale: Scale | undefined;
  /** Per workload and server, one measurement per round. */
  readonly workloads: Record<string, Record<string, Measurement[]>>;
}

/** Our server with everything stored. */
interface Scale {
  readonly objects: number;
  readonly rssBytesAfterFill: number;
  /** Bytes on disk by folder of the data directory. */
  readonly directoryBytes: Record<string, number>;
  /** From start to ready after SIGKILL under writes. */
  readonly readyMs: readonly number[];
  /** CPU of the same: what a quiet machine would need. */
  readonly readyCpuSeconds: readonly number[];
  /** After the last start, without a request. */
  readonly idle: { readonly cpuShare: number; readonly rssBytes: number };
}

interface Side {
  /** One after the other. */
  readonly plans: readonly Plan[];
  target: Target;
}

const restarts = 3;
const warmSeconds = 0.7;

export async function runBench(options: BenchOptions): Promise<BenchResult> {
  const loadBefore = loadavg();
  const generator = new Generator();
  const sides: Side[] = [];
  const workloads: BenchResult['workloads'] = {};
  const measure = async ({ target }: Side, work: Workload, round: string) => {
    const measured = await generator.measure(target, work, `${options.seed} ${round}`);
    const perServer = (workloads[work.name] ??= {});
    (perServer[target.name] ??= []).push(measured);
    options.report(line(target.name, work, round, measured));
  };
  let rssBytesAfterFill = 0;
  let scale: Scale | undefined;
  try {
    sides.push({ plans: makePlans(options), target: await startOurs(options.data) });
    if (options.withPeer) sides.push({ plans: peerPlans(options), target: await startS3rver() });
    for (const side of sides) await side.target.kill();
    for (let phase = 0; phase < sides[0]!.plans.length; phase += 1) {
      for (const side of sides) {
        const plan = side.plans[phase];
        if (plan === undefined) continue;
        side.target = await side.target.restart();
        await makeBuckets(plan, side.target);
        for (const work of plan.fills)
          if (!(await isFilled(side.target, work))) await measure(side, work, 'fill');
        if (side === sides[0]) rssBytesAfterFill = readUsage(side.target.pid).rssBytes;
        await side.target.kill();
      }
      for (let round = 1; round <= options.rounds; round += 1)
        for (const side of sides) await runRound(side, side.plans[phase], round, generator, measure, options);
    }
    const ours = sides[0]!;
    if (options.only === undefined)
      scale = { rssBytesAfterFill, ...(await measureScale(ours, generator, options)) };
  } finally {
    generator.stop();
    for (const { target } of sides) {
      if (target.name === 'hypergate' && options.data !== undefined) await target.kill();
      else await target.dispose();
    }
  }
  const { report: _report, data: _data, ...plain } = options;
  const summary = summarise(workloads);
  const listings = listingTable(summary);
  return { options: plain, loadBefore, loadAfter: loadavg(), summary, listings, scale, workloads };
}

function peerPlans(options: BenchOptions): Plan[] {
  const listingKeys = options.listingKeys.filter((keys) => keys <= options.peerListingKeysMax);
  return makePlans({ ...options, keys: Math.min(options.keys, options.peerKeys), listingKeys });
}

async function runRound(
  side: Side,
  plan: Plan | undefined,
  round: number,
  generator: Generator,
  measure: (side: Side, work: Workload, round: string) => Promise<void>,
  options: BenchOptions,
): Promise<void> {
  if (plan === undefined) return;
  side.target = await side.target.restart();
  await warmUp(plan, side.target, generator);
  for (const { work, before } of plan.steps) {
    try {
      if (before !== undefined) await measure(side, before, `before ${round}`);
      await measure(side, work, `round ${round}`);
    } catch (error) {
      // What the peer cannot do is left out of the comparison; ours must do all of it.
      if (side.target.name === 'hypergate') throw error;
      options.report(`${side.target.name} cannot do ${String(error).slice(0, 200)}`);
    }
  }
  await side.target.kill();
}

/** A process just started has compiled nothing: each kind of call once for a moment, on the first bucket that has it. */
async function warmUp(plan: Plan, target: Target, generator: Generator): Promise<void> {
  const kinds = new Set<string>(['delete']);
  for (const { work } of plan.steps) {
    if (kinds.has(work.kind)) continue;
    kinds.add(work.kind);
    const { count: _count, ...timed } = work;
    await generator.run(target, { ...timed, seconds: warmSeconds }, 'warm up').catch((error: unknown) => {
      // What the peer cannot do is told when it is measured.
      if (target.name === 'hypergate') throw error;
    });
  }
}

/** Our server killed under writes, timed from its start until it takes requests; then left alone. */
async function measureScale(
  side: Side,
  generator: Generator,
  options: BenchOptions,
): Promise<Omit<Scale, 'rssBytesAfterFill'>> {
  const put = side.plans[0]!.steps[0]!.work;
  const readyMs: number[] = [];
  const readyCpuSeconds: number[] = [];
  for (let i = 0; i < restarts; i += 1) {
    const before = performance.now();
    side.target = await side.target.restart();
    readyMs.push(Math.round(performance.now() - before));
    readyCpuSeconds.push(readUsage(side.target.pid).cpuSeconds);
    if (i === restarts - 1) break;
    await generator.measure(side.target, { ...put, seconds: 1 }, `restart ${i}`);
    await side.target.kill();
  }
  const idle = await measureIdle(side.target.pid, options.idleSeconds);
  const folder = side.target.dataDir;
  const parts = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  const bytes = Object.fromEntries(parts.map(({ name }) => [name, directoryBytes(join(folder, name))]));
  const filled = new Map(side.plans.flatMap(({ fills }) => fills.map(({ bucket, keys }) => [bucket, keys])));
  const objects = [...filled.values()].reduce((sum, keys) => sum + keys, 0);
  options.report(
    `ready again with ${objects} objects after SIGKILL: ${readyMs.join(', ')} ms, ${readyCpuSeconds.join(', ')} s of CPU`,
  );
  options.report(
    `idle: ${(idle.cpuShare * 100).toFixed(1)} % of a core, ${mib(idle.rssBytes)} MiB; on disk ${Object.entries(
      bytes,
    )
      .map(([name, size]) => `${name} ${mib(size)}`)
      .join(', ')} MiB`,
  );
  return { objects, directoryBytes: bytes, readyMs, readyCpuSeconds, idle };
}

async function makeBuckets(plan: Plan, target: Target): Promise<void> {
  const caller = new S3Caller(target);
  // A kept data directory has them.
  for (const name of plan.buckets) await caller.ok({ method: 'PUT', path: `/${name}` }, 200, 409);
  caller.close();
}

function startOurs(dataDir: string | undefined): Promise<Target> {
  return startGateway(dataDir === undefined ? {} : { dataDir });
}

/** By the key that a fill writes last. */
async function isFilled(target: Target, work: Workload): Promise<boolean> {
  const caller = new S3Caller(target);
  const key = keyName(work.keyKind, keyIndex(work, work.keys - 1));
  const found = await caller.ok({ method: 'HEAD', path: `/${work.bucket}/${key}` }, 200, 404);
  caller.close();
  return found.status === 200;
}

function mib(bytes: number): number {
  return Math.round(bytes / 1048576);
}

function line(server: string, work: Workload, round: string, m: Measurement): string {
  return (
    `${server.padEnd(10)} ${round.padEnd(8)} ${work.name.padEnd(32)} ${m.operations} in ${m.wallSeconds.toFixed(1)} s; ` +
    `${m.operationsPerCpuSecond.toFixed(0)}/CPU-s, ${m.megabytesPerCpuSecond.toFixed(0)} MB/CPU-s, ` +
    `${m.cpuMsPerOperation.toFixed(3)} ms CPU (settling ${m.settleCpuSeconds.toFixed(2)} s); ` +
    `p50 ${m.latencyMsMedian.toFixed(1)} p99 ${m.latencyMs99.toFixed(1)} ms, ${mib(m.rssBytes)} MiB`
  );
}
