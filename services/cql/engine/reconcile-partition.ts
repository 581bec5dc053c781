/**
 * Two fragments of one partition become one, in a form that is the same however they were merged: deletions and rows in order, nothing
 * left of what is hidden. This is the definition of what cursors give row by row (merge-cursor.ts). Not for counters.
 */
import type { PartitionData, Row } from './model.ts';
import { compareRows, type TableLayout } from './order.ts';
import { mergeMaybeRows, newerDeletion } from './reconcile.ts';
import { TombstoneSet } from './tombstones.ts';

export function mergePartitions(
  left: PartitionData,
  right: PartitionData,
  layout: TableLayout,
): PartitionData {
  const deletion = newerDeletion(left.deletion, right.deletion);
  const tombstones = new TombstoneSet(layout.rows, [...left.tombstones, ...right.tombstones]).beyond(
    deletion,
  );
  const set = new TombstoneSet(layout.rows, tombstones);
  const rows: Row[] = [];
  const add = (one: Row | undefined, other: Row | undefined) => {
    const around = newerDeletion(deletion, set.covering((one ?? other)!.clustering));
    const row = mergeMaybeRows(one, other, layout, around);
    if (row !== undefined) rows.push(row);
  };
  let at = 0;
  for (const row of right.rows) {
    while (at < left.rows.length && compareRows(layout.rows, left.rows[at]!.clustering, row.clustering) < 0) {
      add(left.rows[at++], undefined);
    }
    const other = left.rows[at];
    const isSame = other !== undefined && compareRows(layout.rows, other.clustering, row.clustering) === 0;
    if (isSame) at++;
    add(isSame ? other : undefined, row);
  }
  while (at < left.rows.length) add(left.rows[at++], undefined);
  const statics = mergeMaybeRows(left.statics, right.statics, layout, deletion);
  return { table: left.table, key: left.key, deletion, statics, rows, tombstones };
}

/** In the form that merging gives. */
export function normalPartition(data: PartitionData, layout: TableLayout): PartitionData {
  const empty = { ...data, deletion: undefined, statics: undefined, rows: [], tombstones: [] };
  return mergePartitions(data, empty, layout);
}
