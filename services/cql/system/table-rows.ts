/** Rows of the system's own tables by the names of their columns: what is written to them, and what is read. */
import { isCellLive, isRowLive } from '../engine/liveness.ts';
import type { Cell, ColumnData, Mutation, Row } from '../engine/model.ts';
import type { PartitionCursor, Reader } from '../engine/storage.ts';
import type { ColumnSchema, TableSchema } from '../schema/model.ts';
import { systemKeyspaces } from '../schema/system/keyspaces.ts';
import { isMultiCell } from '../schema/type-facts.ts';
import type { Value } from '../types/api.ts';
import { encodeList, encodeMap, mapEntries, setElements } from '../types/collections.ts';
import { decodePartitionKey, encodePartitionKey } from '../types/partition-key.ts';

/** Null and undefined alike: no value. */
export type RowValues = Readonly<Record<string, Value | null | undefined>>;

/** When something is written. */
export interface WriteTime {
  /** Microseconds. */
  readonly timestamp: bigint;
  /** Seconds since 1970. */
  readonly now: number;
  /** Seconds; without it what is written stays. */
  readonly ttl?: number;
}

export function systemTable(keyspace: string, name: string): TableSchema {
  const table = systemKeyspaces.find((each) => each.name === keyspace)?.tables.get(name);
  if (table === undefined) throw new Error(`there is no table ${keyspace}.${name}`);
  return table;
}

const keyValue = (values: RowValues, { name }: ColumnSchema): Value => {
  const value = values[name];
  if (value === null || value === undefined) throw new Error(`${name} is part of the key`);
  return value;
};

export function partitionKeyOf(table: TableSchema, values: RowValues): Value {
  return encodePartitionKey(table.partitionKey.map((column) => keyValue(values, column)));
}

/** A value as the cells that a column has: whole, in the place of what was there before. */
function columnData(column: ColumnSchema, value: Value | null, time: WriteTime): ColumnData {
  const { timestamp, now, ttl = 0 } = time;
  const cell = (bytes: Value | undefined): Cell => ({
    timestamp,
    value: bytes,
    ttl: bytes === undefined ? 0 : ttl,
    localTime: bytes === undefined ? now : ttl === 0 ? 0 : now + ttl,
  });
  if (!isMultiCell(column.type)) return { kind: 'cell', cell: cell(value ?? undefined) };
  const deletion = { timestamp: timestamp - 1n, localTime: now };
  if (value === null) return { kind: 'complex', complex: { deletion, cells: [] } };
  const empty = new Uint8Array(0);
  if (column.type.kind === 'set') {
    const cells = setElements(value).map((path) => ({ path, ...cell(empty) }));
    return { kind: 'complex', complex: { deletion, cells } };
  }
  if (column.type.kind !== 'map') throw new Error(`${column.name} is neither a set nor a map`);
  const entries = mapEntries(value);
  const cells = Array.from({ length: entries.length / 2 }, (_, at) => ({
    path: entries[at * 2]!,
    ...cell(entries[at * 2 + 1]!),
  }));
  return { kind: 'complex', complex: { deletion, cells } };
}

/** With columns that are there; those given as null are removed, those not given stay. */
export function rowOf(table: TableSchema, values: RowValues, time: WriteTime): Row {
  const { timestamp, now, ttl = 0 } = time;
  const columns = new Map<number, ColumnData>();
  for (const column of table.regulars) {
    const value = values[column.name];
    if (value !== undefined) columns.set(column.id, columnData(column, value, time));
  }
  return {
    clustering: table.clustering.map((column) => keyValue(values, column)),
    marker: { timestamp, ttl, expiresAt: ttl === 0 ? 0 : now + ttl },
    deletion: undefined,
    columns,
  };
}

export function rowMutation(table: TableSchema, values: RowValues, time: WriteTime): Mutation {
  return {
    table: table.id,
    key: partitionKeyOf(table, values),
    deletion: undefined,
    statics: undefined,
    rows: [rowOf(table, values, time)],
    tombstones: [],
  };
}

/** One row, or with the partition key alone all of them. */
export function removal(table: TableSchema, key: RowValues, { timestamp, now }: WriteTime): Mutation {
  const deletion = { timestamp, localTime: now };
  const isWhole = table.clustering.every(({ name }) => key[name] === undefined);
  const clustering = isWhole ? [] : table.clustering.map((column) => keyValue(key, column));
  return {
    table: table.id,
    key: partitionKeyOf(table, key),
    deletion: isWhole ? deletion : undefined,
    statics: undefined,
    rows: isWhole ? [] : [{ clustering, marker: undefined, deletion, columns: new Map() }],
    tombstones: [],
  };
}

function cellsValue(column: ColumnSchema, data: ColumnData | undefined, now: number): Value | undefined {
  if (data === undefined || data.kind === 'counter') return undefined;
  if (data.kind === 'cell') return isCellLive(data.cell, now) ? data.cell.value : undefined;
  const live = data.complex.cells.filter((cell) => isCellLive(cell, now));
  if (live.length === 0) return undefined;
  return column.type.kind === 'map'
    ? encodeMap(live.flatMap(({ path, value }) => [path, value!]))
    : encodeList(live.map(({ path }) => path));
}

function valuesOf(table: TableSchema, key: readonly Value[], row: Row, now: number): RowValues {
  const values: Record<string, Value | undefined> = {};
  for (const [at, { name }] of table.partitionKey.entries()) values[name] = key[at];
  for (const [at, { name }] of table.clustering.entries()) values[name] = row.clustering[at];
  for (const column of table.regulars)
    values[column.name] = cellsValue(column, row.columns.get(column.id), now);
  return values;
}

async function rowsOf(table: TableSchema, cursor: PartitionCursor, now: number): Promise<RowValues[]> {
  const key = decodePartitionKey(cursor.key, table.partitionKey.length);
  const rows: RowValues[] = [];
  for (let row = await cursor.next(); row !== undefined; row = await cursor.next())
    if (isRowLive(row, now)) rows.push(valuesOf(table, key, row, now));
  return rows;
}

/** Rows of one partition that are alive. @param now seconds since 1970 */
export async function readRows(
  reader: Reader,
  table: TableSchema,
  key: RowValues,
  now: number,
): Promise<RowValues[]> {
  const cursor = await reader.read(table, partitionKeyOf(table, key));
  return cursor === undefined ? [] : rowsOf(table, cursor, now);
}

/** Rows of all partitions. */
export async function scanRows(reader: Reader, table: TableSchema, now: number): Promise<RowValues[]> {
  const scan = reader.scan(table, {});
  const rows: RowValues[] = [];
  for (let cursor = await scan.next(); cursor !== undefined; cursor = await scan.next())
    rows.push(...(await rowsOf(table, cursor, now)));
  return rows;
}

/** What virtual rows are written at: before everything. */
export const virtualTime: WriteTime = { timestamp: 0n, now: 0 };
