/**
 * What is visible after a set of writes, by definition: of all writes to a place those which no deletion covers, of these the greatest,
 * and that only while it lives. Nothing is merged and no order of writes is looked at.
 */
import type { Value } from '../../../types/api.ts';
import type { ClusteringBound, Deletion, Mutation, RangeTombstone, Row } from '../../model.ts';
import { byte, columnIds } from './table.ts';

export type Visible = Record<string, string>;

export interface VisibleRow {
  readonly clustering: string;
  readonly isMarked: boolean;
  readonly columns: Visible;
}

interface Write {
  readonly timestamp: bigint;
  readonly value: Value | undefined;
  readonly ttl: number;
  readonly until: number;
}

export const hex = (values: readonly Value[]) =>
  values.map((each) => Buffer.from(each).toString('hex')).join('.');

/** All rows there can be, in clustering order. */
export const places = [0, 1, 2].flatMap((first) => [2, 1, 0].map((second) => [byte(first), byte(second)]));

/** Whether a row is behind a bound. */
export function isBehind(clustering: readonly Value[], { prefix, side }: ClusteringBound): boolean {
  for (const [at, value] of prefix.entries()) {
    const difference = clustering[at]![0]! - value[0]!;
    if (difference !== 0) return at === 1 ? difference < 0 : difference > 0;
  }
  return side === 'before';
}

export function isWithin(
  clustering: readonly Value[],
  { start, end }: Pick<RangeTombstone, 'start' | 'end'>,
): boolean {
  return isBehind(clustering, start) && !isBehind(clustering, end);
}

/** What tells which of two writes of one time stays. */
function rank(write: Write): string {
  const kind = write.value === undefined ? 2 : write.ttl > 0 ? 1 : 0;
  const until = String(write.until).padStart(8, '0');
  return [
    String(write.timestamp).padStart(20, '0'),
    kind,
    until,
    hex([write.value ?? byte(0)]),
    write.ttl,
  ].join('/');
}

function visibleOf(
  writes: readonly Write[],
  deletions: readonly Deletion[],
  now: number,
): string | undefined {
  const open = writes.filter((write) => deletions.every((each) => each.timestamp < write.timestamp));
  const [last] = open.toSorted((left, right) => (rank(left) < rank(right) ? 1 : -1));
  if (last?.value === undefined || (last.ttl > 0 && now >= last.until)) return undefined;
  return hex([last.value]);
}

function columnsOf(fragments: readonly Row[], around: readonly Deletion[], now: number): Visible {
  const visible: Visible = {};
  for (const id of Object.values(columnIds)) {
    const data = fragments.flatMap((row) => row.columns.get(id) ?? []);
    const cells = data.flatMap((each) => (each.kind === 'cell' ? [each.cell] : []));
    const whole = visibleOf(
      cells.map((cell) => ({ ...cell, until: cell.localTime })),
      around,
      now,
    );
    if (whole !== undefined) visible[`${id}`] = whole;
    const maps = data.flatMap((each) => (each.kind === 'complex' ? [each.complex] : []));
    const deletions = [...around, ...maps.flatMap(({ deletion }) => deletion ?? [])];
    const paths = maps.flatMap((map) => map.cells.map((cell) => ({ ...cell, until: cell.localTime })));
    for (const path of new Set(paths.map((cell) => hex([cell.path])))) {
      const value = visibleOf(
        paths.filter((cell) => hex([cell.path]) === path),
        deletions,
        now,
      );
      if (value !== undefined) visible[`${id}[${path}]`] = value;
    }
  }
  return visible;
}

/** Of one partition. */
export function visiblePartition(writes: readonly Mutation[], key: Value, now: number) {
  const own = writes.filter((write) => hex([write.key]) === hex([key]));
  const wholes = own.flatMap(({ deletion }) => deletion ?? []);
  const rows: VisibleRow[] = [];
  for (const place of places) {
    const fragments = own.flatMap((write) => write.rows.filter((row) => hex(row.clustering) === hex(place)));
    const ranges = own.flatMap((write) => write.tombstones.filter((range) => isWithin(place, range)));
    const around = [
      ...wholes,
      ...ranges.map(({ deletion }) => deletion),
      ...fragments.flatMap(({ deletion }) => deletion ?? []),
    ];
    const markers = fragments.flatMap(({ marker }) => marker ?? []);
    const isMarked =
      visibleOf(
        markers.map((marker) => ({ ...marker, value: byte(1), until: marker.expiresAt })),
        around,
        now,
      ) !== undefined;
    const columns = columnsOf(fragments, around, now);
    if (isMarked || Object.keys(columns).length > 0) rows.push({ clustering: hex(place), isMarked, columns });
  }
  const statics = columnsOf(
    own.flatMap((write) => write.statics ?? []),
    wholes,
    now,
  );
  return { statics, rows };
}
