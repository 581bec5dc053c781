/** Several executors as one: each environment is started by the first that runs its runtime. */
import { type Executor, ExecutorUnavailable } from './api.ts';

export interface ChosenExecutors extends Executor {
  /** Undefined for what none of them runs. */
  of(runtime: string): Executor | undefined;
}

/** @param executors the first one's isolation is that of the whole */
export function chooseExecutor(...executors: readonly [Executor, ...Executor[]]): ChosenExecutors {
  const of = (runtime: string) => executors.find((one) => one.runs(runtime));
  return {
    name: executors.map(({ name }) => name).join(', '),
    get isolation() {
      return executors[0].isolation;
    },
    of,
    runs: (runtime) => of(runtime) !== undefined,
    lacks: (runtime) =>
      executors.map((one) => one.lacks?.(runtime)).find((sentence) => sentence !== undefined),
    takesMb: (spec) => of(spec.runtime)?.takesMb?.(spec) ?? spec.memoryMb,
    async start(spec, events, signal) {
      const executor = of(spec.runtime);
      if (executor === undefined) throw new ExecutorUnavailable(`nothing here runs ${spec.runtime}`);
      return executor.start(spec, events, signal);
    },
    async stop() {
      await Promise.all(executors.map((one) => one.stop()));
    },
  };
}
