/**
 * The rows of one partition, out of the memtable and of records: slices in either direction, deletions of both applied to both, row by
 * row, without waiting where records do not. While it is read, writes and settling go on. What it reads of the memtable is what is
 * there at the moment; when something was settled since, and so may have been dropped from there, records are read again from
 * behind the last row.
 */
import { setImmediate } from 'node:timers/promises';
import type { TableSchema } from '../schema/model.ts';
import type { Value } from '../types/api.ts';
import { engineLimits } from './limits.ts';
import type { Memtable } from './memtable.ts';
import type { MemPartition, MemRow } from './memtable-partition.ts';
import type { Deletion, Row } from './model.ts';
import { compareBoundToRow, compareRows, partitionEnd, partitionStart, type TableLayout } from './order.ts';
import { mergeMaybeRows, newerDeletion, visibleRow } from './reconcile.ts';
import type { PartitionSource, RecordSource, StoredRow } from './record-source.ts';
import { isPromise } from './soon.ts';
import type { SortedTree, TreeWalk } from './sorted-tree.ts';
import type { PartitionCursor, ReadOptions, Slice, Soon } from './storage.ts';
import { TombstoneSet } from './tombstones.ts';

export interface MergeSources {
  readonly memtable: Memtable;
  /** Undefined: the memtable is everything. */
  readonly records: RecordSource | undefined;
}

export interface MergeTarget {
  readonly table: TableSchema;
  readonly layout: TableLayout;
  readonly options: ReadOptions;
}

const wholePartition: readonly Slice[] = [{ start: partitionStart, end: partitionEnd }];
const skipped = Symbol('a row of which nothing is left');

export class MergeCursor implements PartitionCursor {
  readonly key: Value;
  readonly token: bigint;
  readonly deletion: Deletion | undefined;
  readonly statics: Row | undefined;
  private readonly sources: MergeSources;
  private readonly target: MergeTarget;
  private readonly isReversed: boolean;
  private epoch: number;
  private memory: MemPartition | undefined;
  private source: PartitionSource | undefined;
  private sourceTombstones: TombstoneSet | undefined;
  /** What is still to be read, in the direction of reading. */
  private slices: readonly Slice[];
  private sliceIndex = 0;
  private walk: TreeWalk<MemRow> | undefined;
  /** The next row of records, once it is known. */
  private stored: StoredRow | undefined;
  private isStoredKnown = false;
  private last: readonly Value[] | undefined;

  /** One of memory and source must be there; both are of the memtable's present epoch. */
  constructor(
    sources: MergeSources,
    target: MergeTarget,
    memory: MemPartition | undefined,
    source: PartitionSource | undefined,
  ) {
    this.sources = sources;
    this.target = target;
    this.isReversed = target.options.isReversed ?? false;
    this.key = (memory ?? source)!.key;
    this.token = (memory ?? source)!.token;
    this.epoch = sources.memtable.epoch;
    const slices = target.options.slices ?? wholePartition;
    this.slices = this.isReversed && slices.length > 1 ? slices.toReversed() : slices;
    this.use(memory, source);
    this.deletion = newerDeletion(memory?.deletion, source?.deletion);
    const statics = memory?.statics;
    this.statics =
      statics !== undefined
        ? statics.over(source?.statics, target.layout, this.deletion)
        : mergeMaybeRows(undefined, source?.statics, target.layout, this.deletion);
  }

  next(): Soon<Row | undefined> {
    for (let hidden = 0; ; hidden += 1) {
      // A deletion of very many rows: whoever reads does not hear of them.
      if (hidden === engineLimits.hiddenRowsPerTurn) return setImmediate().then(() => this.next());
      if (this.epoch !== this.sources.memtable.epoch) {
        const opened = this.openAgain();
        if (opened !== undefined) return opened.then(() => this.next());
      }
      if (!this.isStoredKnown) {
        const stored = this.source?.next();
        if (isPromise(stored)) {
          return stored.then((row) => {
            this.setStored(row);
            return this.next();
          });
        }
        this.setStored(stored);
      }
      const row = this.step();
      if (row !== skipped) return row;
    }
  }

  private setStored(row: StoredRow | undefined): void {
    this.stored = row;
    this.isStoredKnown = true;
  }

