/** An executor without processes: environments are objects, and the test says when one has started, what a call answers, and when one dies. */
import type {
  Environment,
  EnvironmentEvents,
  EnvironmentSpec,
  Executor,
  FunctionFailure,
  Invocation,
  InvocationOutcome,
} from '../../../executor/api.ts';

type StartResult = Awaited<ReturnType<Executor['start']>>;
const killed: FunctionFailure = { kind: 'exit', code: undefined, signal: 'SIGKILL' };

export class ModelStart {
  readonly spec: EnvironmentSpec;
  readonly events: EnvironmentEvents;
  readonly result = Promise.withResolvers<StartResult>();
  readonly #executor: ModelExecutor;

  constructor(executor: ModelExecutor, spec: EnvironmentSpec, events: EnvironmentEvents) {
    this.#executor = executor;
    this.spec = spec;
    this.events = events;
  }

  succeed(initMs = 100): ModelEnvironment {
    const made = new ModelEnvironment(this.#executor, this.spec, this.events, initMs);
    this.#executor.starting.delete(this);
    this.#executor.alive.add(made);
    this.result.resolve({ environment: made });
    return made;
  }

  fail(failure: FunctionFailure): void {
    this.#executor.starting.delete(this);
    this.events.ended(failure);
    this.result.resolve({ failure, initMs: 50, memoryUsedMb: 30 });
  }

  refuse(error: Error): void {
    this.#executor.starting.delete(this);
    this.result.reject(error);
  }
}

export class ModelEnvironment implements Environment {
  readonly spec: EnvironmentSpec;
  readonly initMs: number;
  readonly events: EnvironmentEvents;
  memoryUsedMb = 40.3;
  isFrozen = false;
  invocation: Invocation | undefined;
  invocations = 0;
  #outcome: PromiseWithResolvers<InvocationOutcome> | undefined;
  #hasEnded = false;
  readonly #executor: ModelExecutor;

  constructor(executor: ModelExecutor, spec: EnvironmentSpec, events: EnvironmentEvents, initMs: number) {
    this.#executor = executor;
    this.spec = spec;
    this.events = events;
    this.initMs = initMs;
  }

  invoke(invocation: Invocation): Promise<InvocationOutcome> {
    if (this.invocation !== undefined) throw new Error('an environment runs one invocation at a time');
    if (this.#hasEnded) return Promise.resolve({ kind: 'failure', failure: killed, streamed: false });
    this.isFrozen = false;
    this.invocation = invocation;
    this.invocations += 1;
    this.#executor.invoked(this);
    this.#outcome = Promise.withResolvers();
    const { promise } = this.#outcome;
    const answer = this.#executor.handler?.(invocation, this);
    if (answer !== undefined) this.finish(answer);
    return promise;
  }

  log(message: string): void {
    this.events.log({ timeMs: 1, message });
  }

  answer(body: unknown): void {
    this.finish({ kind: 'answer', body: Buffer.from(JSON.stringify(body)) });
  }

  /** Failures other than a handler's end it. */
  finish(outcome: InvocationOutcome): void {
    const waiting = this.#outcome;
    this.invocation = undefined;
    this.#outcome = undefined;
    if (outcome.kind === 'failure' && outcome.failure.kind !== 'handler') this.#end(outcome.failure);
    waiting?.resolve(outcome);
  }

  /** By itself. */
  crash(failure: FunctionFailure = killed): void {
    if (this.invocation === undefined) this.#end(failure);
    else this.finish({ kind: 'failure', failure, streamed: false });
  }

  freeze(): void {
    if (this.invocation !== undefined) throw new Error('a busy environment was frozen');
    if (this.#hasEnded) throw new Error('an ended environment was frozen');
    this.isFrozen = true;
  }

  /** Takes a while, during which it is there. */
  async close(): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve));
    this.crash();
  }

  #end(failure: FunctionFailure): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    this.#executor.alive.delete(this);
    this.events.ended(failure);
  }
}

export class ModelExecutor implements Executor {
  readonly name = 'model';
  isolation = {
    isForUntrusted: true,
    missing: [] as string[],
    uid: true,
    network: true,
    mounts: true,
    memory: 'cgroup' as const,
    processes: true,
  };
  readonly starting = new Set<ModelStart>();
  readonly alive = new Set<ModelEnvironment>();
  /** Starts are done at once. */
  isPrompt = true;
  /** Answers at once. */
  handler:
    | ((invocation: Invocation, environment: ModelEnvironment) => InvocationOutcome | undefined)
    | undefined;
  started = 0;
  /** Called when a call reaches an environment. */
  invoked: (environment: ModelEnvironment) => void = () => undefined;

  /** Called when a start has begun. */
  began: () => void = () => undefined;
  heedsAbort = true;
  /** MiB of an environment beyond its function's memory. */
  extraMb = 0;

  takesMb({ memoryMb }: Pick<EnvironmentSpec, 'memoryMb'>): number {
    return memoryMb + this.extraMb;
  }

  runs(runtime: string): boolean {
    return runtime.startsWith('nodejs');
  }

  start(spec: EnvironmentSpec, events: EnvironmentEvents, signal?: AbortSignal): Promise<StartResult> {
    this.started += 1;
    const start = new ModelStart(this, spec, events);
    this.starting.add(start);
    this.began();
    signal?.addEventListener('abort', () => {
      if (this.starting.has(start) && this.heedsAbort) start.refuse(new Error('aborted'));
    });
    if (this.isPrompt) start.succeed();
    return start.result.promise;
  }

  get busy(): ModelEnvironment[] {
    return [...this.alive].filter(({ invocation }) => invocation !== undefined);
  }

  get memoryMb(): number {
    return [...this.alive, ...this.starting].reduce((sum, { spec }) => sum + spec.memoryMb, 0);
  }

  async stop(): Promise<void> {
    await Promise.all([...this.alive].map((one) => one.close()));
  }
}
