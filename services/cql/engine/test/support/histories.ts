/** Random mutations over few places and few times, so that they meet. */
import fc from 'fast-check';
import type {
  Cell,
  ClusteringBound,
  ColumnData,
  ComplexCell,
  Deletion,
  Mutation,
  RangeTombstone,
  Row,
  RowMarker,
} from '../../model.ts';
import { compareBounds } from '../../order.ts';
import type { Slice } from '../../storage.ts';
import { byte, columnIds, layout, table } from './table.ts';

/** Seconds at which things are written; they expire within a few seconds. */
export const firstSecond = 100;
export const lastSecond = 112;

const timestamp = fc.integer({ min: 1, max: 5 }).map(BigInt);
const second = fc.integer({ min: firstSecond, max: firstSecond + 6 });
const ttl = fc.integer({ min: 1, max: 4 });
const value = fc.oneof(
  fc.integer({ min: 0, max: 2 }).map(byte),
  fc.constantFrom(new Uint8Array(0), Uint8Array.of(1, 0)),
);
export const anyKey = fc.integer({ min: 0, max: 3 }).map(byte);
const part = fc.integer({ min: 0, max: 2 }).map(byte);
export const anyClustering = fc.tuple(part, part);

const deletion: fc.Arbitrary<Deletion> = fc.record({ timestamp, localTime: second });
const cell: fc.Arbitrary<Cell> = fc.oneof(
  fc.record({ timestamp, value, ttl: fc.constant(0), localTime: fc.constant(0) }),
  fc.tuple(timestamp, value, ttl, second).map(([time, bytes, seconds, from]) => ({
    timestamp: time,
    value: bytes,
    ttl: seconds,
    localTime: from + seconds,
  })),
  fc.record({ timestamp, value: fc.constant(undefined), ttl: fc.constant(0), localTime: second }),
);
export const anyCell = cell;
export const anyMarker: fc.Arbitrary<RowMarker> = fc.oneof(
  fc.record({ timestamp, ttl: fc.constant(0), expiresAt: fc.constant(0) }),
  fc
    .tuple(timestamp, ttl, second)
    .map(([time, seconds, from]) => ({ timestamp: time, ttl: seconds, expiresAt: from + seconds })),
);

const complex: fc.Arbitrary<ComplexCell> = fc
  .record({
    deletion: fc.option(deletion, { nil: undefined, freq: 2 }),
    cells: fc.uniqueArray(fc.tuple(fc.integer({ min: 0, max: 3 }), cell), {
      selector: ([path]) => path,
      maxLength: 3,
    }),
  })
  .map((made) => ({
    deletion: made.deletion,
    cells: made.cells
      .toSorted(([left], [right]) => left - right)
      .map(([path, each]) => ({ ...each, path: byte(path) })),
  }));

function columns(simple: readonly number[], map: number): fc.Arbitrary<Map<number, ColumnData>> {
  const entry = fc.oneof(
    fc.tuple(
      fc.constantFrom(...simple),
      cell.map((made): ColumnData => ({ kind: 'cell', cell: made })),
    ),
    fc.tuple(
      fc.constant(map),
      complex.map((made): ColumnData => ({ kind: 'complex', complex: made })),
    ),
  );
  return fc.array(entry, { maxLength: 3 }).map((entries) => new Map(entries));
}

const row: fc.Arbitrary<Row> = fc.record({
  clustering: anyClustering,
  marker: fc.option(anyMarker, { nil: undefined }),
  deletion: fc.option(deletion, { nil: undefined, freq: 4 }),
  columns: columns([columnIds.first, columnIds.second], columnIds.map),
});

const statics: fc.Arbitrary<Row> = columns([columnIds.staticValue], columnIds.staticMap).map((made) => ({
  clustering: [],
  marker: undefined,
  deletion: undefined,
  columns: made,
}));

export const anyBound: fc.Arbitrary<ClusteringBound> = fc.record({
  prefix: fc.array(part, { maxLength: 2 }),
  side: fc.constantFrom('before', 'after'),
});

export const anyRange: fc.Arbitrary<RangeTombstone> = fc.record({ start: anyBound, end: anyBound, deletion });

/** In order, not overlapping. */
export const anySlices: fc.Arbitrary<Slice[]> = fc.array(anyBound, { maxLength: 6 }).map((bounds) => {
  const sorted = bounds.toSorted((left, right) => compareBounds(layout.rows, left, right));
  const slices: Slice[] = [];
  for (let at = 0; at + 1 < sorted.length; at += 2) slices.push({ start: sorted[at]!, end: sorted[at + 1]! });
  return slices;
});

const nothing = { deletion: undefined, statics: undefined, rows: [], tombstones: [] };

/** What one statement writes. */
export const anyMutation: fc.Arbitrary<Mutation> = fc
  .tuple(
    anyKey,
    fc.oneof(
      { weight: 6, arbitrary: row.map((made) => ({ ...nothing, rows: [made] })) },
      { weight: 1, arbitrary: statics.map((made) => ({ ...nothing, statics: made })) },
      { weight: 1, arbitrary: anyRange.map((made) => ({ ...nothing, tombstones: [made] })) },
      { weight: 1, arbitrary: deletion.map((made) => ({ ...nothing, deletion: made })) },
    ),
  )
  .map(([key, written]) => ({ table: table.id, key, ...written }));

export const anyHistory: fc.Arbitrary<Mutation[]> = fc.array(anyMutation, { maxLength: 30 });
