/** What a gateway runs: the operations' context and the runner. */
import type { ScheduleContext } from './operation.ts';
import { type RunnerModules, ScheduleRunner } from './runner.ts';

export interface Scheduler extends ScheduleContext {
  /** Looks every second for what is due. */
  start(): void;
  /** Does what is due by now. */
  tick(): Promise<void>;
  stop(): Promise<void>;
}

export function createScheduler(modules: RunnerModules): Scheduler {
  const runner = new ScheduleRunner(modules);
  const { base } = modules;
  return {
    base,
    chance: () => runner.chance(),
    start: () => runner.start(),
    tick: () => runner.tick(),
    stop: () => runner.stop(),
  };
}
