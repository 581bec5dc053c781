/** Rows as tests write them, where what is not said is not there, and as they find them again in reads and in records. */
import type { Cell, ColumnData, Mutation, Row } from '../../engine/model.ts';
import type { Storage } from '../../engine/storage.ts';
import { lastSecond } from '../../engine/test/support/histories.ts';
import { readRows, visibleColumns, visibleRows } from '../../engine/test/support/reading.ts';
import { rowsTable } from '../../model/rows.ts';
import type { TableSchema } from '../../schema/model.ts';
import type { Value } from '../../types/api.ts';
import type { CqlStore } from '../cql-store.ts';

export function mutationOf({ id }: TableSchema, key: Value, more: Partial<Mutation>): Mutation {
  return { table: id, key, deletion: undefined, statics: undefined, tombstones: [], rows: [], ...more };
}

export function rowOf(
  clustering: readonly Value[],
  columns: readonly (readonly [number, ColumnData])[],
  more: Partial<Row> = {},
): Row {
  return { clustering, marker: undefined, deletion: undefined, columns: new Map(columns), ...more };
}

export function cellOf(value: Value | undefined, more: Partial<Cell> = {}): ColumnData {
  return { kind: 'cell', cell: { timestamp: 1n, value, ttl: 0, localTime: 0, ...more } };
}

export function counterOf(count: bigint, timestamp = 1n): ColumnData {
  return { kind: 'counter', counter: { timestamp, count } };
}

/** Partitions in the order of a scan, without those that have nothing to show. */
export async function contentOf(storage: Storage, of: TableSchema, isReversed = false) {
  const found = [];
  const scan = storage.scan(of, {}, { isReversed });
  for (let cursor = await scan.next(); cursor !== undefined; cursor = await scan.next()) {
    const content = {
      key: Buffer.from(cursor.key).toString('hex'),
      token: cursor.token,
      statics: visibleColumns(cursor.statics, lastSecond),
      rows: visibleRows(await readRows(cursor), lastSecond),
    };
    if (content.rows.length > 0 || Object.keys(content.statics).length > 0) found.push(content);
  }
  return found;
}

/** How many records a table has. */
export async function recordsOf(store: CqlStore, of: TableSchema): Promise<number> {
  const place = store.placeOf(of);
  return place === undefined ? 0 : (await place.domain.scan(rowsTable, place.partition, {})).length;
}
