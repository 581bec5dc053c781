/** Reading out of memtable and records, judged by the model that knows all writes. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Memtable } from '../memtable.ts';
import { MergedReader } from '../merged-reader.ts';
import type { Mutation, Row } from '../model.ts';
import type { PartitionCursor } from '../storage.ts';
import { anyHistory, anyKey, anySlices, firstSecond, lastSecond } from './support/histories.ts';
import { hex, isWithin, places, visiblePartition } from './support/model.ts';
import { keyOf, readRows, rowsNow, visibleColumns, visibleRows } from './support/reading.ts';
import { settle, TestRecords } from './support/records.ts';
import { byte, layoutOf, modules, table } from './support/table.ts';

const keys = [0, 1, 2, 3].map(byte);

/** Numbers that choose, one after the other, again and again. */
const anyChoices = fc.array(fc.nat({ max: 1000 }), { minLength: 5, maxLength: 40 }).map((numbers) => {
  let at = 0;
  return (below: number) => (numbers[at++ % numbers.length]! + at) % below;
});
type Choose = (below: number) => number;

/** Everything of the history, in another order, some of it more than once, some settled, some not. */
function scatter(history: readonly Mutation[], choose: Choose, isLate: () => boolean) {
  const memtable = new Memtable(modules);
  const records = new TestRecords(isLate);
  const writes = [...history];
  const finishing: (() => void)[] = [];
  let snapshot = 0;
  for (let count = choose(6); count > 0 && history.length > 0; count--) {
    writes.push(history[choose(history.length)]!);
  }
  for (let left = writes.length; left > 0; left--) {
    const [write] = writes.splice(choose(left), 1);
    const where = choose(5);
    if (where !== 0) memtable.apply(write!, Math.max(snapshot + 1, memtable.sequence + choose(2)));
    if (where <= 1) records.merge(write!);
    if (choose(8) === 0) {
      // A snapshot is taken between sequences.
      snapshot = memtable.sequence;
      finishing.push(settle(memtable, records));
    }
    if (choose(4) === 0) finishing.shift()?.();
    if (choose(4) === 0) memtable.release(choose(4));
  }
  const reader = new MergedReader({ memtable, records }, layoutOf);
  return { memtable, records, reader, finishing };
}

test('reads show what the definition says, however writes were ordered, repeated, split and settled', () => {
  fc.assert(
    fc.property(anyHistory, anyChoices, (history, choose) => {
      const { reader } = scatter(history, choose, () => false);
      for (const key of keys) {
        const cursor = reader.read(table, key) as PartitionCursor | undefined;
        const rows = rowsNow(cursor);
        for (let now = firstSecond; now <= lastSecond; now++) {
          const expected = visiblePartition(history, key, now);
          expect(visibleRows(rows, now)).toEqual(expected.rows);
          expect(visibleColumns(cursor?.statics, now)).toEqual(expected.statics);
        }
      }
    }),
    { numRuns: 250 },
  );
});

test('slices give the rows in them and no others, in both directions', () => {
  fc.assert(
    fc.property(
      anyHistory,
      anyChoices,
      anyKey,
      anySlices,
      fc.boolean(),
      (history, choose, key, slices, isReversed) => {
        const { reader } = scatter(history, choose, () => false);
        const now = firstSecond + choose(12);
        const inside = new Set(
          places.filter((place) => slices.some((slice) => isWithin(place, slice))).map((place) => hex(place)),
        );
        const expected = visiblePartition(history, key, now).rows.filter(({ clustering }) =>
          inside.has(clustering),
        );
        const cursor = reader.read(table, key, { slices, isReversed }) as PartitionCursor | undefined;
        expect(visibleRows(rowsNow(cursor), now)).toEqual(isReversed ? expected.toReversed() : expected);
      },
    ),
    { numRuns: 400 },
  );
});

test('rows keep coming, each once, while others settle, release and write the same again, and records let wait', async () => {
  await fc.assert(
    fc.asyncProperty(
      anyHistory,
      anyChoices,
      anySlices,
      fc.boolean(),
      async (history, choose, some, isReversed) => {
        const { reader, memtable, records, finishing } = scatter(history, choose, () => choose(2) === 0);
        const disturb = () => {
          const what = choose(6);
          if (what === 0) finishing.push(settle(memtable, records));
          if (what <= 1 || what === 4) finishing.shift()?.();
          if (what <= 2) memtable.release(choose(10));
          const again = history[choose(history.length + 1)];
          if (what === 3 && again !== undefined) memtable.apply(again, memtable.sequence + 1);
        };
        const options = choose(3) === 0 ? { slices: some, isReversed } : { isReversed };
        const now = firstSecond + choose(12);
        for (const key of keys) {
          const opening = reader.read(table, key, options);
          disturb();
          const cursor = await opening;
          const rows: Row[] = [];
          for (;;) {
            disturb();
            const next = cursor?.next();
            disturb();
            const row = await next;
            if (row === undefined) break;
            rows.push(row);
          }
          const all = visiblePartition(history, key, now).rows;
          const isInside = (clustering: string) =>
            options.slices === undefined ||
            options.slices.some((slice) =>
              isWithin(places.find((place) => hex(place) === clustering)!, slice),
            );
          const expected = all.filter(({ clustering }) => isInside(clustering));
          expect(visibleRows(rows, now)).toEqual(isReversed ? expected.toReversed() : expected);
        }
      },
    ),
    { numRuns: 250 },
  );
});

