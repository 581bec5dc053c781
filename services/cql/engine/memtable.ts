/**
 * Everything of the journal that is not settled into records, merged over them when reading. A mutation is applied in microseconds: its
 * partition is found by its key, its rows in a sorted tree, and versions of a row are reconciled at once. Rows remember which journal
 * sequences touched them first and last, so that whoever settles sees what is dirty, and what is settled can be dropped.
 *
 * Values are kept as they come, not copied: they must not be views of memory that is used again, and should not be small views of
 * something large. Readers get the rows themselves, which are never changed, only replaced.
 */
import type { Value } from '../types/api.ts';
import { comparePartitions, MemPartition, MemRow, MemTable, type Touched } from './memtable-partition.ts';
import type { Mutation, Row } from './model.ts';
import type { TableLayout } from './order.ts';
import { partitionOverhead, sizeOfBounds } from './sizes.ts';

export interface MemtableModules {
  /** Undefined for a table that is not there any more. */
  readonly layoutOf: (table: string) => TableLayout | undefined;
  readonly tokenOf: (key: Value) => bigint;
}

/** A row to be settled, or what a partition has besides rows. */
export interface Dirty {
  readonly partition: MemPartition;
  readonly row: MemRow | undefined;
}

export class Memtable {
  /** About how much memory it takes. */
  bytes = 0;
  /** The last sequence that was applied. */
  sequence = 0;
  /** Records have everything up to that sequence. */
  settledTo = 0;
  /** Rises when something was settled or truncated: what was read of records before may miss what is dropped from here. */
  epoch = 0;
  /** Rises with every change. */
  version = 0;
  /** Bytes of the largest row, or head of a partition, that was touched since something was settled. */
  largest = 0;
  private readonly modules: MemtableModules;
  private readonly tables = new Map<string, MemTable>();
  /** Of the list of what was touched, in the order in which it became dirty. */
  private oldest: Touched | undefined;
  private newest: Touched | undefined;
  /** Where `release` goes on. */
  private releasing: Touched | undefined;

  constructor(modules: MemtableModules) {
    this.modules = modules;
  }

  /**
   * In the order of the journal, each once. Several mutations may have one sequence. Deletions of a mutation come before its rows,
   * where that makes a difference: in tables of counters.
   */
  apply(mutation: Mutation, sequence: number): void {
    if (sequence < this.sequence || sequence <= this.settledTo) {
      throw new Error(`journal sequence ${sequence} comes too late`);
    }
    this.sequence = sequence;
    const layout = this.modules.layoutOf(mutation.table);
    if (layout === undefined) return;
    this.version++;
    const partition = this.partitionFor(this.tableFor(layout), mutation.key);
    if (mutation.deletion !== undefined || mutation.tombstones.length > 0 || mutation.statics !== undefined) {
      this.applyHead(partition, mutation, sequence);
    }
    for (const row of mutation.rows) this.applyRow(partition, row, sequence);
    if (partition.rows.size === 0 && !partition.hasHead) this.removePartition(partition);
  }

  partition(table: string, key: Value): MemPartition | undefined {
    return this.tables.get(table)?.byKey.get(keyText(key));
  }

  table(table: string): MemTable | undefined {
    return this.tables.get(table);
  }

  /**
   * What has been touched up to a sequence and is not settled; many at once in the order of tables, tokens and rows. May be read while writes go
   * on. Where a row shows more than up to the sequence, that does no harm.
   */
  *dirty(upTo: number): Generator<Dirty> {
    const found: Dirty[] = [];
    for (let touched = this.oldest; touched !== undefined; touched = touched.next) {
      if (touched.firstSequence > upTo) break;
      if (touched.lastSequence <= this.settledTo) continue;
      if (touched instanceof MemRow) found.push({ partition: touched.partition, row: touched });
      else if (touched instanceof MemPartition) found.push({ partition: touched, row: undefined });
    }
    for (let from = 0; from < found.length; from += sortedAtOnce) {
      yield* found.slice(from, from + sortedAtOnce).sort(inOrder);
    }
  }

  /** Records have everything up to that sequence and show it to readers: it may be dropped, which `release` does. */
  settled(upTo: number): void {
    if (upTo <= this.settledTo) return;
    this.settledTo = upTo;
    this.largest = 0;
    this.epoch++;
    this.releasing = this.oldest;
  }

  /**
   * Drops what is settled, in steps, as a million rows take a while.
   * @returns whether there is more
   */
  release(rowsMax: number): boolean {
    for (let count = 0; count < rowsMax; count++) {
      const touched = this.releasing;
      if (touched === undefined) return false;
      if (touched.firstSequence > this.settledTo) {
        this.releasing = undefined;
        return false;
      }
      this.releasing = touched.next;
      // Touched again since: it stays where it is.
      if (touched.lastSequence > this.settledTo) continue;
      this.unlink(touched);
      if (touched instanceof MemRow) this.dropRow(touched);
      else if (touched instanceof MemPartition) this.dropHead(touched);
    }
    return this.releasing !== undefined;
  }

