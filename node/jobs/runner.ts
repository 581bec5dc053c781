/**
 * Runs jobs, each in a thread of its own that is ended when its time is over: what somebody uploaded may be made to take long, and never
 * holds up the gateway. Lanes keep apart what computes from what waits for others.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { type Bytes, type JobRequest, NodeError } from '../api/index.ts';
import { bareEnvironment } from '../threads/index.ts';
import { type JobKind, jobKinds } from './kinds.ts';
import { jobLimits } from './limits.ts';
import type { JobAnswer, JobThreadData } from './messages.ts';

export class JobRunner {
  readonly #kinds: ReadonlyMap<string, JobKind>;
  readonly #partySeed: (() => Uint8Array) | undefined;
  readonly #closing = new AbortController();
  readonly #lanes = new Map<string, Lane>();
  readonly #underWay = new Set<Promise<Bytes>>();

  /** @param partySeed of the party that the node is, in memory that is the job's alone */
  constructor(partySeed?: () => Uint8Array, kinds: ReadonlyMap<string, JobKind> = jobKinds) {
    this.#partySeed = partySeed;
    this.#kinds = kinds;
  }

  /**
   * @throws NodeError `not-supported` for an unknown kind, `malformed` for a payload that is not of it, `overloaded` when too
   *   many jobs wait or this one takes too long, `closed`
   */
  async run({ kind, payload }: JobRequest): Promise<Bytes> {
    const row = this.#kinds.get(kind);
    if (row === undefined || (row.isParty === true && this.#partySeed === undefined)) {
      throw new NodeError('not-supported', `this node runs no job of kind ${JSON.stringify(kind)}`);
    }
    if (payload.length > row.payloadBytesMax) {
      throw new NodeError('malformed', `a job of kind ${kind} takes at most ${row.payloadBytesMax} bytes`);
    }
    const lane = this.#lanes.get(row.lane.name) ?? new Lane(row.lane.atOnceMax);
    this.#lanes.set(row.lane.name, lane);
    const job = lane.run(() => this.#runNow(row, payload));
    this.#underWay.add(job);
    try {
      return await job;
    } finally {
      this.#underWay.delete(job);
    }
  }

  /** Ends jobs under way and refuses those that wait. */
  async close(): Promise<void> {
    this.#closing.abort();
    await Promise.allSettled(this.#underWay);
  }

  async #runNow({ module, isParty, timeMsMax }: JobKind, payload: Bytes): Promise<Bytes> {
    this.#requireOpen();
    const timeMs = timeMsMax(payload.length);
    const copy = new Uint8Array(payload);
    const seed = isParty === true ? Uint8Array.from(this.#partySeed!()) : undefined;
    const workerData: JobThreadData = { module: module.href, payload: copy, seed };
    const thread = new Worker(new URL('./worker.ts', import.meta.url), {
      name: 'job',
      workerData,
      env: bareEnvironment(),
      transferList: seed === undefined ? [copy.buffer] : [copy.buffer, seed.buffer],
      resourceLimits: { maxOldGenerationSizeMb: jobLimits.heapMegabytesMax },
    });
    const done = new AbortController();
    const exited = new Promise<void>((resolve) => thread.once('exit', () => resolve()));
    const end = (): void => void thread.terminate();
    this.#closing.signal.addEventListener('abort', end, { once: true });
    try {
      const answer = await Promise.race([answerOf(thread), timeOver(timeMs, done.signal)]);
      this.#requireOpen();
      // Nothing holds it: one that is stopped in the middle of its last steps is the runtime's rarest path, and here that is all of the gateway.
      if (answer !== 'late') await Promise.race([exited, timeOver(jobLimits.endMs, done.signal)]);
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

/** Begins what it is given in order, so many at once. */
class Lane {
  readonly #atOnceMax: number;
  readonly #waiting: (() => void)[] = [];
  #running = 0;

  constructor(atOnceMax: number) {
    this.#atOnceMax = atOnceMax;
  }

  /** @throws NodeError `overloaded` */
  async run(job: () => Promise<Bytes>): Promise<Bytes> {
    if (this.#running < this.#atOnceMax) this.#running += 1;
    else await this.#turn();
    try {
      return await job();
    } finally {
      const next = this.#waiting.shift();
      // The place goes from one to the next.
      if (next === undefined) this.#running -= 1;
      else next();
    }
  }

  #turn(): Promise<void> {
    if (this.#waiting.length >= jobLimits.waitingMax)
      throw new NodeError('overloaded', 'too many jobs wait; try again');
    return new Promise((resolve) => void this.#waiting.push(resolve));
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
