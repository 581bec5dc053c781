/** Reads the memtable and records as one. */
import type { TableSchema } from '../schema/model.ts';
import type { Value } from '../types/api.ts';
import { MergeCursor, type MergeSources } from './merge-cursor.ts';
import { MergeScan } from './merge-scan.ts';
import type { TableLayout } from './order.ts';
import { isPromise } from './soon.ts';
import type { PartitionCursor, PartitionRange, Reader, ReadOptions, Soon, TableScan } from './storage.ts';

const everything: ReadOptions = {};

export class MergedReader implements Reader {
  private readonly sources: MergeSources;
  private readonly layoutOf: (table: TableSchema) => TableLayout;

  constructor(sources: MergeSources, layoutOf: (table: TableSchema) => TableLayout) {
    this.sources = sources;
    this.layoutOf = layoutOf;
  }

  read(table: TableSchema, key: Value, options = everything): Soon<PartitionCursor | undefined> {
    const { memtable, records } = this.sources;
    const { epoch } = memtable;
    const source = records?.read(table, key, options);
    if (isPromise(source)) {
      // When something was settled meanwhile, it may be missing here and in the memtable.
      return source.then((opened) =>
        epoch === memtable.epoch ? this.merge(table, key, options, opened) : this.read(table, key, options),
      );
    }
    return this.merge(table, key, options, source);
  }

  scan(table: TableSchema, range: PartitionRange, options = everything): TableScan {
    return new MergeScan(this.sources, { table, layout: this.layoutOf(table), options }, range);
  }

  private merge(
    table: TableSchema,
    key: Value,
    options: ReadOptions,
    source: Awaited<ReturnType<NonNullable<MergeSources['records']>['read']>>,
  ): PartitionCursor | undefined {
    const memory = this.sources.memtable.partition(table.id, key);
    if (memory === undefined && source === undefined) return undefined;
    return new MergeCursor(this.sources, { table, layout: this.layoutOf(table), options }, memory, source);
  }
}
