/** What the memtable knows of a partition and of each of its rows. */
import type { Value } from '../types/api.ts';
import { CounterRow } from './counter.ts';
import type { ClusteringBound, Deletion, RangeTombstone, Row } from './model.ts';
import {
  compareBoundToRow,
  compareBytes,
  compareRows,
  partitionEnd,
  partitionStart,
  type TableLayout,
} from './order.ts';
import { RecentRanges } from './recent-ranges.ts';
import { mergeMaybeRows, mergeRows, newerDeletion, visibleRow } from './reconcile.ts';
import type { StoredRow } from './record-source.ts';
import {
  counterEntryBytes,
  rowOverhead,
  sizeOfBounds,
  sizeOfRow,
  sizeOfValue,
  sizeOfValues,
} from './sizes.ts';
import { SortedTree } from './sorted-tree.ts';
import type { Slice } from './storage.ts';
import { TombstoneSet } from './tombstones.ts';

/** What is settled at once, in a list ordered by the journal sequence that touched it first since it was settled. */
export abstract class Touched {
  /** Of those that are not settled. */
  firstSequence = 0;
  lastSequence = 0;
  previous: Touched | undefined = undefined;
  next: Touched | undefined = undefined;
}

export class MemRow extends Touched {
  readonly partition: MemPartition;
  readonly clustering: readonly Value[];
  /** Undefined in tables of counters. */
  row: Row | undefined = undefined;
  counters: CounterRow | undefined = undefined;
  bytes = 0;
  /** Bytes when they were counted the last time; what came since was added, though it may have replaced something. */
  private countedBytes = 0;

  constructor(partition: MemPartition, clustering: readonly Value[]) {
    super();
    this.partition = partition;
    this.clustering = clustering;
  }

  /**
   * @param settledTo records have everything up to that sequence
   * @returns by how many bytes it grew
   */
  apply(fragment: Row, layout: TableLayout, sequence: number, settledTo: number): number {
    const before = this.bytes;
    if (layout.isCounter) {
      this.counters ??= new CounterRow();
      this.counters.trim(settledTo);
      this.counters.apply(fragment, sequence);
      this.bytes = this.fixedBytes() + this.counters.entries * counterEntryBytes;
      return this.bytes - before;
    }
    if (this.row === undefined) {
      this.row = visibleRow(fragment, undefined);
      this.countedBytes = this.fixedBytes() + sizeOfRow(fragment);
      this.bytes = this.countedBytes;
    } else {
      this.row = mergeRows(this.row, fragment, layout);
      this.bytes += sizeOfRow(fragment);
      // Counting a long list at each of its appends would make them slow.
      if (this.bytes > 2 * this.countedBytes) {
        this.countedBytes = this.fixedBytes() + (this.row === undefined ? 0 : sizeOfRow(this.row));
        this.bytes = this.countedBytes;
      }
    }
    return this.bytes - before;
  }

  /**
   * This and what records hold of the row.
   * @param around what is deleted around it
   * @returns undefined when nothing is left
   */
  over(base: StoredRow | undefined, layout: TableLayout, around: Deletion | undefined): Row | undefined {
    if (this.counters !== undefined) return this.counters.over(base, this.clustering, around);
    if (base === undefined && around === undefined) return this.row;
    return mergeMaybeRows(this.row, base, layout, around);
  }

  private fixedBytes(): number {
    return rowOverhead + sizeOfValues(this.clustering);
  }
}

/** A partition; as something that is settled, what it has besides rows: deletions and statics. */
export class MemPartition extends Touched {
  readonly table: MemTable;
  readonly key: Value;
  readonly keyText: string;
  readonly token: bigint;
  /** Its upper half, which is quicker to compare. */
  readonly tokenHigh: number;
  deletion: Deletion | undefined = undefined;
  tombstones: TombstoneSet | undefined = undefined;
  statics: MemRow | undefined = undefined;
  readonly rows: SortedTree<MemRow>;
  /** Of deletions and statics. */
  headBytes = 0;
  /** Sequence of the last deletion of all of it. */
  deletedAt = 0;
  private recent: RecentRanges | undefined;
  private countedHeadBytes = 0;

  constructor(table: MemTable, key: Value, keyText: string, token: bigint) {
    super();
    this.table = table;
    this.key = key;
    this.keyText = keyText;
    this.token = token;
    this.tokenHigh = Number(token >> 32n);
    this.rows = new SortedTree(table.compareRows);
  }

  /** Whether there is anything besides rows. */
  get hasHead(): boolean {
    return this.deletion !== undefined || this.tombstones !== undefined || this.statics !== undefined;
  }

  get bytesOfKey(): number {
    return sizeOfValue(this.key) + this.keyText.length;
  }

  row(clustering: readonly Value[]): MemRow | undefined {
    return this.rows.get(clustering, this.table.placeOfRow);
  }

  /** What deletes rows of this clustering, except their own deletion. */
  covering(clustering: readonly Value[]): Deletion | undefined {
    if (this.tombstones === undefined) return this.deletion;
    return newerDeletion(this.deletion, this.tombstones.covering(clustering));
  }

