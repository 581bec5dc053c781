/** What work costs: time, processor time of the process and, of commitments, of the thread that makes them. */
import type { BranchCommitter } from '../../../hypergraph/tree/index.ts';

export interface Cost {
  readonly wallMs: number;
  /** All threads of the process, collection of garbage included. */
  readonly cpuMs: number;
}

export async function costOf(run: () => unknown): Promise<Cost> {
  const cpu = process.cpuUsage();
  const at = performance.now();
  await run();
  const wallMs = performance.now() - at;
  const { user, system } = process.cpuUsage(cpu);
  return { wallMs, cpuMs: (user + system) / 1000 };
}

export function addCosts(costs: readonly Cost[]): Cost {
  return {
    wallMs: costs.reduce((sum, { wallMs }) => sum + wallMs, 0),
    cpuMs: costs.reduce((sum, { cpuMs }) => sum + cpuMs, 0),
  };
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((left, right) => left - right);
  const middle = sorted.length >> 1;
  if (sorted.length === 0) return Number.NaN;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** Milliseconds of a call, the median after a few that are not counted. */
export function medianMs(rounds: number, run: () => unknown): number {
  for (let round = 0; round < Math.ceil(rounds / 3); round += 1) run();
  return median(
    Array.from({ length: rounds }, () => {
      const at = performance.now();
      run();
      return performance.now() - at;
    }),
  );
}

interface ThreadUsage {
  threadCpuUsage(): { readonly user: number; readonly system: number };
}

const threadMs = (): number => {
  const { user, system } = (process as unknown as ThreadUsage).threadCpuUsage();
  return (user + system) / 1000;
};

/** The processor time of a thread comes in ticks: what is shorter is timed by the clock. */
const tickMs = 20;

/** Counts what goes through a committer that works in the calling thread. */
export class CommitterMeter {
  cpuMs = 0;
  branches = 0;
  values = 0;

  reset(): void {
    this.cpuMs = 0;
    this.branches = 0;
    this.values = 0;
  }

  over(committer: BranchCommitter): BranchCommitter {
    const { commitMany, updateMany } = committer;
    if (commitMany === undefined || updateMany === undefined) throw new Error('single branches only');
    // It computes before it gives its promise: that is what is counted.
    const timed = <T>(branches: number, values: number, run: () => T): T => {
      const [cpu, at] = [threadMs(), performance.now()];
      const result = run();
      const wallMs = performance.now() - at;
      this.cpuMs += wallMs < tickMs ? wallMs : threadMs() - cpu;
      this.branches += branches;
      this.values += values;
      return result;
    };
    return {
      name: committer.name,
      rawBytes: committer.rawBytes,
      commit: (values) => timed(1, values.length, () => committer.commit(values)),
      update: (before, changes) => timed(1, changes.length, () => committer.update(before, changes)),
      commitMany: (branches) => timed(branches.length, total(branches), () => commitMany(branches)),
      updateMany: (branches) =>
        timed(branches.length, total(branches.map(({ changes }) => changes)), () => updateMany(branches)),
      prove: (openings) => committer.prove(openings),
    };
  }
}

function total(lists: readonly { readonly length: number }[]): number {
  return lists.reduce((sum, { length }) => sum + length, 0);
}
