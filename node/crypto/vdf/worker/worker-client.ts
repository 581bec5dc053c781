/**
 * The delay function in a thread of its own. At most one request runs and at most one waits: an urgent request cancels the running
 * one and takes its place, so memory and work stay bounded whatever the caller does.
 *
 * A thread that dies fails its request with a clear error and is started again by the next one. An idle thread does not keep the
 * process alive; `close` ends it.
 */
import { Worker } from 'node:worker_threads';
import type { Statement } from '../solve.ts';
import { type Reply, type Request, shared, type Times, type WorkerData } from './messages.ts';

/**
 * `busy`: another request runs and this one is not urgent; `cancelled`: by its signal or by a more urgent request; `closed`;
 * `unsupported`: the statement is outside the limits; `failed`: the thread died or its arithmetic broke an invariant.
 */
export type VdfWorkerErrorCode = 'busy' | 'cancelled' | 'closed' | 'unsupported' | 'failed';

export class VdfWorkerError extends Error {
  readonly code: VdfWorkerErrorCode;
  constructor(code: VdfWorkerErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'VdfWorkerError';
    this.code = code;
  }
}

export interface VdfAnswer extends Statement, Times {
  /** y ‖ pi. */
  readonly output: Uint8Array;
  /** Where the discriminant stands in the challenge's stream. */
  readonly hint: number;
  /** The three times together. */
  readonly seconds: number;
}

export interface RequestOptions {
  readonly signal?: AbortSignal;
  /** Cancels what runs or waits, instead of failing with `busy`. */
  readonly urgent?: boolean;
}

export interface VdfWorkerOptions {
  /** Heap of the thread in MiB; default 256. The powers kept for a proof take 16 MB at 2,048 bits. */
  readonly heapMegabytesMax?: number;
}

/**
 * Numbers live for microseconds: more room for young ones would only spread them over memory. Measured at 2,048 bits: as
 * quick as with the 48 MiB that threads have otherwise, and 55 MB less resident.
 */
const youngMegabytesMax = 4;

/** `Omit` for each member of a union. */
type WithoutJob<T> = T extends unknown ? Omit<T, 'job'> : never;

interface Job {
  readonly id: number;
  readonly request: WithoutJob<Request>;
  readonly settle: (reply: Reply | VdfWorkerError) => void;
}

const cancelledError = (): VdfWorkerError => new VdfWorkerError('cancelled', 'the evaluation was cancelled');
const closedError = (): VdfWorkerError => new VdfWorkerError('closed', 'the VDF worker is closed');

export class VdfWorker {
  readonly #heapMegabytesMax: number;
  readonly #memory = new Int32Array(new SharedArrayBuffer(4 * shared.length));
  #thread: Worker | undefined;
  #running: Job | undefined;
  #waiting: Job | undefined;
  #lastJob = 0;
  #closed = false;

  constructor({ heapMegabytesMax = 256 }: VdfWorkerOptions = {}) {
    this.#heapMegabytesMax = heapMegabytesMax;
  }

  /** Evaluates and proves. Rejects with VdfWorkerError. */
  async solve(statement: Statement, options: RequestOptions = {}): Promise<VdfAnswer> {
    const { challenge, iterations, bits } = statement;
    // A copy: the caller may reuse its bytes while the request waits.
    const own = challenge.slice();
    const reply = await this.#ask({ kind: 'solve', challenge: own, iterations, bits }, options);
    if (reply.kind !== 'solved') throw new VdfWorkerError('failed', 'the VDF worker mixed up its answers');
    const { output, hint, times } = reply;
    const seconds = times.discriminantSeconds + times.evaluationSeconds + times.proofSeconds;
    return { challenge: own, iterations, bits, output, hint, seconds, ...times };
  }

  /** Squarings per second of the thread, measured for `forMs` milliseconds. Rejects with VdfWorkerError. */
  async calibrate(bits: number, forMs: number, options: RequestOptions = {}): Promise<number> {
    const reply = await this.#ask({ kind: 'calibrate', bits, forMs }, options);
    if (reply.kind !== 'calibrated')
      throw new VdfWorkerError('failed', 'the VDF worker mixed up its answers');
    return reply.squaringsPerSecond;
  }

