/** Runs one workload against a target and charges it the server's CPU, the work it leaves behind included. */
import { type ChildProcess, fork } from 'node:child_process';
import { loadavg } from 'node:os';
import { fileURLToPath } from 'node:url';
import { readUsage } from '../lib/process-usage.ts';
import { cleanEnvironment, type Target } from '../lib/target.ts';
import type { Answer, Order } from './generator.ts';
import type { Figures, Workload } from './workloads.ts';

export interface Measurement extends Figures {
  /** All threads, user and system, while the workload ran. */
  readonly cpuSeconds: number;
  /** The same from its end until the server was idle: compaction, syncs, frames. */
  readonly settleCpuSeconds: number;
  readonly operationsPerSecond: number;
  /** Over both: what an operation costs to the end. */
  readonly operationsPerCpuSecond: number;
  readonly cpuMsPerOperation: number;
  /** 10^6 body bytes per CPU-second. */
  readonly megabytesPerCpuSecond: number;
  readonly rssBytes: number;
  /** Of the machine over the last minute, at the end: what else ran costs caches and clock rate. */
  readonly load: number;
}

export class Generator {
  private readonly child: ChildProcess;

  constructor() {
    this.child = fork(fileURLToPath(new URL('generator.ts', import.meta.url)), [], {
      env: cleanEnvironment({}),
    });
  }

  async measure(target: Target, work: Workload, seed: string): Promise<Measurement> {
    const before = readUsage(target.pid).cpuSeconds;
    const figures = await this.run(target, work, seed);
    const between = readUsage(target.pid).cpuSeconds;
    const after = await settle(target.pid);
    const cpuSeconds = between - before;
    const settleCpuSeconds = after.cpuSeconds - between;
    const cost = cpuSeconds + settleCpuSeconds;
    return {
      ...figures,
      cpuSeconds,
      settleCpuSeconds,
      operationsPerSecond: figures.operations / figures.wallSeconds,
      operationsPerCpuSecond: figures.operations / cost,
      cpuMsPerOperation: (cost * 1000) / figures.operations,
      megabytesPerCpuSecond: figures.bytes / 1e6 / cost,
      rssBytes: after.rssBytes,
      load: loadavg()[0] as number,
    };
  }

  stop(): void {
    this.child.disconnect();
  }

  /** Without a look at the server. */
  run(target: Target, work: Workload, seed: string): Promise<Figures> {
    const order: Order = { port: target.port, identity: target.identity, seed, work };
    return new Promise((resolve, reject) => {
      const ended = (code: number | null) => reject(new Error(`the load generator ended with ${code}`));
      this.child.once('exit', ended);
      this.child.once('message', (answer: Answer) => {
        this.child.off('exit', ended);
        if ('error' in answer) reject(new Error(`${order.work.name}: ${answer.error}`));
        else resolve(answer.figures);
      });
      this.child.send(order);
    });
  }
}

const settleStepMs = 250;
const settleMsMax = 15_000;
/** Idle: at most this share of a core over a step. */
const idleShare = 0.04;

/** Waits until the process does next to nothing, at most 15 s. */
export async function settle(pid: number): Promise<{ cpuSeconds: number; rssBytes: number }> {
  const deadline = performance.now() + settleMsMax;
  let last = readUsage(pid);
  for (;;) {
    await pause(settleStepMs);
    const now = readUsage(pid);
    const share = (now.cpuSeconds - last.cpuSeconds) / (settleStepMs / 1000);
    last = now;
    if (share <= idleShare || performance.now() > deadline) return now;
  }
}

/** CPU share of a core and memory of a server nobody calls. */
export async function measureIdle(
  pid: number,
  seconds: number,
): Promise<{ cpuShare: number; rssBytes: number }> {
  await settle(pid);
  const before = readUsage(pid);
  await pause(seconds * 1000);
  const after = readUsage(pid);
  return { cpuShare: (after.cpuSeconds - before.cpuSeconds) / seconds, rssBytes: after.rssBytes };
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
