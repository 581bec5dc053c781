/** What happens to asynchronous invocations that fail or succeed, by function and qualifier. */
import { jsonFormat, type RecordKey, type TableDefinition } from '@hypergate/table';
import { z } from 'zod';
import type { FunctionRow } from '../model/function-rows.ts';
import type { LambdaBase } from './context.ts';

const eventInvokeRow = z.strictObject({
  account: z.string(),
  region: z.string(),
  functionName: z.string(),
  functionId: z.string(),
  /** `$LATEST` for the function without one, as AWS shows it. */
  qualifier: z.string(),
  maximumRetryAttempts: z.number().int().optional(),
  maximumEventAgeSeconds: z.number().int().optional(),
  /** ARNs. */
  onSuccess: z.string().optional(),
  onFailure: z.string().optional(),
  modifiedMs: z.number(),
});
export type EventInvokeRow = z.output<typeof eventInvokeRow>;

export const eventInvokeTable: TableDefinition<EventInvokeRow> = {
  name: 'lambda.event-invoke',
  description: 'Retries and destinations of asynchronous invocations',
  formats: [jsonFormat(eventInvokeRow)],
  index: () => Buffer.alloc(0),
};

export const eventInvokeKey = (functionId: string, qualifier = '$LATEST'): RecordKey => ({
  partition: Buffer.from(functionId),
  sort: Buffer.from(qualifier),
});

/** For whoever carries asynchronous invocations out. @param qualifier as the caller gave it */
export async function findEventInvoke(
  base: LambdaBase,
  functionId: string,
  qualifier: string | undefined,
): Promise<EventInvokeRow | undefined> {
  return (await base.domain.get(eventInvokeTable, eventInvokeKey(functionId, qualifier)))?.row;
}

/** In the order of qualifiers. */
export async function* eventInvokesOf(
  base: LambdaBase,
  { id }: Pick<FunctionRow, 'id'>,
  after?: string,
): AsyncGenerator<readonly [qualifier: string, row: EventInvokeRow]> {
  const { partition } = eventInvokeKey(id);
  const options = after === undefined ? {} : { gt: Buffer.from(after) };
  const cursor = base.domain.cursor(eventInvokeTable, partition, options);
  for (let entry = await cursor.next(); entry !== undefined; entry = await cursor.next()) {
    const found = await base.domain.get(eventInvokeTable, { partition, sort: entry.sort });
    if (found !== undefined) yield [found.row.qualifier, found.row];
  }
}
