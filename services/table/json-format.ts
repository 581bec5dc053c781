/** Rows of control planes as JSON that is checked both ways. */
import type { z } from 'zod';
import type { RowFormat } from './api.ts';

export function jsonFormat<Row>(schema: z.ZodType<Row>, version = 1): RowFormat<Row> {
  return {
    version,
    encode: (row) => Buffer.from(JSON.stringify(schema.parse(row))),
    decode: (bytes) => schema.parse(JSON.parse(Buffer.from(bytes).toString('utf8'))),
  };
}
