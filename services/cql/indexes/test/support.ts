/** A table with an index on everything that can have one, and random mutations of it over few places and few times. */
import fc from 'fast-check';
import { MemoryStorage } from '../../engine/memory-storage.ts';
import type { Cell, ColumnData, Deletion, Mutation, PathCell, Row, RowMarker } from '../../engine/model.ts';
import { compareBounds, compareBytes, compareRows, type TableLayout } from '../../engine/order.ts';
import type { Slice } from '../../engine/storage.ts';
import { createIndex } from '../../schema/index.ts';
import type { IndexTarget, Schema, TableSchema } from '../../schema/model.ts';
import { tableOf, withTable, withTestKeyspace } from '../../schema/test/support.ts';
import { layoutOf } from '../../store/layouts.ts';
import type { Value } from '../../types/api.ts';
import { encodePartitionKey } from '../../types/partition-key.ts';
import { tokenOf } from '../../types/token.ts';
import { hiddenTablesOf, indexEntries } from '../index.ts';

export const byte = (value: number): Value => Uint8Array.of(value);
/** Three numbers, of which two are equal. */
export const decimals: readonly Value[] = [
  Uint8Array.of(0, 0, 0, 1, 10),
  Uint8Array.of(0, 0, 0, 2, 100),
  Uint8Array.of(0, 0, 0, 0, 2),
];

export function withIndex(
  schema: Schema,
  table: string,
  column: string,
  kind: IndexTarget = 'simple',
): Schema {
  return createIndex(schema, {
    keyspace: 'ks',
    table,
    name: undefined,
    targets: [{ kind, column }],
    isCustom: false,
    className: undefined,
    properties: new Map(),
    ifNotExists: false,
  }).schema;
}

const columns =
  `p blob; q blob; c blob; d blob; v decimal; f frozen<list<blob>>; l list<blob>; st set<decimal>;
  m map<blob, blob>; s blob static; sm map<blob, blob> static; plain blob`.replaceAll('\n', ' ');

export const withoutIndexes = withTable(withTestKeyspace(), 't', columns, 'p, q / c, d', {
  clusteringOrder: [
    { column: 'c', descending: false },
    { column: 'd', descending: true },
  ],
});

const targets: readonly (readonly [string, IndexTarget])[] = [
  ['q', 'simple'],
  ['d', 'simple'],
  ['v', 'simple'],
  ['f', 'full'],
  ['l', 'values'],
  ['st', 'values'],
  ['m', 'keys'],
  ['m', 'values'],
  ['m', 'entries'],
  ['s', 'simple'],
  ['sm', 'keys'],
];

export const indexed: Schema = targets.reduce(
  (schema, [column, kind]) => withIndex(schema, 't', column, kind),
  withoutIndexes,
);
export const table: TableSchema = tableOf(indexed, 't');
export const idOf = (name: string): number => table.columns.get(name)!.id;

/** @param tables with their hidden ones */
export function storageOf(...tables: readonly TableSchema[]): MemoryStorage {
  const known = new Map(tables.map((each) => [each.id, each]));
  const layouts = new Map<string, TableLayout>();
  for (const each of tables)
    for (const one of [each, ...hiddenTablesOf(each)]) layouts.set(one.id, layoutOf(one));
  return new MemoryStorage({
    layoutOf: (id) => layouts.get(id),
    tokenOf,
    hiddenTables: hiddenTablesOf,
    derive: (mutation) => {
      const of = known.get(mutation.table);
      return of === undefined ? [] : indexEntries(of, mutation);
    },
  });
}

export const firstSecond = 100;
const timestamp = fc.integer({ min: 1, max: 5 }).map(BigInt);
const second = fc.integer({ min: firstSecond, max: firstSecond + 6 });
const part = fc.integer({ min: 0, max: 1 }).map(byte);
const value = fc.oneof(part, fc.constant(new Uint8Array(0)));
const decimal = fc.constantFrom(...decimals);
const deletion: fc.Arbitrary<Deletion> = fc.record({ timestamp, localTime: second });

function cellOf(values: fc.Arbitrary<Value>): fc.Arbitrary<Cell> {
  return fc.oneof(
    {
      weight: 3,
      arbitrary: fc.record({ timestamp, value: values, ttl: fc.constant(0), localTime: fc.constant(0) }),
    },
    {
      weight: 2,
      arbitrary: fc
        .tuple(timestamp, values, fc.integer({ min: 1, max: 4 }), second)
        .map(([time, bytes, ttl, from]) => ({ timestamp: time, value: bytes, ttl, localTime: from + ttl })),
    },
    {
      weight: 1,
      arbitrary: fc.record({
        timestamp,
        value: fc.constant(undefined),
        ttl: fc.constant(0),
        localTime: second,
      }),
    },
  );
}

