/** Changed children of branches, one a branch, in threads of one compiled kernel: whether throughput grows with them. */
import { createHash } from 'node:crypto';
import { curveFromModule, wasmModule } from '../../../crypto/bls48581/wasm/index.ts';
import { defaultSrs } from '../../../crypto/srs/default/index.ts';
import type { BranchUpdate } from '../../../hypergraph/tree/index.ts';
import { kzgCommitter } from '../kzg-committer.ts';
import { packTask } from '../kzg-tasks.ts';
import { type KzgThread, openKzgThread } from '../kzg-thread.ts';
import { type Cost, costOf } from './costs.ts';

export interface ThreadFigures extends Cost {
  readonly threads: number;
  readonly updatesPerSecond: number;
  readonly updatesPerCpuSecond: number;
}

const updatesPerTask = 48;

/** @param tasks of each thread */
export async function measureThreads(counts: readonly number[], tasks: number): Promise<ThreadFigures[]> {
  const kernel = await wasmModule();
  const curve = curveFromModule(kernel);
  const srs = defaultSrs(curve);
  const { rawBytes } = kzgCommitter(curve, () => srs);
  const branches = Array.from({ length: updatesPerTask }, (_, at): BranchUpdate => {
    const [before, after] = ['before', 'after'].map((what) => value(`${what} ${at}`)) as [Buffer, Buffer];
    return { before: curve.g1, changes: [{ index: at, before, after }] };
  });
  const work = async (thread: KzgThread, count: number): Promise<void> => {
    for (let task = 0; task < count; task += 1) {
      await thread.run(packTask({ kind: 'update', branches }, rawBytes));
    }
  };
  const figures: ThreadFigures[] = [];
  for (const count of counts) {
    const threads = Array.from({ length: count }, () => openKzgThread(kernel, srs));
    try {
      // Tables and compiled code first.
      await Promise.all(threads.map((thread) => work(thread, 3)));
      const cost = await costOf(() => Promise.all(threads.map((thread) => work(thread, tasks))));
      const updates = count * tasks * updatesPerTask;
      figures.push({
        ...cost,
        threads: count,
        updatesPerSecond: (1000 * updates) / cost.wallMs,
        updatesPerCpuSecond: (1000 * updates) / cost.cpuMs,
      });
    } finally {
      await Promise.all(threads.map((thread) => thread.end()));
    }
  }
  return figures;
}

function value(text: string): Buffer {
  return createHash('sha512').update(text).digest();
}
