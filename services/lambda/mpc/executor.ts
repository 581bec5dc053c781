/**
 * Functions of runtime `mpc` where executors of other runtimes stand. There is no process to start: an invocation is a computation of the node,
 * and nothing of the function's owner runs here but the circuit.
 */
import {
  type Environment,
  type EnvironmentEvents,
  type EnvironmentSpec,
  type Executor,
  ExecutorUnavailable,
  type Invocation,
  type InvocationOutcome,
} from '../executor/api.ts';
import type { MpcRunner } from './api.ts';

export class MpcExecutor implements Executor {
  readonly name = 'mpc';
  readonly isolation = {
    isForUntrusted: true,
    missing: [],
    uid: true,
    network: true,
    mounts: true,
    memory: 'watched',
    processes: true,
  } as const;
  readonly #runner: MpcRunner;

  constructor(runner: MpcRunner) {
    this.#runner = runner;
  }

  runs(runtime: string): boolean {
    return runtime === 'mpc';
  }

  async start(
    spec: EnvironmentSpec,
    events: EnvironmentEvents,
  ): Promise<{ readonly environment: Environment }> {
    return { environment: new MpcEnvironment(spec, events, this.#runner) };
  }

  async stop(): Promise<void> {}
}

class MpcEnvironment implements Environment {
  readonly spec: EnvironmentSpec;
  readonly initMs = 0;
  readonly memoryUsedMb = 0;
  readonly #events: EnvironmentEvents;
  readonly #runner: MpcRunner;

  constructor(spec: EnvironmentSpec, events: EnvironmentEvents, runner: MpcRunner) {
    this.spec = spec;
    this.#events = events;
    this.#runner = runner;
  }

  async invoke({ payload, deadlineMs }: Invocation): Promise<InvocationOutcome> {
    const { account, region, circuit, credentials } = this.spec;
    if (circuit === undefined) throw new ExecutorUnavailable('the function has no circuit');
    const { outcome, recordable } = await this.#runner.invoke({
      account,
      region,
      circuit,
      payload,
      deadlineMs,
      credentials: () => credentials,
      log: (line) => this.#events.log({ ...line, message: `${line.message}\n` }),
    });
    return outcome.kind === 'streamed' ? outcome : { ...outcome, recordable };
  }

  freeze(): void {}

  async close(): Promise<void> {
    this.#events.ended(undefined);
  }
}
