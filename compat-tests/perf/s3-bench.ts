/** The S3 benchmark: ours and s3rver in turn, round after round, in one run on one machine; ratios come from that run. */
import { startGateway } from '../lib/gateway.ts';
import { S3Caller } from '../lib/s3-caller.ts';
import { startS3rver } from '../lib/s3rver.ts';
import type { Target } from '../lib/target.ts';
import { Generator, type Measurement, measureIdle } from './measure.ts';
import type { Workload } from './workloads.ts';

export interface BenchOptions {
  readonly keys: number;
  readonly seconds: number;
  readonly rounds: number;
  readonly concurrency: number;
  readonly idleSeconds: number;
  readonly withPeer: boolean;
  readonly seed: string;
  readonly report: (line: string) => void;
}

export interface BenchResult {
  readonly options: Omit<BenchOptions, 'report'>;
  /** Per workload and server, one measurement per round. */
  readonly workloads: Record<string, Record<string, Measurement[]>>;
  readonly summary: Record<string, Summary>;
  readonly restart: { readonly objects: number; readonly readyMs: number[] } | undefined;
  readonly idle: { readonly cpuShare: number; readonly rssBytes: number } | undefined;
}

interface Summary {
  /** Means over the rounds. */
  readonly oursPerCpuSecond: number;
  readonly oursMegabytesPerCpuSecond: number;
  readonly oursCpuMs: number;
  readonly peerPerCpuSecond: number | undefined;
  readonly ratio: number | undefined;
}

const KiB = 1024;
const restarts = 3;

function plan(options: BenchOptions): { fills: Workload[]; measured: Workload[] } {
  const { concurrency, seconds, keys } = options;
  const base = { concurrency, seconds };
  const small = { ...base, bucket: 'bench-1k', size: KiB, keys };
  const middle = { ...base, bucket: 'bench-64k', size: 64 * KiB, keys: Math.min(2000, keys) };
  const large = {
    ...base,
    bucket: 'bench-8m',
    size: 8192 * KiB,
    keys: 16,
    concurrency: Math.min(8, concurrency),
  };
  const thousand = { ...base, bucket: 'bench-list', size: 16, keys: 1000 };
  const parts = {
    ...large,
    bucket: 'bench-parts',
    size: 11 * 1024 * KiB,
    concurrency: Math.min(4, concurrency),
  };
  return {
    fills: [small, middle, large, thousand].map((set) => ({
      ...set,
      name: `fill ${set.bucket}`,
      kind: 'fill',
    })),
    measured: [
      { ...small, name: 'PUT 1 KiB', kind: 'put' },
      { ...small, name: 'GET 1 KiB', kind: 'get' },
      { ...middle, name: 'PUT 64 KiB', kind: 'put' },
      { ...middle, name: 'GET 64 KiB', kind: 'get' },
      { ...large, name: 'PUT 8 MiB', kind: 'put' },
      { ...large, name: 'GET 8 MiB', kind: 'get' },
      { ...thousand, name: 'list 1,000 of 1,000', kind: 'list', concurrency: Math.min(4, concurrency) },
      { ...small, name: `list 1,000 of ${keys}`, kind: 'list', concurrency: Math.min(4, concurrency) },
      { ...parts, name: 'multipart 5+5+1 MiB', kind: 'multipart' },
    ],
  };
}