  /** Forgets everything. */
  clear(): void {
    for (const table of [...this.tables.keys()]) this.truncate(table);
  }

  /** Forgets what it knows of the table. */
  truncate(table: string): void {
    const dropped = this.tables.get(table);
    if (dropped === undefined) return;
    this.tables.delete(table);
    dropped.isDropped = true;
    this.bytes -= dropped.bytes;
    this.epoch++;
    this.version++;
  }

  private tableFor(layout: TableLayout): MemTable {
    let table = this.tables.get(layout.id);
    if (table === undefined) this.tables.set(layout.id, (table = new MemTable(layout)));
    table.layout = layout;
    return table;
  }

  private partitionFor(table: MemTable, key: Value): MemPartition {
    const text = keyText(key);
    let partition = table.byKey.get(text);
    if (partition !== undefined) return partition;
    partition = new MemPartition(table, key, text, this.modules.tokenOf(key));
    table.byKey.set(text, partition);
    table.inOrder.insert(partition);
    this.grow(table, partitionOverhead + partition.bytesOfKey);
    return partition;
  }

  private applyHead(partition: MemPartition, mutation: Mutation, sequence: number): void {
    const { table } = partition;
    let bytes = 0;
    if (mutation.deletion !== undefined) partition.delete(mutation.deletion, sequence);
    for (const range of mutation.tombstones) {
      partition.deleteRange(range, sequence, this.settledTo);
      bytes += sizeOfBounds(range.start, range.end);
    }
    if (mutation.statics !== undefined) {
      const statics = (partition.statics ??= new MemRow(partition, []));
      bytes += statics.apply(mutation.statics, table.layout, sequence, this.settledTo);
    }
    this.grow(table, partition.growHead(bytes));
    this.largest = Math.max(this.largest, partition.headBytes);
    if (partition.hasHead) this.touch(partition, sequence);
  }

  private applyRow(partition: MemPartition, fragment: Row, sequence: number): void {
    const { table } = partition;
    let row = partition.row(fragment.clustering);
    if (row === undefined) {
      if (isEmpty(fragment)) return;
      row = new MemRow(partition, fragment.clustering);
      partition.rows.insert(row);
    }
    this.grow(table, row.apply(fragment, table.layout, sequence, this.settledTo));
    this.largest = Math.max(this.largest, row.bytes);
    this.touch(row, sequence);
  }

  private grow(table: MemTable, bytes: number): void {
    table.bytes += bytes;
    this.bytes += bytes;
  }

  private touch(touched: Touched, sequence: number): void {
    // Of new ones the last sequence is 0, which is always settled.
    const isDirty = touched.lastSequence > this.settledTo;
    touched.lastSequence = sequence;
    if (isDirty) return;
    touched.firstSequence = sequence;
    this.unlink(touched);
    touched.previous = this.newest;
    if (this.newest === undefined) this.oldest = touched;
    else this.newest.next = touched;
    this.newest = touched;
  }

  private unlink(touched: Touched): void {
    if (this.releasing === touched) this.releasing = touched.next;
    if (touched.previous !== undefined) touched.previous.next = touched.next;
    else if (this.oldest === touched) this.oldest = touched.next;
    if (touched.next !== undefined) touched.next.previous = touched.previous;
    else if (this.newest === touched) this.newest = touched.previous;
    touched.previous = undefined;
    touched.next = undefined;
  }

  private dropRow(row: MemRow): void {
    const { partition } = row;
    if (partition.table.isDropped) return;
    partition.rows.remove(row);
    this.grow(partition.table, -row.bytes);
    if (partition.rows.size === 0 && !partition.hasHead) this.removePartition(partition);
  }

  private dropHead(partition: MemPartition): void {
    if (partition.table.isDropped) return;
    partition.hideRows(this.settledTo);
    this.grow(partition.table, -partition.headBytes);
    partition.dropHead();
    if (partition.rows.size === 0) this.removePartition(partition);
  }

  private removePartition(partition: MemPartition): void {
    const { table } = partition;
    table.byKey.delete(partition.keyText);
    table.inOrder.remove(partition);
    this.grow(table, -(partitionOverhead + partition.bytesOfKey));
    if (table.byKey.size === 0) this.tables.delete(table.layout.id);
  }
}

/** More would hold up everybody else. */
const sortedAtOnce = 20_000;

function inOrder(left: Dirty, right: Dirty): number {
  if (left.partition !== right.partition) return comparePartitions(left.partition, right.partition);
  if (left.row === undefined || right.row === undefined) return left.row === undefined ? -1 : 1;
  return left.partition.table.compareRows(left.row, right.row);
}

function isEmpty(row: Row): boolean {
  return row.marker === undefined && row.deletion === undefined && row.columns.size === 0;
}

/** A key as a string of one character per byte. */
function keyText(key: Value): string {
  const bytes = Buffer.isBuffer(key) ? key : Buffer.from(key.buffer, key.byteOffset, key.length);
  return bytes.latin1Slice(0, bytes.length);
}
