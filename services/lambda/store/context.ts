/** What the parts of the service share. */
import type { Clock, Principal, RandomSource, ServiceSettings } from '@hypergate/kit';
import type { TableDomain, TableStore } from '@hypergate/table';
import type { Logger } from 'pino';
import type { EventQueue } from '../events/api.ts';
import type { Invoker } from '../invoke/api.ts';
import type { LogStore } from '../logs/api.ts';
import type { PackageRef } from '../model/function-rows.ts';
import type { MpcRuntime } from '../mpc/api.ts';
import type { Packages } from '../packages/api.ts';
import type { Queues } from '../queues/api.ts';
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

/** A package that a caller keeps in a bucket. */
export interface S3ObjectRequest {
  /** Who asked for it: read with what this caller may. */
  readonly principal: Principal;
  readonly region: string;
  readonly bucket: string;
  readonly key: string;
  readonly version: string | undefined;
  /** More is refused before it is read. */
  readonly bytesMax: number;
  readonly signal: AbortSignal;
}

/** What the composition fills. */
export interface LambdaPorts {
  /** @throws AwsError of S3, with its code and message */
  readS3Object(request: S3ObjectRequest): Promise<Uint8Array>;
  /** Where the holder of the URL gets the zip file, for some minutes. */
  codeUrl(ref: PackageRef): Promise<string> | string;
  /** Of a function URL, with a slash at the end: what the gateway's listener answers to. */
  urlOf(id: string, region: string): string;
}

/** Of the operations. */
export interface LambdaContext extends LambdaBase, LambdaPorts {
  readonly functions: Functions;
  readonly packages: Packages;
  readonly invoker: Invoker;
  readonly logs: LogStore;
  readonly events: EventQueue;
  readonly queues: Pick<Queues, 'find'>;
  readonly provisioning: Provisioning;
  readonly mpc: Pick<MpcRuntime, 'compileFunction'>;
}
