/** What the engine does by itself ten times a second: `engine.cron()` runs these in order, between commands. */
import type { Engine } from './engine.ts';

export interface CronStep {
  readonly name: string;
  run(engine: Engine): void;
}

export const cronIntervalMs = 100;

export const cronSteps: readonly CronStep[] = [
  { name: 'active expiry', run: (engine) => void engine.activeExpiry.run() },
  { name: 'eviction', run: (engine) => void engine.eviction.run() },
];
