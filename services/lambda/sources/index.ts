/**
 * Event source mappings over queues. Mappings of other kinds of sources are stored and shown, and nothing is polled for them. `MetricsConfig`,
 * `ProvisionedPollerConfig` and `LoggingConfig` have no effect.
 */
import { systemTimers, type Timers } from '../invoke/timers.ts';
import type { SourceModules } from './poller.ts';
import { Sources } from './sources.ts';

export type { Sources } from './sources.ts';

export interface SourcesOptions extends Omit<SourceModules, 'timers'> {
  readonly timers?: Timers;
}

export function createSources(options: SourcesOptions): Sources {
  return new Sources({ ...options, timers: options.timers ?? systemTimers });
}
