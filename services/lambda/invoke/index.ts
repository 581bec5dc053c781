/** Calls of functions: pools of environments per version, cold and warm starts, concurrency, logs around invocations, their records. */
import { availableParallelism, totalmem } from 'node:os';
import { performance } from 'node:perf_hooks';
import type { ChosenExecutors } from '../executor/choose.ts';
import type { LogStore } from '../logs/api.ts';
import type { Packages } from '../packages/api.ts';
import type { LambdaBase } from '../store/context.ts';
import { PooledInvoker } from './invoker.ts';
import { systemTimers, type Timers } from './timers.ts';

export { errorTypeOf } from './failure-body.ts';
export type { PooledInvoker } from './invoker.ts';
export {
  type InvocationRow,
  invocationKey,
  invocationSubject,
  invocationsTable,
} from './record-table.ts';
export { invocationWrite } from './recorder.ts';

export interface InvokerOptions {
  readonly base: LambdaBase;
  readonly executor: ChosenExecutors;
  readonly packages: Packages;
  readonly logs: LogStore;
  /** The root account's alone, unless given. */
  readonly trusts?: (account: string) => boolean;
  readonly timers?: Timers;
  readonly elapsedMs?: () => number;
  /** `lambdaMemoryMb` of the settings unless given; half of the machine's where that is not set. */
  readonly memoryBudgetMb?: number;
  /** As many as there are processors, unless given. */
  readonly startsAtOnce?: number;
  readonly concurrencyPerAccount?: number;
}

export function createInvoker(options: InvokerOptions): PooledInvoker {
  const { base, executor, packages, logs, concurrencyPerAccount } = options;
  const { own, rootAccountId } = base.settings;
  const set = typeof own?.memoryMb === 'number' ? own.memoryMb : undefined;
  return new PooledInvoker({
    base,
    executor,
    packages,
    logs,
    trusts: options.trusts ?? ((account) => account === rootAccountId),
    timers: options.timers ?? systemTimers,
    elapsedMs: options.elapsedMs ?? (() => performance.now()),
    memoryBudgetMb: options.memoryBudgetMb ?? set ?? Math.floor(totalmem() / 2 ** 21),
    startsAtOnce: options.startsAtOnce ?? availableParallelism(),
    ...(concurrencyPerAccount === undefined ? {} : { concurrencyPerAccount }),
  });
}
