/** When something in a record can be purged the next time (engine/purge.ts): records are found by it in a second index. */
import type { Cell, Deletion, RangeTombstone, Row } from '../engine/model.ts';

/** Nothing will ever be. */
export const never = Number.POSITIVE_INFINITY;

/** Seconds since 1970. @param grace `gc_grace_seconds` */
export function dueOfRow(row: Row, grace: number): number {
  let due = dueOfDeletion(row.deletion, grace);
  const { marker } = row;
  if (marker !== undefined && marker.ttl > 0) due = Math.min(due, marker.expiresAt + grace);
  for (const column of row.columns.values()) {
    if (column.kind === 'cell') due = Math.min(due, dueOfCell(column.cell, grace));
    else if (column.kind === 'complex') {
      due = Math.min(due, dueOfDeletion(column.complex.deletion, grace));
      for (const cell of column.complex.cells) due = Math.min(due, dueOfCell(cell, grace));
    }
  }
  return due;
}

export function dueOfTombstones(tombstones: readonly RangeTombstone[], grace: number): number {
  return tombstones.reduce((due, { deletion }) => Math.min(due, dueOfDeletion(deletion, grace)), never);
}

export function dueOfDeletion(deletion: Deletion | undefined, grace: number): number {
  return deletion === undefined ? never : deletion.localTime + grace;
}

/** What expires loses its value then, and is gone a while later. */
function dueOfCell({ value, ttl, localTime }: Cell, grace: number): number {
  if (value === undefined) return localTime + grace;
  if (ttl === 0) return never;
  return value.length > 0 ? localTime : Math.max(localTime, localTime - ttl + grace);
}