  /** What was deleted since records had everything up to a sequence: ranges in order, not overlapping. */
  deletedSince(settledTo: number): readonly Slice[] {
    if (this.deletedAt > settledTo) return [{ start: partitionStart, end: partitionEnd }];
    return this.recent?.since(settledTo) ?? [];
  }

  /** What is deleted of its rows leaves them for good, before what says so does. @param settledTo rows that are settled leave themselves */
  hideRows(settledTo: number, deletion = this.deletion, tombstones = this.tombstones): void {
    if (this.table.layout.isCounter || (deletion === undefined && (tombstones?.size ?? 0) === 0)) return;
    const rows = this.rows.first();
    for (let row = rows.next(); row !== undefined; row = rows.next()) {
      if (row.lastSequence <= settledTo || row.row === undefined) continue;
      row.row = visibleRow(row.row, newerDeletion(deletion, tombstones?.covering(row.clustering)));
    }
  }

  /** @param bytes by which it grew at most. @returns by how many it did */
  growHead(bytes: number): number {
    const before = this.headBytes;
    this.headBytes += bytes;
    // Ranges replace others: counting all of them at each one would make them slow.
    if (this.headBytes > 2 * this.countedHeadBytes) {
      this.headBytes = this.statics?.bytes ?? 0;
      for (const { start, end } of this.tombstones?.all() ?? []) this.headBytes += sizeOfBounds(start, end);
      this.countedHeadBytes = this.headBytes;
    }
    return this.headBytes - before;
  }

  dropHead(): void {
    this.deletion = undefined;
    this.tombstones = undefined;
    this.statics = undefined;
    this.headBytes = 0;
    this.countedHeadBytes = 0;
    this.recent = undefined;
  }

  delete(deletion: Deletion, sequence: number): void {
    this.deletion = newerDeletion(this.deletion, deletion);
    this.deletedAt = sequence;
    if (!this.table.layout.isCounter) return;
    this.statics?.counters?.delete(sequence);
    const rows = this.rows.first();
    for (let row = rows.next(); row !== undefined; row = rows.next()) row.counters?.delete(sequence);
  }

  deleteRange(range: RangeTombstone, sequence: number, settledTo: number): void {
    this.tombstones ??= new TombstoneSet(this.table.order);
    this.tombstones.insert(range);
    this.recent ??= new RecentRanges(this.table.order);
    this.recent.add(range, sequence, settledTo);
    if (!this.table.layout.isCounter) return;
    const rows = this.rows.from(range.start, this.table.placeOfBound);
    for (let row = rows.next(); row !== undefined; row = rows.next()) {
      if (compareBoundToRow(this.table.order, range.end, row.clustering) < 0) return;
      row.counters?.delete(sequence);
    }
  }
}

/** A place in a table; without a key before all partitions of the token, or behind them. */
export interface PartitionPosition {
  readonly token: bigint;
  readonly key?: Value;
  /** Not there, but behind. */
  readonly isExclusive: boolean;
}

/** Partitions of one table, by key and in the order of tokens. */
export class MemTable {
  /** Replaced when the table is altered. */
  layout: TableLayout;
  readonly byKey = new Map<string, MemPartition>();
  readonly inOrder = new SortedTree<MemPartition>(comparePartitions);
  bytes = 0;
  /** Truncated: what is left of it in lists is nothing any more. */
  isDropped = false;
  readonly order = (left: readonly Value[], right: readonly Value[]): number => this.layout.rows(left, right);
  readonly compareRows = (left: MemRow, right: MemRow): number =>
    compareRows(this.layout.rows, left.clustering, right.clustering);
  readonly placeOfRow = (row: MemRow, clustering: readonly Value[]): number =>
    compareRows(this.layout.rows, row.clustering, clustering);
  readonly placeOfBound = (row: MemRow, bound: ClusteringBound): number =>
    -compareBoundToRow(this.layout.rows, bound, row.clustering);

  constructor(layout: TableLayout) {
    this.layout = layout;
  }
}

/** Of one table in the order of tokens; of several, table by table. */
export function comparePartitions(left: MemPartition, right: MemPartition): number {
  if (left.table !== right.table) return left.table.layout.id < right.table.layout.id ? -1 : 1;
  if (left.tokenHigh !== right.tokenHigh) return left.tokenHigh - right.tokenHigh;
  return comparePlaces(left, right);
}

/** By token, then by key. */
export function comparePlaces(
  left: { readonly token: bigint; readonly key: Value },
  right: { readonly token: bigint; readonly key: Value },
): number {
  if (left.token !== right.token) return left.token < right.token ? -1 : 1;
  return compareBytes(left.key, right.key);
}

export function placeOfPartition(
  item: { readonly token: bigint; readonly key: Value },
  position: PartitionPosition,
): number {
  if (item.token !== position.token) return item.token < position.token ? -1 : 1;
  const order = position.key === undefined ? 0 : compareBytes(item.key, position.key);
  if (order !== 0) return order;
  return position.isExclusive ? -1 : 1;
}
