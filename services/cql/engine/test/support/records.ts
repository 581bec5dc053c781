/** Records in memory, as what is settled, and a settler: what stands below the memtable. */
import type { TableSchema } from '../../../schema/model.ts';
import type { Value } from '../../../types/api.ts';
import type { Memtable } from '../../memtable.ts';
import { comparePlaces, type MemPartition, type MemRow, placeOfPartition } from '../../memtable-partition.ts';
import type { PartitionData, Row } from '../../model.ts';
import { compareBoundToRow, compareRows } from '../../order.ts';
import { newerDeletion } from '../../reconcile.ts';
import { mergePartitions } from '../../reconcile-partition.ts';
import type { PartitionSource, PartitionSourceScan, RecordSource, StoredRow } from '../../record-source.ts';
import type { PartitionRange, ReadOptions, Slice, Soon } from '../../storage.ts';
import { TombstoneSet } from '../../tombstones.ts';
import { hex } from './model.ts';
import { modules } from './table.ts';

interface StoredPartition extends PartitionData {
  readonly token: bigint;
  readonly statics: StoredRow | undefined;
  readonly rows: readonly StoredRow[];
}

export class TestRecords implements RecordSource {
  private readonly partitions = new Map<string, StoredPartition>();
  private readonly isLate: () => boolean;

  /** @param isLate whether the next answer is to be waited for */
  constructor(isLate: () => boolean = () => false) {
    this.isLate = isLate;
  }

  get(table: string, key: Value): StoredPartition {
    const empty = { table, key, deletion: undefined, statics: undefined, rows: [], tombstones: [] };
    return this.partitions.get(hex([Buffer.from(table), key])) ?? { ...empty, token: modules.tokenOf(key) };
  }

  put(partition: PartitionData): void {
    const id = hex([Buffer.from(partition.table), partition.key]);
    this.partitions.set(id, { ...partition, token: modules.tokenOf(partition.key) });
  }

  merge(data: PartitionData): void {
    this.put(mergePartitions(this.get(data.table, data.key), data, modules.layoutOf(data.table)!));
  }

  read(table: TableSchema, key: Value, options: ReadOptions): Soon<PartitionSource | undefined> {
    const partition = this.partitions.get(hex([Buffer.from(table.id), key]));
    return this.soon(partition === undefined ? undefined : this.open(partition, options));
  }

  scan(table: TableSchema, range: PartitionRange, options: ReadOptions): PartitionSourceScan {
    const found = [...this.partitions.values()]
      .filter((each) => each.table === table.id)
      .filter((each) => range.from === undefined || placeOfPartition(each, range.from) > 0)
      .filter((each) => isUpTo(each.token, range.to))
      .sort(comparePlaces);
    let at = 0;
    return {
      next: () => {
        const partition = found[at++];
        return this.soon(partition === undefined ? undefined : this.open(partition, options));
      },
    };
  }

  /** Rows are read ahead when it opens: the way in which a cursor could miss what is settled later. */
  private open(partition: StoredPartition, { slices, isReversed }: ReadOptions): PartitionSource {
    const order = modules.layoutOf(partition.table)!.rows;
    const isInside = (row: StoredRow, { start, end }: Slice) =>
      compareBoundToRow(order, start, row.clustering) < 0 &&
      compareBoundToRow(order, end, row.clustering) > 0;
    const rows = partition.rows.filter(
      (row) => slices === undefined || slices.some((slice) => isInside(row, slice)),
    );
    if (isReversed) rows.reverse();
    let at = 0;
    return { ...partition, next: () => this.soon(rows[at++]) };
  }

  private soon<Result>(result: Result): Soon<Result> {
    return this.isLate() ? Promise.resolve().then(() => result) : result;
  }
}

function isUpTo(token: bigint, to: PartitionRange['to']): boolean {
  return to === undefined || token < to.token || (to.isInclusive && token === to.token);
}

/**
 * Writes everything the memtable has into records, as a store does behind the acknowledgement.
 * @returns tells the memtable, at once or after more writes
 */
export function settle(memtable: Memtable, records: TestRecords): () => void {
  const upTo = memtable.sequence;
  for (const { partition, row } of memtable.dirty(upTo)) {
    const { isCounter, id } = partition.table.layout;
    const stored = records.get(id, partition.key);
    if (row !== undefined) records.put(withRow(stored, partition, row, upTo));
    else if (isCounter) records.put(withCounterHead(stored, partition, upTo));
    else {
      const { key, deletion, statics } = partition;
      const tombstones = partition.tombstones?.all() ?? [];
      records.merge({ table: id, key, deletion, statics: statics?.row, rows: [], tombstones });
    }
  }
  return () => memtable.settled(upTo);
}

function withRow(stored: StoredPartition, partition: MemPartition, row: MemRow, upTo: number) {
  const { layout } = partition.table;
  const at = stored.rows.findIndex((each) => compareRows(layout.rows, each.clustering, row.clustering) === 0);
  const ranges = new TombstoneSet(layout.rows, stored.tombstones);
  const below = newerDeletion(stored.deletion, ranges.covering(row.clustering));
  const around = newerDeletion(partition.covering(row.clustering), below);
  const merged = row.over(stored.rows[at], layout, around);
  const rows: StoredRow[] = stored.rows.filter((_, index) => index !== at);
  if (merged !== undefined) rows.push(layout.isCounter ? counted(merged, upTo) : merged);
  rows.sort((left, right) => compareRows(layout.rows, left.clustering, right.clustering));
  return { ...stored, rows };
}

/** Deletions are not applied to rows below. */
function withCounterHead(stored: StoredPartition, partition: MemPartition, upTo: number) {
  const deletion = newerDeletion(stored.deletion, partition.deletion);
  const statics = partition.statics?.over(stored.statics, partition.table.layout, deletion);
  return {
    ...stored,
    deletion,
    statics: partition.statics === undefined ? stored.statics : statics && counted(statics, upTo),
    tombstones: [...stored.tombstones, ...(partition.tombstones?.all() ?? [])],
  };
}

function counted(row: Row, countedTo: number): StoredRow {
  return { ...row, countedTo };
}
