/**
 * That a function was invoked, and what came of it: hashes of payload and answer, never these themselves. Whoever has both can show by a
 * proof of this record that the one was the answer to the other. Rows are JSON that is checked when it is read; what is
 * written comes from `describe.ts` alone, as every invocation writes one.
 */
import type { ProofSubject, RecordKey, RowFormat, TableDefinition, TableDomain } from '@hypergate/table';
import { z } from 'zod';
import { type Scope, scopePartition } from '../model/tables.ts';

export const invocationRow = z.strictObject({
  account: z.string(),
  region: z.string(),
  requestId: z.string(),
  /** Without qualifier. */
  functionArn: z.string(),
  functionId: z.string(),
  version: z.string(),
  /** SHA-256 of the code package, base64: the code that ran. */
  codeSha256: z.string(),
  startedMs: z.number(),
  durationMs: z.number(),
  billedMs: z.number(),
  initMs: z.number().optional(),
  memoryUsedMb: z.number(),
  /** `answer`, `streamed`, or the kind of a failure. */
  outcome: z.string(),
  /** SHA-256, base64. Of a failure the answer is the error as the caller got it; of a stream all its pieces. */
  payloadSha256: z.string(),
  answerSha256: z.string(),
  answerBytes: z.number(),
});
export type InvocationRow = z.output<typeof invocationRow>;

const format: RowFormat<InvocationRow> = {
  version: 1,
  encode: (row) => Buffer.from(JSON.stringify(row)),
  decode: (bytes) => invocationRow.parse(JSON.parse(Buffer.from(bytes).toString('utf8'))),
};

export const invocationKey = (scope: Scope, requestId: string): RecordKey => ({
  partition: scopePartition(scope),
  sort: Buffer.from(requestId),
});

/** All invocations, oldest first. */
export const invocationTimes = 'lambda.invocations.time';
const none = Buffer.alloc(0);

export const invocationsTable: TableDefinition<InvocationRow> = {
  name: 'lambda.invocations',
  description: 'Invocations: version, times, outcome, hashes of payload and answer',
  formats: [format],
  index: () => none,
  secondary: (row) => [
    {
      index: invocationTimes,
      partition: none,
      sort: Buffer.concat([timeSort(row.startedMs), Buffer.from(row.requestId)]),
      projection: Buffer.from(JSON.stringify([row.account, row.region, row.requestId])),
    },
  ],
};

const projected = z.tuple([z.string(), z.string(), z.string()]);

/** Whose entry of `invocationTimes` it is. */
export function namedBy(projection: Uint8Array): Scope & { readonly requestId: string } {
  const [account, region, requestId] = projected.parse(JSON.parse(Buffer.from(projection).toString('utf8')));
  return { account, region, requestId };
}

export function timeSort(ms: number): Buffer {
  const sort = Buffer.alloc(6);
  sort.writeUIntBE(Math.max(0, Math.floor(ms)), 0, 6);
  return sort;
}

/** What a proof of an invocation is about. */
export const invocationSubject = (domain: TableDomain, scope: Scope, requestId: string): ProofSubject => ({
  kind: 'record',
  domain,
  table: invocationsTable,
  key: invocationKey(scope, requestId),
});