  private use(memory: MemPartition | undefined, source: PartitionSource | undefined): void {
    this.memory = memory;
    this.source = source;
    this.sourceTombstones =
      source !== undefined && source.tombstones.length > 0
        ? new TombstoneSet(this.target.layout.rows, source.tombstones)
        : undefined;
    this.sliceIndex = 0;
    this.walk = undefined;
    this.stored = undefined;
    this.isStoredKnown = source === undefined;
  }

  /** @returns undefined when that needed no waiting */
  private openAgain(): Promise<void> | undefined {
    const { memtable, records } = this.sources;
    const { table, options } = this.target;
    this.epoch = memtable.epoch;
    if (this.last !== undefined) this.slices = this.slicesFrom(this.last);
    const slices = this.isReversed ? this.slices.toReversed() : this.slices;
    const source = records?.read(table, this.key, { ...options, slices });
    if (isPromise(source)) {
      return source.then((opened) => this.use(memtable.partition(table.id, this.key), opened));
    }
    this.use(memtable.partition(table.id, this.key), source);
    return undefined;
  }

  /** Slices from a row on, which is with them. */
  private slicesFrom(clustering: readonly Value[]): Slice[] {
    const order = this.target.layout.rows;
    const left: Slice[] = [];
    for (const { start, end } of this.slices) {
      const isBehind = this.isReversed
        ? compareBoundToRow(order, start, clustering) > 0
        : compareBoundToRow(order, end, clustering) < 0;
      if (isBehind) continue;
      const isAround =
        compareBoundToRow(order, start, clustering) < 0 && compareBoundToRow(order, end, clustering) > 0;
      if (!isAround) left.push({ start, end });
      else if (this.isReversed) left.push({ start, end: { prefix: clustering, side: 'after' } });
      else left.push({ start: { prefix: clustering, side: 'before' }, end });
    }
    return left;
  }

  private step(): Row | undefined | typeof skipped {
    const { layout } = this.target;
    const memory = this.memoryRow();
    const { stored } = this;
    if (memory === undefined && stored === undefined) return undefined;
    const order =
      memory === undefined
        ? 1
        : stored === undefined
          ? -1
          : this.compare(memory.clustering, stored.clustering);
    if (order <= 0) this.walk!.next();
    if (order >= 0) this.isStoredKnown = false;
    const { clustering } = order <= 0 ? memory! : stored!;
    // Read again, the last row comes first.
    if (this.last !== undefined && this.compare(clustering, this.last) <= 0) return skipped;
    this.last = clustering;
    const around = this.covering(clustering);
    const row =
      order > 0
        ? visibleRow(stored!, around)
        : memory!.over(order === 0 ? stored : undefined, layout, around);
    return row ?? skipped;
  }

  /** In the direction of reading. */
  private compare(left: readonly Value[], right: readonly Value[]): number {
    const order = compareRows(this.target.layout.rows, left, right);
    return this.isReversed ? -order : order;
  }

  covering(clustering: readonly Value[]): Deletion | undefined {
    const { memory, source, sourceTombstones } = this;
    let deletion = memory?.covering(clustering);
    if (source?.deletion !== undefined) deletion = newerDeletion(deletion, source.deletion);
    if (sourceTombstones === undefined) return deletion;
    return newerDeletion(deletion, sourceTombstones.covering(clustering));
  }

  latestIn(slice: Slice): Deletion | undefined {
    const { memory, sourceTombstones } = this;
    const ranges = newerDeletion(memory?.tombstones?.latestIn(slice), sourceTombstones?.latestIn(slice));
    return newerDeletion(this.deletion, ranges);
  }

  /** The memtable's next row in the slices; the walk stands before it. */
  private memoryRow(): MemRow | undefined {
    if (this.memory === undefined) return undefined;
    const { rows, table } = this.memory;
    const order = this.target.layout.rows;
    for (; this.sliceIndex < this.slices.length; this.sliceIndex++, this.walk = undefined) {
      const slice = this.slices[this.sliceIndex]!;
      this.walk ??= this.walkOf(rows, slice, table.placeOfBound);
      const row = this.walk.peek();
      if (row === undefined) continue;
      const isInside = this.isReversed
        ? compareBoundToRow(order, slice.start, row.clustering) < 0
        : compareBoundToRow(order, slice.end, row.clustering) > 0;
      if (isInside) return row;
    }
    return undefined;
  }

  private walkOf(
    rows: SortedTree<MemRow>,
    slice: Slice,
    place: MemPartition['table']['placeOfBound'],
  ): TreeWalk<MemRow> {
    return this.isReversed ? rows.before(slice.end, place) : rows.from(slice.start, place);
  }
}
