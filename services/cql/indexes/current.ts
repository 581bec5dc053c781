/**
 * Whether an entry is still true of its row, and if it is not, up to which time of writing it may be deleted. Only what the row is known to
 * outdo is deleted: a later write of the entry at such a time has no effect on the row either, so an index never loses a row, whatever
 * times clients give. Entries that expired need no deletion.
 */
import { isCellLive, isRowLive } from '../engine/liveness.ts';
import type { Cell, Deletion, PathCell, Row } from '../engine/model.ts';
import type { ValueOrder } from '../engine/order.ts';
import type { Value } from '../types/api.ts';
import type { IndexTable } from './index-table.ts';

/** `deleteTo`: undefined when it is not known. */
export type Verdict =
  | { readonly kind: 'current' }
  | { readonly kind: 'stale'; readonly deleteTo: bigint | undefined };

const current: Verdict = { kind: 'current' };

/**
 * Of an entry that is alive.
 * @param row the base row, or the statics
 * @param covering what deletes rows there
 */
export function judge(
  index: IndexTable,
  values: readonly Value[],
  entry: Row,
  row: Row | undefined,
  covering: Deletion | undefined,
  now: number,
): Verdict {
  if (index.source.kind === 'clustering') {
    if (row !== undefined && isRowLive(row, now)) return current;
    return { kind: 'stale', deleteTo: deletedTo(entry, row, covering) };
  }
  const cell = cellOf(index, entry, row);
  if (cell !== undefined && isCellLive(cell, now) && isValue(index, values, cell)) return current;
  const written = entry.marker?.timestamp;
  // A cell that is not known was deleted, at a time that the entry is not behind.
  const isOutdone = written !== undefined && (cell === undefined || cell.timestamp > written);
  return { kind: 'stale', deleteTo: isOutdone ? written : undefined };
}

function cellOf({ source, baseLayout }: IndexTable, entry: Row, row: Row | undefined): Cell | undefined {
  if (source.kind !== 'cell' && source.kind !== 'elements') return undefined;
  const data = row?.columns.get(source.column.id);
  if (data?.kind === 'cell') return data.cell;
  if (data?.kind !== 'complex') return undefined;
  return cellAt(data.complex.cells, entry.clustering.at(-1)!, baseLayout.paths(source.column.id));
}

function cellAt(cells: readonly PathCell[], path: Value, order: ValueOrder): PathCell | undefined {
  let low = 0;
  let high = cells.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (order(cells[middle]!.path, path) < 0) low = middle + 1;
    else high = middle;
  }
  const found = cells[low];
  return found !== undefined && order(found.path, path) === 0 ? found : undefined;
}

/** Keys and elements of sets are the path by which the cell was found. */
function isValue({ source, compare }: IndexTable, values: readonly Value[], { value }: Cell): boolean {
  const isFoundByPath =
    source.kind === 'elements' && (source.of === 'keys' || source.column.type.kind === 'set');
  return isFoundByPath || compare.at(-1)!(value!, values.at(-1)!) === 0;
}

/** Of a row that is not there, or in which nothing is alive. */
function deletedTo(entry: Row, row: Row | undefined, covering: Deletion | undefined): bigint | undefined {
  const known = [row?.deletion, covering].flatMap((deletion) => (deletion === undefined ? [] : [deletion]));
  if (known.length > 0)
    return known.reduce(
      (latest, { timestamp }) => (timestamp > latest ? timestamp : latest),
      known[0]!.timestamp,
    );
  // Nothing is known of the row any more.
  return row === undefined ? latestOf(entry) : undefined;
}

function latestOf(entry: Row): bigint | undefined {
  let latest = entry.marker?.timestamp;
  for (const data of entry.columns.values()) {
    const cells = data.kind === 'complex' ? data.complex.cells : data.kind === 'cell' ? [data.cell] : [];
    for (const { timestamp } of cells) if (latest === undefined || timestamp > latest) latest = timestamp;
  }
  return latest;
}
