/** A party in another thread or process, as the program that started it sees it: its session, one message away. */
import type { TaggedHash } from '../../../../api/index.ts';
import type { Circuit } from '../../circuit/circuit.ts';
import { CircuitError, MpcAbort } from '../../errors.ts';
import { type SessionClock, systemClock } from '../clock.ts';
import { sessionLimits } from '../limits.ts';
import type { RunCall, RunResult, SessionRunner } from '../session.ts';
import { errorOf, type FromParty, ownBytes, type ToParty } from './messages.ts';

/** What the thread or process itself can do. */
export interface Host {
  post(message: ToParty): void;
  /** Ends it without asking. Its connections end with it. */
  kill(): void;
}

export interface OpenedParty {
  readonly sessionId: Uint8Array;
  readonly agreement: TaggedHash;
}

export class PartyHandle implements SessionRunner {
  readonly me: string;
  /** Resolves when the parties met. @throws MpcAbort */
  readonly opened: Promise<OpenedParty>;
  /** Where it listens, if it does. */
  readonly listening: Promise<{ readonly host: string; readonly port: number }>;
  /** Resolves when the thread or process is gone. */
  readonly ended: Promise<void>;
  readonly #host: Host;
  readonly #clock: SessionClock;
  readonly #opened = Promise.withResolvers<OpenedParty>();
  readonly #listening = Promise.withResolvers<{ readonly host: string; readonly port: number }>();
  readonly #ended = Promise.withResolvers<void>();
  #run: PromiseWithResolvers<RunResult> | undefined;
  #failure: Error | undefined;

  constructor(me: string, host: Host, clock: SessionClock = systemClock) {
    this.me = me;
    this.#host = host;
    this.#clock = clock;
    this.opened = this.#opened.promise;
    this.listening = this.#listening.promise;
    this.ended = this.#ended.promise;
    // Not everybody waits for all of them.
    this.opened.catch(() => undefined);
    this.listening.catch(() => undefined);
  }

  async run(
    circuit: Circuit,
    inputs: readonly (Uint8Array | undefined)[],
    { context }: RunCall = {},
  ): Promise<RunResult> {
    await this.opened;
    if (this.#failure !== undefined) throw this.#failure;
    if (this.#run !== undefined) throw new CircuitError('a run is under way: runs follow each other');
    this.#run = Promise.withResolvers<RunResult>();
    this.#host.post({
      type: 'run',
      circuit,
      inputs: inputs.map((bits) => bits && ownBytes(bits)),
      call: context === undefined ? {} : { context: ownBytes(context) },
    });
    return this.#run.promise;
  }

  /** Asks it to end, and ends it when it does not in time. */
  async close(): Promise<void> {
    if (this.#failure === undefined) {
      this.#host.post({ type: 'close' });
      const stopTimer = this.#clock.timer(sessionLimits.partyEndMs, () => this.#host.kill());
      await this.ended;
      stopTimer();
    }
    await this.ended;
  }

  /** Ends it at once, as a crash would. */
  async kill(): Promise<void> {
    this.#host.kill();
    await this.ended;
  }

  /** What came from it. */
  take(message: FromParty): void {
    switch (message.type) {
      case 'listening':
        this.#listening.resolve(message);
        return;
      case 'opened':
        this.#opened.resolve(message);
        return;
      case 'result':
        this.#settle()?.resolve(message.result);
        return;
      case 'failed': {
        const error = errorOf(message.failure);
        this.#opened.reject(error);
        this.#listening.reject(error);
        this.#settle()?.reject(error);
        return;
      }
      case 'closed':
        this.#host.kill();
    }
  }

  /** It is gone. */
  end(cause?: unknown): void {
    this.#failure = new MpcAbort('disconnected', this.me, 'its thread or process ended', { cause });
    this.#opened.reject(this.#failure);
    this.#listening.reject(this.#failure);
    this.#settle()?.reject(this.#failure);
    this.#ended.resolve();
  }

  #settle(): PromiseWithResolvers<RunResult> | undefined {
    const run = this.#run;
    this.#run = undefined;
    return run;
  }
}
