/**
 * Many branches at once, shared out among threads: the prover's own and others that each have an instance of the same
 * compiled kernel. What comes out is the same to the bit, whoever does it. The own thread takes a task at a time and then
 * looks after its messages, so changes are taken in meanwhile.
 *
 * Threads are started by the first batch that is large enough and ended after some frames without one. A task that fails,
 * or a thread that ends in it, fails its batch; the next batch starts another thread.
 */
import type {
  BranchCommitment,
  BranchCommitter,
  BranchUpdate,
  BranchValues,
  ProverOpening,
  SlotChange,
} from '../../hypergraph/tree/index.ts';
import { type CommitTask, packTask, runTask, taskValues, unpackCommitments } from './kzg-tasks.ts';
import type { KzgThread } from './kzg-thread.ts';
import { proverLimits } from './limits.ts';

export interface KzgPoolOptions {
  /** That compute at the same time, this one included: 1 starts none. */
  readonly threads: number;
}

export interface KzgPoolModules {
  /** Of this thread. */
  readonly local: BranchCommitter;
  readonly openThread: () => KzgThread;
}

interface Batch {
  readonly results: BranchCommitment[];
  readonly done: PromiseWithResolvers<BranchCommitment[]>;
  tasksLeft: number;
  failed: boolean;
}

interface QueuedTask {
  readonly task: CommitTask;
  readonly batch: Batch;
  /** Index in the batch of the task's first branch. */
  readonly from: number;
}

export function defaultProverThreads(cores: number): number {
  return Math.max(1, Math.min(proverLimits.committerThreadsDefaultMax, cores - 1));
}

export class KzgPool implements BranchCommitter {
  readonly name: string;
  readonly rawBytes: number;
  readonly #local: BranchCommitter;
  readonly #openThread: () => KzgThread;
  readonly #threadsMax: number;
  readonly #queue: QueuedTask[] = [];
  readonly #batches = new Set<Batch>();
  #threads: KzgThread[] = [];
  /** Tasks that each thread has, if any. */
  readonly #tasks = new Map<KzgThread, number>();
  #isBusyHere = false;
  #idleFrames = 0;
  #closed = false;

  constructor({ threads }: KzgPoolOptions, { local, openThread }: KzgPoolModules) {
    if (!Number.isInteger(threads) || threads < 1 || threads > proverLimits.committerThreadsMax) {
      throw new RangeError(`not from 1 to ${proverLimits.committerThreadsMax} threads: ${threads}`);
    }
    this.name = local.name;
    this.rawBytes = local.rawBytes;
    this.#local = local;
    this.#openThread = openThread;
    this.#threadsMax = threads - 1;
  }

  /** Threads beside this one. */
  get threads(): number {
    return this.#threads.length;
  }

  commit(values: BranchValues): Promise<BranchCommitment> {
    return this.#local.commit(values);
  }

  update(before: Uint8Array, changes: readonly SlotChange[]): Promise<BranchCommitment> {
    return this.#local.update(before, changes);
  }

  commitMany(branches: readonly BranchValues[]): Promise<BranchCommitment[]> {
    return this.#share({ kind: 'commit', branches });
  }

  updateMany(branches: readonly BranchUpdate[]): Promise<BranchCommitment[]> {
    return this.#share({ kind: 'update', branches });
  }

  prove(openings: readonly ProverOpening[]): Promise<Uint8Array> {
    return this.#local.prove(openings);
  }

