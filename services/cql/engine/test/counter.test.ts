import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Memtable } from '../memtable.ts';
import { MergedReader } from '../merged-reader.ts';
import type { ColumnData, Mutation, Row } from '../model.ts';
import type { PartitionCursor } from '../storage.ts';
import { anyClustering, anyKey, anyRange } from './support/histories.ts';
import { hex, isWithin, places } from './support/model.ts';
import { rowsNow, visibleColumns, visibleRows } from './support/reading.ts';
import { settle, TestRecords } from './support/records.ts';
import { byte, columnIds, counterTable, layoutOf, modules } from './support/table.ts';

const nothing = { table: counterTable.id, deletion: undefined, statics: undefined, rows: [], tombstones: [] };
const column = fc.constantFrom<number>(columnIds.first, columnIds.second);
const delta = fc.oneof(fc.integer({ min: -9, max: 9 }).map(BigInt), fc.constant(2n ** 62n));

/** Written at a time that follows the journal, as counters' times do. */
type Write = (timestamp: bigint) => Mutation;

const rowOf = (clustering: Row['clustering'], id: number, data: ColumnData): Row => ({
  clustering,
  marker: undefined,
  deletion: undefined,
  columns: new Map([[id, data]]),
});
const tombstone = (timestamp: bigint): ColumnData => ({
  kind: 'cell',
  cell: { timestamp, value: undefined, ttl: 0, localTime: 9 },
});
const counter = (timestamp: bigint, count: bigint): ColumnData => ({
  kind: 'counter',
  counter: { timestamp, count },
});

const anyWrite: fc.Arbitrary<Write> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.tuple(anyKey, anyClustering, column, delta).map(([key, place, id, count]): Write => {
      return (time) => ({ ...nothing, key, rows: [rowOf(place, id, counter(time, count))] });
    }),
  },
  {
    weight: 2,
    arbitrary: fc.tuple(anyKey, delta).map(([key, count]): Write => {
      return (time) => ({ ...nothing, key, statics: rowOf([], columnIds.staticValue, counter(time, count)) });
    }),
  },
  {
    weight: 1,
    arbitrary: fc.tuple(anyKey, anyClustering, column).map(([key, place, id]): Write => {
      return (time) => ({ ...nothing, key, rows: [rowOf(place, id, tombstone(time))] });
    }),
  },
  {
    weight: 1,
    arbitrary: fc.tuple(anyKey, anyClustering).map(([key, clustering]): Write => {
      const gone = { clustering, marker: undefined, columns: new Map() };
      return (time) => ({
        ...nothing,
        key,
        rows: [{ ...gone, deletion: { timestamp: time, localTime: 9 } }],
      });
    }),
  },
  {
    weight: 1,
    arbitrary: fc.tuple(anyKey, anyRange).map(([key, range]): Write => {
      return (time) => ({
        ...nothing,
        key,
        tombstones: [{ ...range, deletion: { timestamp: time, localTime: 9 } }],
      });
    }),
  },
  {
    weight: 1,
    arbitrary: anyKey.map((key): Write => {
      return (time) => ({ ...nothing, key, deletion: { timestamp: time, localTime: 9 } });
    }),
  },
);

/** Counts by place, in the order of the journal. */
function countsOf(journal: readonly Mutation[]): Map<string, bigint> {
  const counts = new Map<string, bigint>();
  const clear = (prefix: string) => {
    for (const name of counts.keys()) if (name.startsWith(prefix)) counts.delete(name);
  };
  const apply = (name: string, row: Row) => {
    if (row.deletion !== undefined) clear(`${name}/`);
    for (const [id, data] of row.columns) {
      const at = `${name}/${id}`;
      if (data.kind !== 'counter') counts.delete(at);
      else counts.set(at, BigInt.asIntN(64, (counts.get(at) ?? 0n) + data.counter.count));
    }
  };
  for (const { key, deletion, statics, rows, tombstones } of journal) {
    const name = hex([key]);
    if (deletion !== undefined) clear(`${name}/`);
    for (const range of tombstones) {
      for (const place of places) if (isWithin(place, range)) clear(`${name}/${hex(place)}/`);
    }
    if (statics !== undefined) apply(`${name}/statics`, statics);
    for (const row of rows) apply(`${name}/${hex(row.clustering)}`, row);
  }
  return counts;
}

function shown(reader: MergedReader): Map<string, bigint> {
  const counts = new Map<string, bigint>();
  for (const key of [0, 1, 2, 3].map(byte)) {
    const cursor = reader.read(counterTable, key) as PartitionCursor | undefined;
    for (const [id, count] of Object.entries(visibleColumns(cursor?.statics, 0))) {
      counts.set(`${hex([key])}/statics/${id}`, BigInt(count));
    }
    for (const { clustering, columns } of visibleRows(rowsNow(cursor), 0)) {
      for (const [id, count] of Object.entries(columns)) {
        counts.set(`${hex([key])}/${clustering}/${id}`, BigInt(count));
      }
    }
  }
  return counts;
}

