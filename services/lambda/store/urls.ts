/** Function URLs: one for a function, and one for each of its aliases. */
import {
  type Condition,
  type DomainWrite,
  jsonFormat,
  type RecordKey,
  type TableDefinition,
} from '@hypergate/table';
import { z } from 'zod';
import type { FunctionRow } from '../model/function-rows.ts';
import type { LambdaBase } from './context.ts';

const cors = z.strictObject({
  allowCredentials: z.boolean().optional(),
  allowHeaders: z.array(z.string()).optional(),
  allowMethods: z.array(z.string()).optional(),
  allowOrigins: z.array(z.string()).optional(),
  exposeHeaders: z.array(z.string()).optional(),
  maxAgeSeconds: z.number().int().optional(),
});
export type UrlCors = z.output<typeof cors>;

const urlRow = z.strictObject({
  account: z.string(),
  region: z.string(),
  functionName: z.string(),
  functionId: z.string(),
  /** An alias; '' for the function without one. */
  qualifier: z.string(),
  /** 32 lower-case letters and digits: the first label of its host. */
  urlId: z.string(),
  authType: z.enum(['NONE', 'AWS_IAM']),
  invokeMode: z.enum(['BUFFERED', 'RESPONSE_STREAM']),
  cors: cors.optional(),
  createdMs: z.number(),
  modifiedMs: z.number(),
});
export type UrlRow = z.output<typeof urlRow>;

const byUrlId = 'lambda.urls.by-id';

export const urlsTable: TableDefinition<UrlRow> = {
  name: 'lambda.urls',
  description: 'Function URLs',
  formats: [jsonFormat(urlRow)],
  index: () => Buffer.alloc(0),
  secondary: (row, { partition, sort }) => [
    {
      index: byUrlId,
      partition: Buffer.from(row.urlId),
      sort: Buffer.concat([partition, Buffer.from('/'), sort]),
      projection: Buffer.alloc(0),
    },
  ],
};

export const urlKey = (functionId: string, qualifier: string): RecordKey => ({
  partition: Buffer.from(functionId),
  sort: Buffer.from(qualifier),
});

/** Of whichever account: whoever calls a URL has nothing else. */
export async function findUrl(base: LambdaBase, urlId: string): Promise<UrlRow | undefined> {
  const cursor = base.domain.cursorSecondary(byUrlId, Buffer.from(urlId), { limit: 1 });
  const entry = await cursor.next();
  if (entry === undefined) return undefined;
  const place = Buffer.from(entry.sort).toString('utf8');
  // Ids of functions are UUIDs.
  const slash = place.indexOf('/');
  const found = await base.domain.get(urlsTable, urlKey(place.slice(0, slash), place.slice(slash + 1)));
  return found?.row.urlId === urlId ? found.row : undefined;
}

/** In the order of qualifiers. */
export async function* urlsOf(
  base: LambdaBase,
  { id }: FunctionRow,
  after?: string,
): AsyncGenerator<readonly [qualifier: string, row: UrlRow]> {
  const { partition } = urlKey(id, '');
  const options = after === undefined ? {} : { gt: Buffer.from(after) };
  const cursor = base.domain.cursor(urlsTable, partition, options);
  for (let entry = await cursor.next(); entry !== undefined; entry = await cursor.next()) {
    const found = await base.domain.get(urlsTable, { partition, sort: entry.sort });
    if (found !== undefined) yield [found.row.qualifier, found.row];
  }
}

export function putUrl(base: LambdaBase, row: UrlRow, condition: Condition = 'any'): DomainWrite {
  return {
    kind: 'put',
    domain: base.domain,
    table: urlsTable,
    key: urlKey(row.functionId, row.qualifier),
    row,
    condition,
  };
}
