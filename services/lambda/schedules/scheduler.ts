/** What a gateway runs: the operations' context and the runner. */
import type { EventQueue } from '../events/api.ts';
import type { LambdaBase } from '../store/context.ts';
import type { ScheduleContext } from './operation.ts';
import { ScheduleRunner } from './runner.ts';

export interface Scheduler extends ScheduleContext {
  /** Looks every second for what is due. */
  start(): void;
  /** Does what is due by now. */
  tick(): Promise<void>;
  stop(): Promise<void>;
}

export function createScheduler(base: LambdaBase, events: Pick<EventQueue, 'put'>): Scheduler {
  const runner = new ScheduleRunner(base, events);
  return {
    base,
    chance: () => runner.chance(),
    start: () => runner.start(),
    tick: () => runner.tick(),
    stop: () => runner.stop(),
  };
}
