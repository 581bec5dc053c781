/**
 * Keys and tables of functions, all in one domain. Names of tables are input of the address function: never renamed. Each part of the service
 * has its own tables beside its code; these are the ones that several use.
 */
import { createHash } from 'node:crypto';
import { jsonFormat, type RecordKey, type TableDefinition } from '@hypergate/table';
import { type FunctionRow, functionRow, type VersionRow, versionRow } from './function-rows.ts';

/** Of all functions of all accounts; the same in every gateway. */
export const domainAddress: Buffer = createHash('sha256').update('hypergate/lambda/v1').digest();

const none = Buffer.alloc(0);

export interface Scope {
  readonly account: string;
  readonly region: string;
}

/** Names have no slash in them. */
export const scopePartition = ({ account, region }: Scope): Buffer => Buffer.from(`${account}/${region}`);

export const functionKey = (scope: Scope, name: string): RecordKey => ({
  partition: scopePartition(scope),
  sort: Buffer.from(name),
});

/** `$LATEST` comes first, then numbers in their order. */
export const versionKey = (functionId: string, version: string): RecordKey => ({
  partition: Buffer.from(functionId),
  sort: version === '$LATEST' ? none : numberSort(version),
});

function numberSort(version: string): Buffer {
  const sort = Buffer.alloc(8);
  sort.writeBigUInt64BE(BigInt(version));
  return sort;
}

export const functionsTable: TableDefinition<FunctionRow> = {
  name: 'lambda.functions',
  description: 'Functions: reserved concurrency, policies, tags',
  formats: [jsonFormat(functionRow)],
  index: () => none,
};

export const versionsTable: TableDefinition<VersionRow> = {
  name: 'lambda.versions',
  description: 'Versions of functions: configuration and code',
  formats: [jsonFormat(versionRow)],
  index: () => none,
};
