/** The row that is looked at: one object for all the rows of an execution. Without a row it is a partition that has statics alone. */
import { isColumnLive, isMarkerLive } from '../../engine/liveness.ts';
import type { ColumnData, Row } from '../../engine/model.ts';
import type { PartitionCursor } from '../../engine/storage.ts';
import type { ColumnSchema, TableSchema } from '../../schema/model.ts';
import type { Value } from '../../types/api.ts';
import { decodePartitionKey } from '../../types/partition-key.ts';
import type { RowView } from '../terms/api.ts';
import { columnValue, maxWritetimeOf, ttlOf, writetimeOf } from './column-values.ts';

const knownColumns = new WeakMap<TableSchema, ReadonlySet<number>>();

/** By id: cells of columns that were dropped may still be stored. */
function columnIds(table: TableSchema): ReadonlySet<number> {
  let ids = knownColumns.get(table);
  if (ids === undefined) {
    ids = new Set([...table.statics, ...table.regulars].map(({ id }) => id));
    knownColumns.set(table, ids);
  }
  return ids;
}

/** Whether anything of it that the table still knows is alive. */
export function isThere(row: Row, table: TableSchema, now: number): boolean {
  if (isMarkerLive(row.marker, now)) return true;
  for (const [id, column] of row.columns)
    if (isColumnLive(column, now) && columnIds(table).has(id)) return true;
  return false;
}

export class CurrentRow implements RowView {
  /** Seconds since 1970. */
  readonly now: number;
  /** Undefined: there are statics alone. */
  row: Row | undefined;
  statics: Row | undefined;
  key: Value = new Uint8Array(0);
  private parts: readonly Value[] | undefined;
  private readonly keyColumns: number;
  private readonly columns: readonly ColumnSchema[];

  /** @param columns by slot */
  constructor(table: TableSchema, columns: readonly ColumnSchema[], now: number) {
    this.now = now;
    this.columns = columns;
    this.keyColumns = table.partitionKey.length;
  }

  enter({ key, statics }: PartitionCursor): void {
    this.key = key;
    this.parts = undefined;
    this.statics = statics;
    this.row = undefined;
  }

  private keyPart(position: number): Value {
    this.parts ??= decodePartitionKey(this.key, this.keyColumns);
    return this.parts[position]!;
  }

  data({ kind, id }: ColumnSchema): ColumnData | undefined {
    return (kind === 'static' ? this.statics : this.row)?.columns.get(id);
  }

  valueOf(column: ColumnSchema): Value | undefined {
    switch (column.kind) {
      case 'partition_key':
        return this.keyPart(column.position);
      case 'clustering':
        return this.row?.clustering[column.position];
      default:
        return columnValue(this.data(column), column.type, this.now);
    }
  }

  value(slot: number): Value | undefined {
    return this.valueOf(this.columns[slot]!);
  }

  writetime(slot: number): bigint | undefined {
    return writetimeOf(this.data(this.columns[slot]!), this.now);
  }

  ttl(slot: number): number | undefined {
    return ttlOf(this.data(this.columns[slot]!), this.now);
  }

  maxWritetime(slot: number): bigint | undefined {
    return maxWritetimeOf(this.data(this.columns[slot]!), this.now);
  }
}
