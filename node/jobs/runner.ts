/**
 * Runs jobs, one after another, each in a thread of its own that is ended when its time is over: what somebody uploaded may
 * be made to take long, and never holds up the gateway.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { type Bytes, type JobRequest, NodeError } from '../api/index.ts';
import { type JobKind, jobKinds } from './kinds.ts';
import { jobLimits } from './limits.ts';
import type { JobAnswer, JobThreadData } from './messages.ts';

export class JobRunner {
  readonly #kinds: ReadonlyMap<string, JobKind>;
  readonly #closing = new AbortController();
  #waiting = 0;
  #last: Promise<unknown> = Promise.resolve();

  constructor(kinds: ReadonlyMap<string, JobKind> = jobKinds) {
    this.#kinds = kinds;
  }

  /**
   * @throws NodeError `not-supported` for an unknown kind, `malformed` for a payload that is not of it, `overloaded` when too
   *   many jobs wait or this one takes too long, `closed`
   */
  async run({ kind, payload }: JobRequest): Promise<Bytes> {
    const row = this.#kinds.get(kind);
    if (row === undefined) {
      throw new NodeError('not-supported', `this node runs no job of kind ${JSON.stringify(kind)}`);
    }
    if (payload.length > row.payloadBytesMax) {
      throw new NodeError('malformed', `a job of kind ${kind} takes at most ${row.payloadBytesMax} bytes`);
    }
    if (this.#waiting > jobLimits.waitingMax)
      throw new NodeError('overloaded', 'too many jobs wait; try again');
    this.#waiting += 1;
    const job = this.#last.then(() => this.#runNow(row, payload));
    // The next one begins whatever comes of this one.
    this.#last = job.catch(() => undefined);
    try {
      return await job;
    } finally {
      this.#waiting -= 1;
    }
  }

  /** Ends the job under way and refuses what waits. */
  async close(): Promise<void> {
    this.#closing.abort();
    await this.#last;
  }

  async #runNow({ module, timeMsMax }: JobKind, payload: Bytes): Promise<Bytes> {
    this.#requireOpen();
    const timeMs = timeMsMax(payload.length);
    const copy = new Uint8Array(payload);
    const workerData: JobThreadData = { module: module.href, payload: copy };
    const thread = new Worker(new URL('./worker.ts', import.meta.url), {
      name: 'job',
      workerData,
      transferList: [copy.buffer],
      resourceLimits: { maxOldGenerationSizeMb: jobLimits.heapMegabytesMax },
    });
    const done = new AbortController();
    const end = (): void => void thread.terminate();
    this.#closing.signal.addEventListener('abort', end, { once: true });
    try {
      const answer = await Promise.race([answerOf(thread), timeOver(timeMs, done.signal)]);
      this.#requireOpen();
      return resultOf(answer, timeMs);
    } finally {
      this.#closing.signal.removeEventListener('abort', end);
      done.abort();
      await thread.terminate();
    }
  }

  #requireOpen(): void {
    if (this.#closing.signal.aborted) throw new NodeError('closed', 'the node is closed');
  }
}

type Ended = JobAnswer | 'late' | { readonly failure: unknown };

function answerOf(thread: Worker): Promise<Ended> {
  return new Promise((resolve) => {
    thread.once('message', (answer: JobAnswer) => resolve(answer));
    thread.on('error', (failure) => resolve({ failure }));
    thread.once('exit', (code) =>
      resolve({ failure: new Error(`the thread of a job ended with code ${code}`) }),
    );
  });
}

async function timeOver(timeMs: number, signal: AbortSignal): Promise<Ended> {
  try {
    await delay(timeMs, undefined, { signal, ref: false });
  } catch (error) {
    if (!signal.aborted) throw error;
  }
  return 'late';
}

/** @throws NodeError; Error when the job itself is at fault */
function resultOf(answer: Ended, timeMs: number): Bytes {
  if (answer === 'late') {
    throw new NodeError('overloaded', `the job took longer than ${Math.ceil(timeMs / 1000)} seconds`);
  }
  if ('failure' in answer) {
    const { failure } = answer;
    if (failure instanceof Error && 'code' in failure && failure.code === 'ERR_WORKER_OUT_OF_MEMORY') {
      throw new NodeError('malformed', 'the job needs more memory than it may have', { cause: failure });
    }
    throw new Error('a job failed', { cause: failure });
  }
  if (answer.ok) return answer.result;
  if (answer.refused) throw new NodeError('malformed', answer.message);
  throw new Error(`a job failed: ${answer.message}`);
}
