/** Where the entries of an index are: in a table of their own, which no statement can name. */
import { hash } from 'node:crypto';
import type { IndexSchema, TableSchema } from './model.ts';

/** As the ids of tables: it is one of them where rows are stored. */
export function entriesId({ id }: Pick<TableSchema, 'id'>, index: Pick<IndexSchema, 'id'>): string {
  return hash('sha256', `hypergate/cql/index/v1 ${id} ${index.id}`, 'hex').slice(0, 32);
}
