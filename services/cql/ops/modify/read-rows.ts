/** Rows of one partition as they are before a write. */
import type { Mutation, Row } from '../../engine/model.ts';
import { compareBounds, compareRows, type TableLayout } from '../../engine/order.ts';
import { isPromise } from '../../engine/soon.ts';
import type { PartitionCursor, Reader, ReadOptions, Slice, Soon } from '../../engine/storage.ts';
import type { TableSchema } from '../../schema/model.ts';
import type { Value } from '../../types/api.ts';
import type { Before } from './effects.ts';
import { after } from './soon.ts';

const nothing: Before = { deletion: undefined, statics: undefined, rows: [], covering: () => undefined };

export function pointSlice(clustering: readonly Value[]): Slice {
  return { start: { prefix: clustering, side: 'before' }, end: { prefix: clustering, side: 'after' } };
}

/** In order, and joined where they overlap. */
export function joinSlices(slices: readonly Slice[], { rows }: TableLayout): Slice[] {
  const joined: Slice[] = [];
  for (const slice of slices.toSorted((one, other) => compareBounds(rows, one.start, other.start))) {
    const last = joined.at(-1);
    if (last === undefined || compareBounds(rows, last.end, slice.start) < 0) joined.push(slice);
    else if (compareBounds(rows, last.end, slice.end) < 0)
      joined[joined.length - 1] = { start: last.start, end: slice.end };
  }
  return joined;
}

/**
 * @param slices in order, not overlapping; undefined: the whole partition
 * @param isEnough looks at each row: whether no more are needed
 */
export function readRows(
  reader: Reader,
  table: TableSchema,
  key: Value,
  slices: readonly Slice[] | undefined,
  isEnough: (row: Row) => boolean = () => false,
): Soon<Before> {
  const options: ReadOptions = slices === undefined ? {} : { slices, rowsHint: slices.length };
  return after(reader.read(table, key, options), (cursor) =>
    cursor === undefined ? nothing : rowsOf(cursor, isEnough),
  );
}

function rowsOf(cursor: PartitionCursor, isEnough: (row: Row) => boolean): Soon<Before> {
  const { deletion, statics } = cursor;
  const rows: Row[] = [];
  const reading = eachRow(cursor, (row) => {
    rows.push(row);
    return isEnough(row);
  });
  return after(reading, () => ({
    deletion,
    statics,
    rows,
    covering: (clustering) => cursor.covering(clustering),
  }));
}

/** @param visit says whether no more are needed */
export function eachRow(cursor: PartitionCursor, visit: (row: Row) => boolean): Soon<void> {
  const from = (given: Row | undefined): Soon<void> => {
    for (let row: Soon<Row | undefined> = given; ; row = cursor.next()) {
      if (isPromise(row)) return row.then(from);
      if (row === undefined || visit(row)) return;
    }
  };
  const first = cursor.next();
  return isPromise(first) ? first.then(from) : from(first);
}

/** The row of a clustering among rows in order. */
export function rowAt(
  rows: readonly Row[],
  clustering: readonly Value[],
  layout: TableLayout,
): Row | undefined {
  let low = 0;
  let high = rows.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (compareRows(layout.rows, rows[middle]!.clustering, clustering) < 0) low = middle + 1;
    else high = middle;
  }
  const row = rows[low];
  return row !== undefined && compareRows(layout.rows, row.clustering, clustering) === 0 ? row : undefined;
}

/** What a mutation changes, as it is before. */
export function readBefore(
  reader: Reader,
  table: TableSchema,
  mutation: Mutation,
  layout: TableLayout,
): Soon<Before> {
  if (mutation.deletion !== undefined) return readRows(reader, table, mutation.key, undefined);
  const slices = [...mutation.rows.map((row) => pointSlice(row.clustering)), ...mutation.tombstones];
  return readRows(reader, table, mutation.key, joinSlices(slices, layout));
}
