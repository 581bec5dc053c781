/**
 * Asynchronous invocations: accepted when they are on the disk, run, run again, and told of at their destinations. What was accepted is run
 * at least once, also when the gateway is killed; without that, and without a lost lease, never more often than its retries allow.
 *
 * Left out: topics, buses and buckets as destinations (refused when they are configured).
 */
import { createHash } from 'node:crypto';
import { resolve } from 'node:path';
import { systemTimers, type Timers } from '../invoke/timers.ts';
import { DurableEventQueue, type EventQueueModules } from './event-queue.ts';

export type * from './api.ts';
export type { DurableEventQueue } from './event-queue.ts';
export { eventTables } from './event-table.ts';

export interface EventQueueOptions extends Omit<EventQueueModules, 'holder' | 'timers'> {
  /** One process at a time has the gateway's folder: a new one there says that the earlier one is gone. */
  readonly holder?: Uint8Array;
  readonly timers?: Timers;
}

export function createEventQueue(options: EventQueueOptions): DurableEventQueue {
  const { dataDir } = options.base.settings;
  return new DurableEventQueue({
    ...options,
    holder: options.holder ?? createHash('sha256').update(resolve(dataDir)).digest(),
    timers: options.timers ?? systemTimers,
  });
}
