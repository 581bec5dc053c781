/** Aliases of functions. */
import { jsonFormat, type RecordKey, type TableDefinition } from '@hypergate/table';
import { z } from 'zod';

export const aliasRow = z.strictObject({
  functionId: z.string(),
  name: z.string(),
  version: z.string(),
  description: z.string(),
  /** Of another version: its share of the calls, 0 to 1. */
  weights: z.record(z.string(), z.number()).optional(),
  revisionId: z.string(),
});
export type AliasRow = z.output<typeof aliasRow>;

const none = Buffer.alloc(0);

export const aliasKey = (functionId: string, name: string): RecordKey => ({
  partition: Buffer.from(functionId),
  sort: Buffer.from(name),
});

export const aliasesTable: TableDefinition<AliasRow> = {
  name: 'lambda.aliases',
  description: 'Aliases: names for versions of functions',
  formats: [jsonFormat(aliasRow)],
  index: () => none,
};
