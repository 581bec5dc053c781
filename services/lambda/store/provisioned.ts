/** How many environments of versions and aliases are to be ready at any time. */
import { jsonFormat, type RecordKey, type TableDefinition } from '@hypergate/table';
import { z } from 'zod';
import type { FunctionRow } from '../model/function-rows.ts';
import type { LambdaBase } from './context.ts';

const provisionedRow = z.strictObject({
  account: z.string(),
  region: z.string(),
  functionName: z.string(),
  functionId: z.string(),
  qualifier: z.string(),
  requested: z.number().int(),
  modifiedMs: z.number(),
});
export type ProvisionedRow = z.output<typeof provisionedRow>;

const all = 'lambda.provisioned.all';
const none = Buffer.alloc(0);

export const provisionedTable: TableDefinition<ProvisionedRow> = {
  name: 'lambda.provisioned',
  description: 'Provisioned concurrency of versions and aliases',
  formats: [jsonFormat(provisionedRow)],
  index: () => none,
  secondary: (_row, { partition, sort }) => [
    {
      index: all,
      partition: none,
      sort: Buffer.concat([partition, Buffer.from('/'), sort]),
      projection: none,
    },
  ],
};

export const provisionedKey = (functionId: string, qualifier: string): RecordKey => ({
  partition: Buffer.from(functionId),
  sort: Buffer.from(qualifier),
});

/** In the order of qualifiers. */
export async function* provisionedOf(
  base: LambdaBase,
  { id }: Pick<FunctionRow, 'id'>,
  after?: string,
): AsyncGenerator<readonly [qualifier: string, row: ProvisionedRow]> {
  const { partition } = provisionedKey(id, '');
  const options = after === undefined ? {} : { gt: Buffer.from(after) };
  const cursor = base.domain.cursor(provisionedTable, partition, options);
  for (let entry = await cursor.next(); entry !== undefined; entry = await cursor.next()) {
    const found = await base.domain.get(provisionedTable, { partition, sort: entry.sort });
    if (found !== undefined) yield [found.row.qualifier, found.row];
  }
}

/** Of all accounts, for a gateway that starts. */
export async function* allProvisioned(base: LambdaBase): AsyncGenerator<ProvisionedRow> {
  const cursor = base.domain.cursorSecondary(all, none, {});
  for (let entry = await cursor.next(); entry !== undefined; entry = await cursor.next()) {
    const place = Buffer.from(entry.sort).toString('utf8');
    // Ids of functions are UUIDs.
    const slash = place.indexOf('/');
    const key = provisionedKey(place.slice(0, slash), place.slice(slash + 1));
    const found = await base.domain.get(provisionedTable, key);
    if (found !== undefined) yield found.row;
  }
}