test('a scan gives every partition once, in the order of tokens and keys, while others settle', async () => {
  await fc.assert(
    fc.asyncProperty(anyHistory, anyChoices, async (history, choose) => {
      const { reader, memtable, records, finishing } = scatter(history, choose, () => choose(2) === 0);
      const ordered = keys.toSorted((left, right) => {
        const [one, other] = [modules.tokenOf(left), modules.tokenOf(right)];
        return one === other ? left[0]! - right[0]! : one < other ? -1 : 1;
      });
      const [from, to] = [choose(5), choose(5)];
      const start = ordered[from];
      const end = ordered[to];
      const position = { isExclusive: choose(2) === 0, ...(choose(2) === 0 && start ? { key: start } : {}) };
      const isInclusive = choose(2) === 0;
      const scan = reader.scan(table, {
        ...(start === undefined ? {} : { from: { token: modules.tokenOf(start), ...position } }),
        ...(end === undefined ? {} : { to: { token: modules.tokenOf(end), isInclusive } }),
      });
      const isFrom = (key: (typeof keys)[0]) => {
        if (start === undefined) return true;
        const [token, first] = [modules.tokenOf(key), modules.tokenOf(start)];
        if (token !== first) return token > first;
        if (position.key === undefined) return !position.isExclusive;
        return position.isExclusive ? key[0]! > start[0]! : key[0]! >= start[0]!;
      };
      const isTo = (key: (typeof keys)[0]) => {
        if (end === undefined) return true;
        const [token, last] = [modules.tokenOf(key), modules.tokenOf(end)];
        return token < last || (isInclusive && token === last);
      };
      const now = firstSecond + choose(12);
      const seen: string[] = [];
      for (;;) {
        const next = scan.next();
        if (choose(5) === 0) finishing.push(settle(memtable, records));
        if (choose(3) === 0) finishing.shift()?.();
        if (choose(3) === 0) memtable.release(choose(10));
        const cursor = await next;
        if (cursor === undefined) break;
        seen.push(keyOf(cursor.key));
        expect(cursor.token).toBe(modules.tokenOf(cursor.key));
        // Not every cursor is read to its end.
        const rows = choose(4) === 0 ? undefined : visibleRows(await readRows(cursor), now);
        const statics = visibleColumns(cursor.statics, now);
        const expected = visiblePartition(history, cursor.key, now);
        if (rows !== undefined) expect(rows).toEqual(expected.rows);
        expect(statics).toEqual(expected.statics);
      }
      const inRange = ordered.filter((key) => isFrom(key) && isTo(key)).map(keyOf);
      expect(seen).toEqual(inRange.filter((key) => seen.includes(key)));
      // What has anything visible must be there.
      for (const key of keys) {
        const { rows, statics } = visiblePartition(history, key, now);
        if (rows.length === 0 && Object.keys(statics).length === 0) continue;
        expect(seen.includes(keyOf(key))).toBe(inRange.includes(keyOf(key)));
      }
    }),
    { numRuns: 250 },
  );
});

const inserted = (key: number, first: number): Mutation => {
  const marker = { timestamp: 1n, ttl: 0, expiresAt: 0 };
  const row = { clustering: [byte(first), byte(0)], marker, deletion: undefined, columns: new Map() };
  const nothing = { deletion: undefined, statics: undefined, tombstones: [] };
  return { ...nothing, table: table.id, key: byte(key), rows: [row] };
};

test.each([false, true])(
  'what is settled and dropped in the middle of a read is read from records (late: %s)',
  async (isLate) => {
    const memtable = new Memtable(modules);
    const records = new TestRecords(() => isLate);
    const reader = new MergedReader({ memtable, records }, layoutOf);
    for (const key of [0, 1, 2, 3]) for (const first of [0, 1, 2]) memtable.apply(inserted(key, first), 1);
    const scan = reader.scan(table, {});
    const cursor = await reader.read(table, byte(0));
    expect(await scan.next()).toBeDefined();
    expect(await cursor?.next()).toBeDefined();
    settle(memtable, records)();
    memtable.release(100);
    expect(memtable.bytes).toBe(0);
    expect(await readRows(cursor)).toHaveLength(2);
    for (const _ of [1, 2, 3]) expect(await readRows(await scan.next())).toHaveLength(3);
    expect(await scan.next()).toBeUndefined();
  },
);

test('reads need no waiting when records do not, and know nothing of what was never written', () => {
  const memtable = new Memtable(modules);
  const reader = new MergedReader({ memtable, records: new TestRecords() }, layoutOf);
  expect(reader.read(table, byte(1))).toBeUndefined();
  memtable.apply(inserted(1, 0), 1);
  const cursor = reader.read(table, byte(1)) as PartitionCursor;
  expect(rowsNow(cursor)).toHaveLength(1);
  expect(rowsNow(reader.read(table, byte(1), { slices: [] }) as PartitionCursor)).toHaveLength(0);
});
