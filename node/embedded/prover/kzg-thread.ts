/** A thread that commits to branches, as the pool sees it. */
import { Worker } from 'node:worker_threads';
import type { WasmModule } from '../../crypto/bls48581/wasm/index.ts';
import type { Srs } from '../../crypto/srs/index.ts';
import type { PackedTask } from './kzg-tasks.ts';
import { proverLimits } from './limits.ts';

/** What the thread is started with. Points are in the form of the curve's implementation, as this process has them. */
export interface KzgThreadData {
  readonly module: WasmModule;
  readonly srs: { readonly lagrange: readonly Uint8Array[]; readonly tauG2: Uint8Array };
}

export type KzgThreadReply =
  | { readonly type: 'done'; readonly commitments: Uint8Array<ArrayBuffer> }
  | { readonly type: 'failed'; readonly error: unknown };

/** Works off its tasks in their order. */
export interface KzgThread {
  /** Takes the task's bytes over. Rejects when the task fails or the thread ends. */
  run(task: PackedTask): Promise<Uint8Array>;
  /** Nothing more is asked of it once it has ended. */
  readonly hasEnded: boolean;
  end(): Promise<void>;
}

export function openKzgThread(
  module: WasmModule,
  { lagrange, tauG2 }: Pick<Srs, 'lagrange' | 'tauG2'>,
): KzgThread {
  const data: KzgThreadData = {
    module,
    // Copies: a point may be a view of more.
    srs: { lagrange: lagrange.map((point) => Uint8Array.from(point)), tauG2: Uint8Array.from(tauG2) },
  };
  const thread = new Worker(new URL('./kzg-worker.ts', import.meta.url), {
    workerData: data,
    name: 'kzg',
    resourceLimits: {
      maxOldGenerationSizeMb: proverLimits.committerHeapMegabytesMax,
      maxYoungGenerationSizeMb: proverLimits.committerYoungMegabytesMax,
    },
  });
  // An idle thread does not keep the process alive.
  thread.unref();
  /** Asked for and not answered, in order. */
  const jobs: PromiseWithResolvers<Uint8Array>[] = [];
  let hasEnded = false;
  let cause: unknown;
  thread.on('message', (reply: KzgThreadReply) => {
    const job = jobs.shift();
    if (jobs.length === 0) thread.unref();
    if (reply.type === 'done') job?.resolve(reply.commitments);
    else job?.reject(reply.error);
  });
  thread.on('error', (error) => {
    cause = error;
  });
  thread.on('exit', (code) => {
    hasEnded = true;
    for (const job of jobs.splice(0)) {
      job.reject(new Error(`a committing thread ended with code ${code}`, { cause }));
    }
  });
  return {
    get hasEnded() {
      return hasEnded;
    },
    run(task) {
      const job = Promise.withResolvers<Uint8Array>();
      if (hasEnded) job.reject(new Error('a committing thread has ended'));
      else {
        jobs.push(job);
        thread.ref();
        thread.postMessage(task, [task.bytes.buffer]);
      }
      return job.promise;
    },
    async end() {
      await thread.terminate();
    },
  };
}
