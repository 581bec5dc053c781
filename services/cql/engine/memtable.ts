/**
 * Everything of the journal that is not settled into records, merged over them when reading. A mutation is applied in microseconds: its
 * partition is found by its key, its rows in a sorted tree, and versions of a row are reconciled at once. Rows remember which journal
 * sequences touched them first and last, so that whoever settles sees what is dirty, and what is settled can be dropped.
 *
 * Values are kept as they come, not copied: they must not be views of memory that is used again, and should not be small views of
 * something large. Readers get the rows themselves, which are never changed, only replaced.
 */
import type { Value } from '../types/api.ts';
import { MemPartition, MemRow, MemTable, type Touched } from './memtable-partition.ts';
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
  private oldest: Touched | undefined;
  private newest: Touched | undefined;

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
   * What has been touched up to a sequence and is not settled, table by table in the order of tokens, then of rows. May be read while
   * writes go on: what comes then may be among it or not. Where a row shows more than up to the sequence, that does no harm.
   */
  *dirty(upTo: number): Generator<Dirty> {
    for (const table of [...this.tables.values()]) {
      const partitions = table.inOrder.first();
      for (let partition = partitions.next(); partition !== undefined; partition = partitions.next()) {
        if (partition.hasHead && this.isDirty(partition, upTo)) yield { partition, row: undefined };
        const rows = partition.rows.first();
        for (let row = rows.next(); row !== undefined; row = rows.next()) {
          if (this.isDirty(row, upTo)) yield { partition, row };
        }
      }
    }
  }

  private isDirty(touched: Touched, upTo: number): boolean {
    return touched.firstSequence <= upTo && touched.lastSequence > this.settledTo;
  }

  /** Records have everything up to that sequence and show it to readers: it may be dropped, which `release` does. */
  settled(upTo: number): void {
    if (upTo <= this.settledTo) return;
    this.settledTo = upTo;
    this.largest = 0;
    this.epoch++;
  }

  /**
   * Drops what is settled, in steps, as a million rows take a while.
   * @returns whether there is more
   */
  release(rowsMax: number): boolean {
    for (let count = 0; count < rowsMax; count++) {
      const touched = this.oldest;
      if (touched === undefined || touched.lastSequence > this.settledTo) return false;
      this.unlink(touched);
      if (touched instanceof MemRow) this.dropRow(touched);
      else if (touched instanceof MemPartition) this.dropHead(touched);
    }
    return this.oldest !== undefined && this.oldest.lastSequence <= this.settledTo;
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
    if (touched.lastSequence <= this.settledTo) touched.firstSequence = sequence;
    touched.lastSequence = sequence;
    if (this.newest === touched) return;
    this.unlink(touched);
    touched.previous = this.newest;
    if (this.newest === undefined) this.oldest = touched;
    else this.newest.next = touched;
    this.newest = touched;
  }

  private unlink(touched: Touched): void {
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

function isEmpty(row: Row): boolean {
  return row.marker === undefined && row.deletion === undefined && row.columns.size === 0;
}

/** A key as a string of one character per byte. */
function keyText(key: Value): string {
  const bytes = Buffer.isBuffer(key) ? key : Buffer.from(key.buffer, key.byteOffset, key.length);
  return bytes.latin1Slice(0, bytes.length);
}
