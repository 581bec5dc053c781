/**
 * Proofs off the main thread: one takes about a tenth of a second. The thread is started by the first job and ended by
 * `rest`, so that it costs no memory between the few moments when domains are made.
 */
import { Worker } from 'node:worker_threads';
import type { ProofAnswer, ProofJob } from './job.ts';

export type { ProofJob } from './job.ts';

export interface EpochProver {
  /** One at a time. @throws when the thread ended before its answer, or the job is malformed */
  prove(job: ProofJob): Promise<Uint8Array>;
  /** Ends the thread; a job under way fails. The next job starts another. */
  rest(): Promise<void>;
}

/** A thread and the job that it is at. */
class ProverThread {
  readonly #worker: Worker;
  #answer: PromiseWithResolvers<ProofAnswer> | undefined;
  hasEnded = false;

  constructor() {
    this.#worker = new Worker(new URL('./worker.ts', import.meta.url), { name: 'epoch-prover' });
    this.#worker.on('message', (answer: ProofAnswer) => this.#answer?.resolve(answer));
    this.#worker.on('error', (error) => this.#ended(error));
    this.#worker.on('exit', () => this.#ended(new Error('the thread of the prover ended')));
  }

  get isBusy(): boolean {
    return this.#answer !== undefined;
  }

  async ask(job: ProofJob): Promise<ProofAnswer> {
    this.#answer = Promise.withResolvers();
    try {
      // A copy whose memory goes over to the thread, which wipes it.
      const secret = Uint8Array.from(job.secret);
      this.#worker.postMessage({ ...job, secret }, [secret.buffer]);
      return await this.#answer.promise;
    } finally {
      this.#answer = undefined;
    }
  }

  async end(): Promise<void> {
    await this.#worker.terminate();
  }

  #ended(error: unknown): void {
    this.hasEnded = true;
    this.#answer?.reject(error);
  }
}

export function createEpochProver(): EpochProver {
  let thread: ProverThread | undefined;
  return {
    async prove(job) {
      if (thread === undefined || thread.hasEnded) thread = new ProverThread();
      if (thread.isBusy) throw new Error('a prover does one job at a time');
      const answer = await thread.ask(job);
      if (!answer.ok) throw new Error(`an epoch key could not be proved: ${answer.message}`);
      return answer.proof;
    },
    async rest() {
      const ending = thread;
      thread = undefined;
      await ending?.end();
    },
  };
}