export async function runBench(options: BenchOptions): Promise<BenchResult> {
  const { fills, measured } = plan(options);
  const generator = new Generator();
  const targets: Target[] = [];
  const workloads: BenchResult['workloads'] = {};
  const note = (target: Target, work: Workload, round: string, m: Measurement) => {
    const perServer = (workloads[work.name] ??= {});
    (perServer[target.name] ??= []).push(m);
    options.report(line(target.name, work, round, m));
  };
  let restart: BenchResult['restart'];
  let idle: BenchResult['idle'];
  try {
    targets.push(await startGateway());
    if (options.withPeer) targets.push(await startS3rver());
    for (const target of targets) {
      await makeBuckets(target, [...new Set(measured.map((work) => work.bucket))]);
      for (const work of fills)
        note(target, work, 'fill', await generator.measure(target, work, options.seed));
      await target.kill();
    }
    for (let round = 1; round <= options.rounds; round += 1) {
      for (let i = 0; i < targets.length; i += 1) {
        const target = (targets[i] = await (targets[i] as Target).restart());
        for (const work of measured) {
          note(
            target,
            work,
            `round ${round}`,
            await generator.measure(target, work, `${options.seed} ${round}`),
          );
        }
        await target.kill();
      }
    }
    ({ restart, idle } = await measureRestart(targets, generator, measured[0] as Workload, options));
  } finally {
    generator.stop();
    for (const target of targets) await target.dispose();
  }
  const { report: _report, ...plain } = options;
  return { options: plain, workloads, summary: summarise(workloads), restart, idle };
}

/** Our server killed under writes, timed from its start until it takes requests; then left alone. */
async function measureRestart(
  targets: Target[],
  generator: Generator,
  put: Workload,
  options: BenchOptions,
): Promise<Pick<BenchResult, 'restart' | 'idle'>> {
  const readyMs: number[] = [];
  let target = targets[0] as Target;
  for (let i = 0; i < restarts; i += 1) {
    const before = performance.now();
    target = targets[0] = await target.restart();
    readyMs.push(Math.round(performance.now() - before));
    if (i < restarts - 1) {
      await generator.measure(target, { ...put, seconds: 1 }, `restart ${i}`);
      await target.kill();
    }
  }
  const idle = await measureIdle(target.pid, options.idleSeconds);
  options.report(`ready again with ${options.keys} objects after SIGKILL: ${readyMs.join(', ')} ms`);
  options.report(
    `idle: ${(idle.cpuShare * 100).toFixed(1)} % of a core, ${Math.round(idle.rssBytes / 1048576)} MiB`,
  );
  return { restart: { objects: options.keys, readyMs }, idle };
}

async function makeBuckets(target: Target, names: readonly string[]): Promise<void> {
  const caller = new S3Caller(target);
  for (const name of names) await caller.ok({ method: 'PUT', path: `/${name}` });
  caller.close();
}

function summarise(workloads: BenchResult['workloads']): Record<string, Summary> {
  const out: Record<string, Summary> = {};
  for (const [name, servers] of Object.entries(workloads)) {
    const ours = servers.hypergate ?? [];
    const peer = servers.s3rver;
    const oursPerCpuSecond = mean(ours.map((m) => m.operationsPerCpuSecond));
    const peerPerCpuSecond =
      peer === undefined || peer.length === 0 ? undefined : mean(peer.map((m) => m.operationsPerCpuSecond));
    out[name] = {
      oursPerCpuSecond,
      oursMegabytesPerCpuSecond: mean(ours.map((m) => m.megabytesPerCpuSecond)),
      oursCpuMs: mean(ours.map((m) => m.cpuMsPerOperation)),
      peerPerCpuSecond,
      ratio: peerPerCpuSecond === undefined ? undefined : oursPerCpuSecond / peerPerCpuSecond,
    };
  }
  return out;
}

function mean(values: readonly number[]): number {
  return values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length;
}

function line(server: string, work: Workload, round: string, m: Measurement): string {
  return (
    `${server.padEnd(10)} ${round.padEnd(8)} ${work.name.padEnd(22)} ${m.operations} in ${m.wallSeconds.toFixed(1)} s; ` +
    `${m.operationsPerCpuSecond.toFixed(0)}/CPU-s, ${m.megabytesPerCpuSecond.toFixed(0)} MB/CPU-s, ` +
    `${m.cpuMsPerOperation.toFixed(3)} ms CPU (settling ${m.settleCpuSeconds.toFixed(2)} s); ` +
    `p50 ${m.latencyMsMedian.toFixed(1)} p99 ${m.latencyMs99.toFixed(1)} ms`
  );
}
