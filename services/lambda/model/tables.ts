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

/** Number of a version as a part of keys: in the order of numbers. */
export function numberSort(version: string | number): Buffer {
  const sort = Buffer.alloc(8);
  sort.writeBigUInt64BE(BigInt(version));
  return sort;
}

/** Of a sort key that `versionKey` made. */
export const versionOfSort = (sort: Uint8Array): string =>
  sort.length === 0 ? '$LATEST' : String(Buffer.from(sort).readBigUInt64BE());

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
  /** The size of the code: what an account stores is added up without reading records. */
  index: ({ code }) => Buffer.from(String(code.size)),
};
