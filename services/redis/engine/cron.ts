/** What the engine does by itself ten times a second: `engine.cron()` runs these in order, between commands. */
import type { Engine } from './engine.ts';
import { expireFields } from './field-expiry.ts';
import { engineLimits } from './limits.ts';

export interface CronStep {
  readonly name: string;
  run(engine: Engine): void;
}

export const cronIntervalMs = 100;

export const cronSteps: readonly CronStep[] = [
  { name: 'active expiry', run: (engine) => void engine.activeExpiry.run() },
  { name: 'field expiry', run: expireDueFields },
  { name: 'eviction', run: (engine) => void engine.eviction.run() },
];

function expireDueFields(engine: Engine): void {
  if (!engine.activeExpiry.enabled || engine.expiryPaused || engine.replaying) return;
  let left: number = engineLimits.expiryFieldsPerRun;
  for (const db of engine.databases) if (left > 0) left -= expireFields(db, engine.now, left);
}
