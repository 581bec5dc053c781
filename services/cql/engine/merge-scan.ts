/** Partitions of a table in the order of their tokens, out of the memtable and of records (merge-cursor.ts). */

import { comparePlaces, type MemPartition, placeOfPartition } from './memtable-partition.ts';
import { MergeCursor, type MergeSources, type MergeTarget } from './merge-cursor.ts';
import type { PartitionSource, PartitionSourceScan } from './record-source.ts';
import { isPromise } from './soon.ts';
import type { TreeWalk } from './sorted-tree.ts';
import type { PartitionCursor, PartitionRange, Soon, TableScan } from './storage.ts';

export class MergeScan implements TableScan {
  private readonly sources: MergeSources;
  private readonly target: MergeTarget;
  private range: PartitionRange;
  private epoch = -1;
  private walk: TreeWalk<MemPartition> | undefined;
  private scan: PartitionSourceScan | undefined;
  /** The next partition of records, once it is known. */
  private stored: PartitionSource | undefined;
  private isStoredKnown = false;

  constructor(sources: MergeSources, target: MergeTarget, range: PartitionRange) {
    this.sources = sources;
    this.target = target;
    this.range = range;
  }

  next(): Soon<PartitionCursor | undefined> {
    const { memtable } = this.sources;
    if (this.epoch !== memtable.epoch) this.open();
    if (!this.isStoredKnown) {
      const stored = this.scan?.next();
      if (isPromise(stored)) {
        return stored.then((partition) => {
          this.setStored(partition);
          return this.next();
        });
      }
      this.setStored(stored);
    }
    // A table of which the memtable knew nothing may have come meanwhile.
    this.walk ??= this.walkFrom();
    const memory = this.memoryPartition();
    const { stored } = this;
    if (memory === undefined && stored === undefined) return undefined;
    const order = memory === undefined ? 1 : stored === undefined ? -1 : comparePlaces(memory, stored);
    if (order <= 0) this.walk!.next();
    if (order >= 0) this.isStoredKnown = false;
    const { token, key } = order <= 0 ? memory! : stored!;
    this.range = { ...this.range, from: { token, key, isExclusive: true } };
    return new MergeCursor(
      this.sources,
      this.target,
      order <= 0 ? memory : undefined,
      order >= 0 ? stored : undefined,
    );
  }

  private setStored(partition: PartitionSource | undefined): void {
    this.stored = partition;
    this.isStoredKnown = true;
  }

  private open(): void {
    const { memtable, records } = this.sources;
    this.epoch = memtable.epoch;
    this.walk = undefined;
    this.scan = records?.scan(this.target.table, this.range, this.target.options);
    this.stored = undefined;
    this.isStoredKnown = false;
  }

  private walkFrom(): TreeWalk<MemPartition> | undefined {
    const partitions = this.sources.memtable.table(this.target.table.id)?.inOrder;
    const { from } = this.range;
    return from === undefined ? partitions?.first() : partitions?.from(from, placeOfPartition);
  }

  /** The memtable's next partition in the range. */
  private memoryPartition(): MemPartition | undefined {
    const partition = this.walk?.peek();
    const { to } = this.range;
    if (partition === undefined || to === undefined || partition.token < to.token) return partition;
    return to.isInclusive && partition.token === to.token ? partition : undefined;
  }
}
