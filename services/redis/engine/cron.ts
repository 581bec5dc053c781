/** What the engine does by itself ten times a second: `engine.cron()` runs these in order, between commands. */
import type { Engine } from './engine.ts';

export interface CronStep {
  readonly name: string;
  /** What a long run is called in LATENCY. */
  readonly latencyEvent: string;
  run(engine: Engine): void;
}

export const cronIntervalMs = 100;

export const cronSteps: readonly CronStep[] = [
  { name: 'active expiry', latencyEvent: 'expire-cycle', run: (engine) => void engine.activeExpiry.run() },
  { name: 'eviction', latencyEvent: 'eviction-cycle', run: (engine) => void engine.eviction.run() },
  { name: 'clients', latencyEvent: 'clients-cycle', run: (engine) => engine.cutOffClients() },
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