  /** A frame was made: threads that none of the last ones needed are ended. */
  async framed(): Promise<void> {
    this.#idleFrames += 1;
    if (this.#idleFrames > proverLimits.idleFramesMax && this.#batches.size === 0) await this.#endThreads();
  }

  /** Whatever is under way fails. */
  async close(): Promise<void> {
    this.#closed = true;
    for (const batch of this.#batches) this.#fail(batch, new Error('the committer was closed'));
    await this.#endThreads();
  }

  async #endThreads(): Promise<void> {
    const ended = this.#threads;
    this.#threads = [];
    await Promise.all(ended.map((thread) => thread.end()));
  }

  async #share(whole: CommitTask): Promise<BranchCommitment[]> {
    if (this.#closed) throw new Error('the committer was closed');
    if (whole.branches.length < proverLimits.sharedBranchesMin) return runTask(this.#local, whole);
    this.#idleFrames = 0;
    const parts = cut(whole);
    this.#threads = this.#threads.filter(({ hasEnded }) => !hasEnded);
    while (this.#threads.length < Math.min(this.#threadsMax, parts.length - 1)) {
      this.#threads.push(this.#openThread());
    }
    const results = new Array<BranchCommitment>(whole.branches.length);
    const batch: Batch = { results, done: Promise.withResolvers(), tasksLeft: parts.length, failed: false };
    this.#batches.add(batch);
    for (const { task, from } of parts) this.#queue.push({ task, batch, from });
    for (let task = 0; task < proverLimits.tasksPerThread; task += 1) {
      for (const thread of this.#threads) if (this.#tasksOf(thread) <= task) void this.#workThere(thread);
    }
    if (!this.#isBusyHere) void this.#workHere();
    return batch.done.promise;
  }

  /** Ends when nothing is queued; never rejects. */
  async #workThere(thread: KzgThread): Promise<void> {
    this.#tasks.set(thread, this.#tasksOf(thread) + 1);
    while (!thread.hasEnded) {
      const next = this.#queue.shift();
      if (next === undefined) break;
      await this.#settle(next, async () => {
        const packed = packTask(next.task, this.rawBytes);
        return unpackCommitments(await thread.run(packed), packed.count, this.rawBytes);
      });
    }
    const left = this.#tasksOf(thread) - 1;
    if (left > 0) this.#tasks.set(thread, left);
    else this.#tasks.delete(thread);
  }

  #tasksOf(thread: KzgThread): number {
    return this.#tasks.get(thread) ?? 0;
  }

  async #workHere(): Promise<void> {
    this.#isBusyHere = true;
    for (;;) {
      const next = this.#queue.shift();
      if (next === undefined) break;
      await this.#settle(next, () => runTask(this.#local, next.task));
      await afterMessages();
    }
    this.#isBusyHere = false;
  }

  async #settle(
    { batch, from }: QueuedTask,
    work: () => Promise<readonly BranchCommitment[]>,
  ): Promise<void> {
    try {
      const done = await work();
      for (const [index, commitment] of done.entries()) batch.results[from + index] = commitment;
    } catch (error) {
      this.#fail(batch, error);
      return;
    }
    batch.tasksLeft -= 1;
    if (batch.tasksLeft > 0 || batch.failed) return;
    this.#batches.delete(batch);
    batch.done.resolve(batch.results);
  }

  #fail(batch: Batch, error: unknown): void {
    if (batch.failed) return;
    batch.failed = true;
    this.#batches.delete(batch);
    const others = this.#queue.filter((queued) => queued.batch !== batch);
    this.#queue.splice(0, this.#queue.length, ...others);
    batch.done.reject(error);
  }
}

/** Parts of about as many values as one thread takes at a time. */
function cut(whole: CommitTask): { readonly task: CommitTask; readonly from: number }[] {
  const parts: { task: CommitTask; from: number }[] = [];
  let from = 0;
  let values = 0;
  whole.branches.forEach((branch, index) => {
    values += taskValues(branch);
    const isLast = index + 1 === whole.branches.length;
    if (values < proverLimits.valuesPerTask && !isLast) return;
    parts.push({ task: sliceOf(whole, from, index + 1), from });
    from = index + 1;
    values = 0;
  });
  return parts;
}

function sliceOf(task: CommitTask, from: number, to: number): CommitTask {
  return task.kind === 'commit'
    ? { kind: 'commit', branches: task.branches.slice(from, to) }
    : { kind: 'update', branches: task.branches.slice(from, to) };
}

function afterMessages(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
