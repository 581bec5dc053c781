import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { RangeTombstone } from '../model.ts';
import { compareBounds } from '../order.ts';
import { newerDeletion } from '../reconcile.ts';
import { TombstoneSet } from '../tombstones.ts';
import { anyRange, anySlices } from './support/histories.ts';
import { isWithin, places } from './support/model.ts';
import { byte, layout } from './support/table.ts';

const ranges = fc.array(anyRange, { maxLength: 20 });
const coveringOf = (all: readonly RangeTombstone[], place: (typeof places)[number]) =>
  all
    .filter((range) => isWithin(place, range))
    .map(({ deletion }) => deletion)
    .reduce(newerDeletion, undefined as ReturnType<typeof newerDeletion>);

test('each place has the newest of the deletions that cover it', () => {
  fc.assert(
    fc.property(ranges, (all) => {
      const set = new TombstoneSet(layout.rows, all);
      for (const place of places) expect(set.covering(place)).toEqual(coveringOf(all, place));
    }),
    { numRuns: 500 },
  );
});

test('ranges are in order, do not overlap, and neighbours differ', () => {
  fc.assert(
    fc.property(ranges, (all) => {
      const normal = new TombstoneSet(layout.rows, all).all();
      for (const [index, { start, end, deletion }] of normal.entries()) {
        expect(compareBounds(layout.rows, start, end)).toBeLessThan(0);
        const next = normal[index + 1];
        if (next === undefined) continue;
        const gap = compareBounds(layout.rows, end, next.start);
        expect(gap).toBeLessThanOrEqual(0);
        if (gap === 0) expect(next.deletion).not.toEqual(deletion);
      }
      expect(new TombstoneSet(layout.rows, all.toReversed()).all()).toEqual(normal);
      expect(new TombstoneSet(layout.rows, [...normal, ...all]).all()).toEqual(normal);
    }),
    { numRuns: 500 },
  );
});

test('slices give what covers their places, in both directions', () => {
  fc.assert(
    fc.property(ranges, anySlices, (all, slices) => {
      const set = new TombstoneSet(layout.rows, all);
      for (const slice of slices) {
        const forward = [...set.within(slice)];
        expect([...set.within(slice, true)]).toEqual(forward.toReversed());
        for (const place of places) {
          const covering = forward.filter((range) => isWithin(place, range)).map(({ deletion }) => deletion);
          const expected = isWithin(place, slice) ? coveringOf(all, place) : undefined;
          expect(covering).toEqual(expected === undefined ? [] : [expected]);
        }
      }
    }),
    { numRuns: 300 },
  );
});

test('what a deletion of the whole partition covers is left out', () => {
  const range = (from: number, timestamp: bigint): RangeTombstone => ({
    start: { prefix: [byte(from)], side: 'before' },
    end: { prefix: [byte(from)], side: 'after' },
    deletion: { timestamp, localTime: 1 },
  });
  const set = new TombstoneSet(layout.rows, [range(0, 1n), range(1, 2n), range(2, 3n)]);
  expect(set.beyond({ timestamp: 2n, localTime: 1 })).toEqual([range(2, 3n)]);
  expect(set.beyond(undefined)).toHaveLength(3);
});

test('one range over thousands that are newer leaves them as they are', () => {
  const set = new TombstoneSet((left, right) => Buffer.compare(left[0] ?? byte(0), right[0] ?? byte(0)));
  const at = (value: number) => [Uint8Array.of(value >> 8, value & 255)];
  for (let value = 1; value <= 6000; value += 2) {
    const bounds = {
      start: { prefix: at(value), side: 'before' },
      end: { prefix: at(value), side: 'after' },
    } as const;
    set.insert({ ...bounds, deletion: { timestamp: 9n, localTime: 1 } });
  }
  const whole = {
    start: { prefix: at(0), side: 'before' },
    end: { prefix: at(6001), side: 'after' },
  } as const;
  set.insert({ ...whole, deletion: { timestamp: 1n, localTime: 1 } });
  expect(set.size).toBe(6001);
  expect(set.covering(at(3))?.timestamp).toBe(9n);
  expect(set.covering(at(4))?.timestamp).toBe(1n);
});