  /** Squarings done of the evaluation that runs; undefined when none does. */
  progress(): { readonly done: number; readonly iterations: number } | undefined {
    const request = this.#running?.request;
    if (request?.kind !== 'solve') return undefined;
    return { done: Atomics.load(this.#memory, shared.done) >>> 0, iterations: request.iterations };
  }

  /** Cancels what runs or waits and ends the thread. May be called again. */
  async close(): Promise<void> {
    this.#closed = true;
    const jobs = [this.#running, this.#waiting];
    const thread = this.#thread;
    this.#running = undefined;
    this.#waiting = undefined;
    this.#thread = undefined;
    for (const job of jobs) job?.settle(closedError());
    await thread?.terminate();
  }

  async #ask(request: WithoutJob<Request>, { signal, urgent = false }: RequestOptions): Promise<Reply> {
    if (this.#closed) throw closedError();
    if (signal?.aborted === true) throw cancelledError();
    if (this.#running !== undefined && !urgent) {
      throw new VdfWorkerError('busy', 'the VDF worker evaluates another challenge');
    }
    const id = ++this.#lastJob;
    const { promise, resolve } = Promise.withResolvers<Reply | VdfWorkerError>();
    const job: Job = { id, request, settle: resolve };
    const onAbort = (): void => this.#cancel(job);
    signal?.addEventListener('abort', onAbort, { once: true });
    this.#take(job);
    try {
      const reply = await promise;
      if (reply instanceof VdfWorkerError) throw reply;
      if (reply.kind === 'cancelled') throw cancelledError();
      if (reply.kind === 'failed') {
        throw new VdfWorkerError(reply.unsupported ? 'unsupported' : 'failed', reply.message);
      }
      return reply;
    } finally {
      signal?.removeEventListener('abort', onAbort);
    }
  }

  #take(job: Job): void {
    if (this.#running === undefined) {
      this.#start(job);
      return;
    }
    this.#waiting?.settle(cancelledError());
    this.#waiting = job;
    this.#cancel(this.#running);
  }

  #cancel(job: Job): void {
    if (job === this.#waiting) {
      this.#waiting = undefined;
      job.settle(cancelledError());
    } else if (job === this.#running) {
      // The thread answers within milliseconds; until then it is not free for another request. Jobs that came later have higher
      // numbers, so they are not touched.
      Atomics.store(this.#memory, shared.cancelled, job.id);
    }
  }

  #start(job: Job): void {
    this.#running = job;
    this.#thread ??= this.#startThread();
    this.#thread.ref();
    this.#thread.postMessage({ ...job.request, job: job.id } satisfies Request);
  }

  #startThread(): Worker {
    const workerData: WorkerData = { memory: this.#memory.buffer as SharedArrayBuffer };
    const thread = new Worker(new URL('./worker.ts', import.meta.url), {
      workerData,
      name: 'vdf',
      resourceLimits: {
        maxOldGenerationSizeMb: this.#heapMegabytesMax,
        maxYoungGenerationSizeMb: youngMegabytesMax,
      },
    });
    let cause: unknown;
    thread.on('message', (reply: Reply) => {
      if (reply.job === this.#running?.id) this.#finish(reply);
    });
    thread.on('error', (error) => {
      cause = error;
    });
    thread.on('messageerror', (error) => {
      cause = error;
      void thread.terminate();
    });
    thread.on('exit', (code) => {
      if (this.#thread !== thread) return;
      this.#thread = undefined;
      const detail = cause instanceof Error ? cause.message : `exit code ${code}`;
      this.#finish(
        new VdfWorkerError('failed', `the VDF worker ended during an evaluation: ${detail}`, { cause }),
      );
    });
    return thread;
  }

  /** Gives the running job its outcome and starts the waiting one. */
  #finish(outcome: Reply | VdfWorkerError): void {
    const job = this.#running;
    const next = this.#waiting;
    this.#running = undefined;
    this.#waiting = undefined;
    job?.settle(outcome);
    if (next === undefined) this.#thread?.unref();
    else this.#start(next);
  }
}
