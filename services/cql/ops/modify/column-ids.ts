/** Ids of a table's columns that are not part of the key: rows may still have cells of dropped ones. */
import type { TableSchema } from '../../schema/model.ts';

const known = new WeakMap<TableSchema, ReadonlySet<number>>();

export function columnIds(table: TableSchema): ReadonlySet<number> {
  let ids = known.get(table);
  if (ids === undefined) {
    ids = new Set([...table.regulars, ...table.statics].map(({ id }) => id));
    known.set(table, ids);
  }
  return ids;
}
