/** The life of an environment: started, initialised, invoked, frozen, ended. */
import type {
  Environment,
  EnvironmentEvents,
  EnvironmentSpec,
  FunctionFailure,
  Invocation,
  InvocationOutcome,
} from './api.ts';
import { ExecutorUnavailable } from './api.ts';
import type { Engine } from './engine.ts';
import type { Place } from './isolation/surroundings.ts';
import type { MemoryWatch } from './memory-watch.ts';
import { FunctionProcess } from './process.ts';
import type { RuntimeApi } from './runtime-api.ts';
import { functionVariables, layerFolders } from './variables.ts';

export interface EnvironmentOptions {
  readonly spec: EnvironmentSpec;
  readonly events: EnvironmentEvents;
  readonly engine: Engine;
  readonly place: Place;
  readonly isInRoom: boolean;
  readonly api: RuntimeApi;
  readonly watch: MemoryWatch;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

export class ChildEnvironment implements Environment {
  readonly spec: EnvironmentSpec;
  initMs = 0;
  readonly #options: EnvironmentOptions;
  readonly #process: FunctionProcess;
  readonly #begunAt = performance.now();
  readonly #started: Promise<FunctionFailure | undefined>;
  #settleStart: (failure: FunctionFailure | undefined) => void = () => undefined;
  /** Of the invocation under way. */
  #settle: ((outcome: InvocationOutcome) => void) | undefined;
  #hasStarted = false;
  #isClosed = false;
  #ended: FunctionFailure | undefined;

  constructor(options: EnvironmentOptions) {
    this.#options = options;
    this.spec = options.spec;
    const { spec, engine, place, api, isInRoom } = options;
    this.#started = new Promise((resolve) => {
      this.#settleStart = resolve;
    });
    const { places } = place;
    this.#process = new FunctionProcess({
      place,
      api,
      isInRoom,
      start: {
        ...engine.told?.(isInRoom),
        variables: functionVariables(spec, places),
        root: places.task,
        layers: places.layers,
        folders: [...layerFolders(spec.runtime, places.layers), places.runtime],
        isAlone: isInRoom,
      },
      listener: {
        ready: () => this.#settleStart(undefined),
        initFailed: (body) => {
          this.#settleStart({ kind: 'init', body });
        },
      },
      log: (message) => options.events.log({ timeMs: options.now(), message }),
      ended: (failure) => this.#finish(failure),
    });
    options.watch.add(
      this,
      spec.memoryMb + engine.baseMb,
      () => this.#process.usedBytes(),
      () => this.#process.kill({ kind: 'memory' }),
    );
  }

  /** Resolves when it is ready, or has ended. @throws ExecutorUnavailable */
  async start(limitMs: number, signal: AbortSignal | undefined): Promise<FunctionFailure | undefined> {
    const timer = setTimeout(() => this.#process.kill({ kind: 'timeout' }), limitMs);
    const abort = () => this.#process.kill({ kind: 'exit', code: undefined, signal: 'SIGKILL' });
    signal?.addEventListener('abort', abort);
    const failure = await this.#started;
    clearTimeout(timer);
    signal?.removeEventListener('abort', abort);
    this.initMs = performance.now() - this.#begunAt;
    if (failure) {
      this.#process.kill(failure);
      await this.#process.ended;
      if (this.#process.complaint) throw new ExecutorUnavailable(this.#process.complaint);
    } else {
      await drained();
      this.#hasStarted = true;
      this.#options.watch.rest(this);
    }
    return failure;
  }

  get memoryUsedMb(): number {
    const { memoryUsedMb } = this.#process;
    // What is shared with others is counted here, and not where memory is bounded.
    const own = Math.min(memoryUsedMb - this.#options.engine.baseMb, this.spec.memoryMb);
    return memoryUsedMb === 0 ? 0 : Math.max(1, own);
  }

  async invoke(invocation: Invocation): Promise<InvocationOutcome> {
    if (this.#ended) return failed(this.#ended, false);
    if (this.#settle) throw new Error('an environment runs one invocation at a time');
    const { watch, now } = this.#options;
    this.#process.wake();
    watch.work(this);
    const timer = setTimeout(
      () => this.#process.kill({ kind: 'timeout' }),
      Math.max(0, invocation.deadlineMs - now()),
    );
    const ended = new Promise<InvocationOutcome>((resolve) => {
      this.#settle = resolve;
    });
    const answered = this.#process.session.deliver(invocation).then(async ({ outcome, ends }) => {
      if (ends) {
        const failure = outcome.kind === 'failure' ? outcome.failure : undefined;
        this.#process.kill(failure);
        await this.#process.ended;
      } else await drained();
      return outcome;
    });
    const outcome = await Promise.race([answered, ended]);
    clearTimeout(timer);
    this.#settle = undefined;
    watch.rest(this);
    return outcome;
  }

  freeze(): void {
    if (!this.#settle) this.#process.freeze();
  }

  async close(): Promise<void> {
    this.#isClosed ||= !this.#process.isGone;
    this.#process.kill({ kind: 'exit', code: undefined, signal: 'SIGKILL' });
    await this.#process.ended;
  }

  #finish(failure: FunctionFailure): void {
    this.#ended = failure;
    this.#options.watch.remove(this);
    this.#settleStart(failure);
    this.#settle?.(failed(failure, this.#process.session.hasStreamed));
    if (this.#hasStarted) this.#options.events.ended(this.#isClosed ? undefined : failure);
  }
}

const failed = (failure: FunctionFailure, streamed: boolean): InvocationOutcome => ({
  kind: 'failure',
  failure,
  streamed,
});

/**
 * All that was in the pipes when this was called has been read: a turn of the event loop looks at every one that has something. The first
 * wait ends the turn under way, the second one the next.
 */
async function drained(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
  await new Promise((resolve) => setImmediate(resolve));
}
