/** What the engine does by itself ten times a second: `engine.cron()` runs these in order, between commands. */
import type { Engine } from './engine.ts';
import { expireFields } from './field-expiry.ts';
import { engineLimits } from './limits.ts';

export interface CronStep {
  readonly name: string;
  /** What a long run is called in LATENCY. */
  readonly latencyEvent: string;
  run(engine: Engine): void;
}

export const cronIntervalMs = 100;

export const cronSteps: readonly CronStep[] = [
  { name: 'active expiry', latencyEvent: 'expire-cycle', run: (engine) => void engine.activeExpiry.run() },
  { name: 'field expiry', latencyEvent: 'expire-cycle', run: expireDueFields },
  { name: 'eviction', latencyEvent: 'eviction-cycle', run: (engine) => void engine.eviction.run() },
  { name: 'clients', latencyEvent: 'clients-cycle', run: (engine) => engine.clientLimits.cutOff() },
];

/** One run: what took long shows in LATENCY. */
export function runCron(engine: Engine): void {
  engine.beginTurn();
  const { clock, latency } = engine.meter;
  for (const step of cronSteps) {
    const began = clock();
    step.run(engine);
    latency.add(step.latencyEvent, clock() - began, engine.now);
  }
  engine.settle();
  engine.blocking.serve();
  engine.endTurn();
}

function expireDueFields(engine: Engine): void {
  if (!engine.activeExpiry.enabled || engine.expiryPaused || engine.replaying) return;
  let left: number = engineLimits.expiryFieldsPerRun;
  for (const db of engine.databases) if (left > 0) left -= expireFields(db, engine.now, left);
}
