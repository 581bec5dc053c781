/** What the parts of the service share. */
import type { Clock, Principal, RandomSource, ServiceSettings } from '@hypergate/kit';
import type { DomainWrite, TableDomain, TableStore } from '@hypergate/table';
import type { Logger } from 'pino';
import type { EventQueue } from '../events/api.ts';
import type { Invoker } from '../invoke/api.ts';
import type { LogStore } from '../logs/api.ts';
import type { FunctionRow, PackageRef } from '../model/function-rows.ts';
import type { Scope } from '../model/tables.ts';
import type { Packages } from '../packages/api.ts';
import type { Functions } from './api.ts';

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

/** What another part keeps of a function. */
export interface FunctionAttachment {
  /**
   * For the transaction that removes the function, or one of its versions.
   * @param version undefined: all of it goes
   */
  remove(row: FunctionRow, version: string | undefined): Promise<readonly DomainWrite[]>;
}

/** What the composition fills. */
export interface LambdaPorts {
  /** @throws AwsError of S3, with its code and message */
  readS3Object(request: S3ObjectRequest): Promise<Uint8Array>;
  /** Where the holder of the URL gets the zip file, for some minutes. */
  codeUrl(ref: PackageRef): Promise<string> | string;
  /** May code without a signature be put behind this configuration? @throws AwsError CodeVerificationFailedException, CodeSigningConfigNotFoundException */
  requireUnsignedAllowed(codeSigningConfigArn: string, scope: Scope): Promise<void>;
  readonly attachments: readonly FunctionAttachment[];
}

/** Of the operations. */
export interface LambdaContext extends LambdaBase, LambdaPorts {
  readonly functions: Functions;
  readonly packages: Packages;
  readonly invoker: Invoker;
  readonly logs: LogStore;
  readonly events: EventQueue;
}