test('every delta counts once, and what was deleted before does not, wherever settling was', () => {
  fc.assert(
    fc.property(fc.array(anyWrite, { maxLength: 40 }), fc.array(fc.nat({ max: 5 })), (writes, steps) => {
      const memtable = new Memtable(modules);
      const records = new TestRecords();
      const reader = new MergedReader({ memtable, records }, layoutOf);
      const finishing: (() => void)[] = [];
      const journal = writes.map((write, index) => write(BigInt(index + 1)));
      for (const [index, mutation] of journal.entries()) {
        // Two writes often share a journal row.
        memtable.apply(mutation, 1 + (index >> 1));
        if (index % 2 === 0) continue;
        const step = steps.length === 0 ? 5 : steps[index % steps.length]!;
        if (step <= 1) finishing.push(settle(memtable, records));
        if (step >= 1 && step <= 3) finishing.shift()?.();
        if (step === 1 || step === 2) memtable.release(3);
        expect(shown(reader)).toEqual(countsOf(journal.slice(0, index + 1)));
      }
    }),
    { numRuns: 300 },
  );
});

test('a record that another gateway settled further than this one knows is not counted twice', () => {
  const one = new Memtable(modules);
  const other = new Memtable(modules);
  const records = new TestRecords();
  const place = [byte(1), byte(1)];
  const add = (time: bigint, count: bigint): Mutation => ({
    ...nothing,
    key: byte(0),
    rows: [rowOf(place, columnIds.first, counter(time, count))],
  });
  const remove = { ...add(3n, 0n), rows: [{ ...rowOf(place, columnIds.first, tombstone(3n)) }] };
  for (const [index, mutation] of [add(1n, 5n), add(2n, 7n), remove, add(4n, 2n)].entries()) {
    one.apply(mutation, index + 1);
    other.apply(mutation, index + 1);
    settle(other, records)();
    const reader = new MergedReader({ memtable: one, records }, layoutOf);
    expect([...shown(reader).values()]).toEqual([[5n], [12n], [], [2n]][index]);
  }
});

test('a delta behind a deletion counts although its clock was behind', () => {
  const memtable = new Memtable(modules);
  const records = new TestRecords();
  const reader = new MergedReader({ memtable, records }, layoutOf);
  memtable.apply({ ...nothing, key: byte(0), deletion: { timestamp: 100n, localTime: 9 } }, 1);
  const rows = [rowOf([byte(1), byte(1)], columnIds.first, counter(50n, 3n))];
  memtable.apply({ ...nothing, key: byte(0), rows }, 2);
  expect([...shown(reader).values()]).toEqual([3n]);
  settle(memtable, records)();
  memtable.release(10);
  expect([...shown(reader).values()]).toEqual([3n]);
});

test('what was counted before a deletion is gone although its clock was behind', () => {
  const memtable = new Memtable(modules);
  const records = new TestRecords();
  const reader = new MergedReader({ memtable, records }, layoutOf);
  const clustering = [byte(1), byte(1)];
  const add = (id: number, sequence: number) => {
    const rows = [rowOf(clustering, id, counter(100n, 3n))];
    memtable.apply({ ...nothing, key: byte(0), rows }, sequence);
  };
  add(columnIds.first, 1);
  settle(memtable, records)();
  memtable.release(10);
  // One column is known to records alone.
  add(columnIds.second, 2);
  expect([...shown(reader).values()]).toEqual([3n, 3n]);
  memtable.apply({ ...nothing, key: byte(0), deletion: { timestamp: 50n, localTime: 9 } }, 3);
  expect([...shown(reader).values()]).toEqual([]);
});

test('deltas that come while a snapshot is settled count once when older ones are forgotten', () => {
  const memtable = new Memtable(modules);
  const records = new TestRecords();
  const reader = new MergedReader({ memtable, records }, layoutOf);
  const add = (sequence: number) => {
    const rows = [rowOf([byte(1), byte(1)], columnIds.first, counter(BigInt(sequence), 10n))];
    memtable.apply({ ...nothing, key: byte(0), rows }, sequence);
  };
  add(1);
  const finish = settle(memtable, records);
  add(2);
  finish();
  add(3);
  expect([...shown(reader).values()]).toEqual([30n]);
});

test('a counter that is written all the time keeps what is not settled, and no more', () => {
  const memtable = new Memtable(modules);
  const rows = [rowOf([byte(1), byte(1)], columnIds.first, counter(1n, 1n))];
  let largest = 0;
  for (let sequence = 1; sequence <= 1000; sequence++) {
    memtable.apply({ ...nothing, key: byte(0), rows }, sequence);
    if (sequence === 20) largest = memtable.bytes;
    if (sequence % 10 === 0) memtable.settled(sequence - 5);
  }
  expect(memtable.bytes).toBeLessThanOrEqual(largest);
});
