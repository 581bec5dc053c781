/** Partitions of `system_schema` and `system_virtual_schema`: made of each keyspace once, as drivers read all of them after each change. */
import type { Row } from '../engine/model.ts';
import type { Schema, TableSchema } from '../schema/model.ts';
import { type SystemRow, systemSchemaRows } from '../schema/system-schema.ts';
import { tokenOf } from '../types/token.ts';
import { type RowValues, rowOf, virtualTime } from './table-rows.ts';
import { textValue } from './values.ts';
import { comparePositions, type VirtualPartition } from './virtual-tables.ts';

type Kind = 'system_schema' | 'system_virtual_schema';

const known = new WeakMap<readonly SystemRow[], readonly Row[]>();

function rowsOf(table: TableSchema, rows: readonly SystemRow[]): readonly Row[] {
  let made = known.get(rows);
  if (made === undefined) {
    const names = [...table.columns.keys()];
    made = rows.map((row) => {
      const values: RowValues = Object.fromEntries(names.map((name, at) => [name, row[at]]));
      return rowOf(table, values, virtualTime);
    });
    known.set(rows, made);
  }
  return made;
}

/** Of one table; kept until the schema is another one. */
export function schemaPartitions(
  schemaNow: () => Schema,
  keyspace: Kind,
  name: string,
): () => readonly VirtualPartition[] {
  let schema: Schema | undefined;
  let partitions: readonly VirtualPartition[] = [];
  return () => {
    const now = schemaNow();
    if (now === schema) return partitions;
    const found = systemSchemaRows(now, keyspace, name);
    if (found === undefined) throw new Error(`there is no table ${keyspace}.${name}`);
    partitions = found.partitions
      .map(({ keyspace: shown, rows }) => {
        const key = textValue(shown);
        return { key, token: tokenOf(key), rows: rowsOf(found.table, rows) };
      })
      .sort(comparePositions);
    schema = now;
    return partitions;
  };
}
