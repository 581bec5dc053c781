/** What the parts of the service share. */
import type { Clock, RandomSource, ServiceSettings } from '@hypergate/kit';
import type { TableDomain, TableStore } from '@hypergate/table';
import type { Logger } from 'pino';
import type { EventQueue } from '../events/api.ts';
import type { Invoker } from '../invoke/api.ts';
import type { LogStore } from '../logs/api.ts';
import type { Packages } from '../packages/api.ts';
import type { Functions } from './api.ts';
import type { Provisioning } from './provisioning.ts';

/** Of every part: where records stand, the time, randomness. */
export interface LambdaBase {
  readonly tables: TableStore;
  /** All records of the service stand in one domain. */
  readonly domain: TableDomain;
  readonly clock: Clock;
  readonly random: RandomSource;
  readonly logger: Logger;
  readonly settings: ServiceSettings;
}

/** Of the operations. */
export interface LambdaContext extends LambdaBase {
  readonly functions: Functions;
  readonly packages: Packages;
  readonly invoker: Invoker;
  readonly logs: LogStore;
  readonly events: EventQueue;
  readonly provisioning: Provisioning;
  /** Of a function URL, with a slash at the end: what the gateway's listener answers to. */
  readonly urlOf: (id: string, region: string) => string;
}
