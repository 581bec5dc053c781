/** What conditional statements answer: `[applied]`, and what is there where it was refused. */
import { isColumnLive } from '../../engine/liveness.ts';
import type { Row } from '../../engine/model.ts';
import type { ColumnSchema, TableSchema } from '../../schema/model.ts';
import { columnsOf } from '../../schema/table.ts';
import type { Value } from '../../types/api.ts';
import { decodePartitionKey } from '../../types/partition-key.ts';
import { nativeType } from '../../types/type-text.ts';
import type { ColumnSpec, RowsResult } from '../api.ts';
import { columnSpec } from '../terms/specs.ts';
import { columnValue } from './column-value.ts';

const boolean = nativeType('boolean')!;
const yes: Value = Uint8Array.of(1);
const no: Value = Uint8Array.of(0);

const appliedSpec = ({ keyspace, name }: TableSchema): ColumnSpec => ({
  keyspace,
  table: name,
  name: '[applied]',
  type: boolean,
});

export function applied(table: TableSchema): RowsResult {
  return { kind: 'rows', columns: [appliedSpec(table)], rows: [[yes]] };
}

export interface Refusal {
  readonly table: TableSchema;
  readonly key: Value;
  /** Seconds since 1970. */
  readonly now: number;
  /** Columns of the conditions; undefined: all columns are shown. */
  readonly shown: readonly ColumnSchema[] | undefined;
  /** Keys are shown too, as conditions may be on several rows. */
  readonly isBatch: boolean;
  /** Static columns that were read; others show as null. */
  readonly statics: ReadonlySet<number>;
  readonly staticRow: Row | undefined;
}

/** @param rows live ones that conditions are on, in order */
export function refused(refusal: Refusal, rows: readonly Row[]): RowsResult {
  const { table, shown, isBatch } = refusal;
  const keys = isBatch ? [...table.partitionKey, ...table.clustering] : [];
  const columns = shown === undefined ? columnsOf(table) : [...new Set([...keys, ...shown])];
  const found: readonly (Row | undefined)[] = rows.length > 0 || !hasStatics(refusal) ? rows : [undefined];
  if (found.length === 0) return { kind: 'rows', columns: [appliedSpec(table)], rows: [[no]] };
  const values = decodePartitionKey(refusal.key, table.partitionKey.length);
  return {
    kind: 'rows',
    columns: [appliedSpec(table), ...columns.map((column) => columnSpec(table, column))],
    rows: found.map((row) => [no, ...columns.map((column) => shownValue(refusal, values, row, column))]),
  };
}

function hasStatics({ statics, staticRow, now }: Refusal): boolean {
  if (staticRow === undefined) return false;
  for (const [id, data] of staticRow.columns) if (statics.has(id) && isColumnLive(data, now)) return true;
  return false;
}

function shownValue(
  { statics, staticRow, now }: Refusal,
  partition: readonly Value[],
  row: Row | undefined,
  column: ColumnSchema,
): Value | undefined {
  switch (column.kind) {
    case 'partition_key':
      return partition[column.position];
    case 'clustering':
      return row?.clustering[column.position];
    case 'static':
      return statics.has(column.id) ? columnValue(staticRow, column, now) : undefined;
    case 'regular':
      return columnValue(row, column, now);
  }
}