const simple = (values: fc.Arbitrary<Value>): fc.Arbitrary<ColumnData> =>
  cellOf(values).map((cell) => ({ kind: 'cell', cell }));

function complex(
  column: string,
  paths: fc.Arbitrary<Value>,
  values: fc.Arbitrary<Value>,
): fc.Arbitrary<ColumnData> {
  const order = layoutOf(table).paths(idOf(column));
  return fc
    .record({
      deletion: fc.option(deletion, { nil: undefined, freq: 2 }),
      cells: fc.array(fc.tuple(paths, cellOf(values)), { maxLength: 3 }),
    })
    .map((made) => {
      const cells: PathCell[] = made.cells.map(([path, cell]) => ({ ...cell, path }));
      cells.sort((left, right) => order(left.path, right.path));
      const distinct = cells.filter((cell, at) => at === 0 || order(cells[at - 1]!.path, cell.path) !== 0);
      return { kind: 'complex', complex: { deletion: made.deletion, cells: distinct } };
    });
}

const frozenList = fc.constantFrom(Uint8Array.of(0, 0, 0, 0), Uint8Array.of(0, 0, 0, 1, 0, 0, 0, 1, 7));
const timeUuid = fc.integer({ min: 0, max: 3 }).map((low) => {
  const uuid = new Uint8Array(16);
  uuid[3] = low;
  uuid[6] = 0x10;
  return uuid;
});
const empty = fc.constant(new Uint8Array(0));
const regularData: Readonly<Record<string, fc.Arbitrary<ColumnData>>> = {
  v: simple(decimal),
  f: simple(frozenList),
  plain: simple(value),
  l: complex('l', timeUuid, part),
  st: complex('st', decimal, empty),
  m: complex('m', part, part),
};
const staticData: Readonly<Record<string, fc.Arbitrary<ColumnData>>> = {
  s: simple(value),
  sm: complex('sm', part, part),
};

function dataOf(
  of: Readonly<Record<string, fc.Arbitrary<ColumnData>>>,
): fc.Arbitrary<Map<number, ColumnData>> {
  return fc
    .array(
      fc.oneof(...Object.entries(of).map(([name, data]) => data.map((made) => [idOf(name), made] as const))),
      {
        maxLength: 3,
      },
    )
    .map((made) => new Map(made));
}

const marker: fc.Arbitrary<RowMarker> = cellOf(empty).map(({ timestamp: time, ttl, localTime }) => ({
  timestamp: time,
  ttl,
  expiresAt: ttl === 0 ? 0 : localTime,
}));
const anyRow: fc.Arbitrary<Row> = fc.record({
  clustering: fc.tuple(part, part),
  marker: fc.option(marker, { nil: undefined }),
  deletion: fc.option(deletion, { nil: undefined, freq: 4 }),
  columns: dataOf(regularData),
});
export const anyKey: fc.Arbitrary<Value> = fc.tuple(part, part).map((values) => encodePartitionKey(values));
const bound = fc.record({
  prefix: fc.array(part, { maxLength: 2 }),
  side: fc.constantFrom('before' as const, 'after' as const),
});
export const anySlices: fc.Arbitrary<Slice[]> = fc.array(bound, { maxLength: 4 }).map((bounds) => {
  const { rows } = layoutOf(table);
  const sorted = bounds.toSorted((left, right) => compareBounds(rows, left, right));
  const slices: Slice[] = [];
  for (let at = 0; at + 1 < sorted.length; at += 2) slices.push({ start: sorted[at]!, end: sorted[at + 1]! });
  return slices;
});

const nothing = { deletion: undefined, statics: undefined, rows: [], tombstones: [] };
const rows = fc.array(anyRow, { minLength: 1, maxLength: 4 }).map((made) => {
  const { rows: order } = layoutOf(table);
  const sorted = made.toSorted((left, right) => compareRows(order, left.clustering, right.clustering));
  return sorted.filter(
    (row, at) => at === 0 || compareRows(order, sorted[at - 1]!.clustering, row.clustering) !== 0,
  );
});

export const anyMutation: fc.Arbitrary<Mutation> = fc
  .tuple(
    anyKey,
    fc.oneof(
      { weight: 8, arbitrary: rows.map((made) => ({ ...nothing, rows: made })) },
      {
        weight: 2,
        arbitrary: dataOf(staticData).map((made) => ({
          ...nothing,
          statics: { clustering: [], marker: undefined, deletion: undefined, columns: made },
        })),
      },
      {
        weight: 1,
        arbitrary: fc
          .record({ start: bound, end: bound, deletion })
          .map((made) => ({ ...nothing, tombstones: [made] })),
      },
      { weight: 1, arbitrary: deletion.map((made) => ({ ...nothing, deletion: made })) },
    ),
  )
  .map(([key, written]) => ({ table: table.id, key, ...written }));

export const isSame = (left: Value, right: Value): boolean => compareBytes(left, right) === 0;
