import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Cell } from '../model.ts';
import { mergeComplex, reconcileCells, reconcileMarkers } from '../reconcile.ts';
import { mergePartitions, normalPartition } from '../reconcile-partition.ts';
import { anyCell, anyHistory, anyMarker, anyMutation, firstSecond, lastSecond } from './support/histories.ts';
import { visiblePartition } from './support/model.ts';
import { visibleData } from './support/reading.ts';
import { byte, columnIds, layout } from './support/table.ts';

const live = (value: number, timestamp = 1n): Cell => ({
  timestamp,
  value: byte(value),
  ttl: 0,
  localTime: 0,
});
const expiring = (value: number, until: number): Cell => ({ ...live(value), ttl: 5, localTime: until });
const tombstone: Cell = { timestamp: 1n, value: undefined, ttl: 0, localTime: 3 };

test.each<[string, Cell, Cell]>([
  ['a later cell over an earlier tombstone', live(1, 2n), tombstone],
  ['a tombstone over a live cell of its time', tombstone, live(9)],
  ['a tombstone over one that expires much later', tombstone, expiring(9, 99)],
  ['one that expires over a larger one that does not', expiring(1, 7), live(9)],
  ['the later expiry over the larger value', expiring(1, 8), expiring(9, 7)],
  ['the larger value', live(0x80), live(0x7f)],
  ['the longer value', { ...live(1), value: Uint8Array.of(1, 0) }, live(1)],
  ['the later time, also below zero', live(1, -1n), live(9, -2n)],
])('%s stays', (_, winner, loser) => {
  expect(reconcileCells(winner, loser)).toBe(winner);
  expect(reconcileCells(loser, winner)).toBe(winner);
});

test('of cells and markers one stays, whatever the order', () => {
  fc.assert(
    fc.property(anyCell, anyCell, anyCell, (first, second, third) => {
      const left = reconcileCells(reconcileCells(first, second), third);
      expect(reconcileCells(first, reconcileCells(third, second))).toEqual(left);
    }),
    { numRuns: 500 },
  );
  fc.assert(
    fc.property(anyMarker, anyMarker, anyMarker, (first, second, third) => {
      const left = reconcileMarkers(reconcileMarkers(first, second), third);
      expect(reconcileMarkers(first, reconcileMarkers(third, second))).toEqual(left);
    }),
    { numRuns: 500 },
  );
});

const inOnePartition = fc.array(
  anyMutation.map((mutation) => ({ ...mutation, key: byte(0) })),
  { minLength: 1, maxLength: 12 },
);

test('fragments of a partition merge to the same in any order, grouped in any way, any number of times', () => {
  fc.assert(
    fc.property(
      inOnePartition,
      fc.array(fc.nat({ max: 99 }), { minLength: 12, maxLength: 12 }),
      (all, picks) => {
        const merge = (left: (typeof all)[0], right: (typeof all)[0]) => mergePartitions(left, right, layout);
        const one = all.map((each) => normalPartition(each, layout)).reduce(merge);
        // Two neighbours at a random place are joined until one is left; some come again.
        let left = [...all.toReversed(), ...all.slice(picks[0]! % all.length)];
        for (let step = 0; left.length > 1; step++) {
          const at = picks[step % picks.length]! % (left.length - 1);
          left = [...left.slice(0, at), merge(left[at + 1]!, left[at]!), ...left.slice(at + 2)];
        }
        expect(normalPartition(left[0]!, layout)).toEqual(one);
        expect(merge(one, one)).toEqual(one);
      },
    ),
    { numRuns: 300 },
  );
});

test('what is left of fragments shows what the definition says, at all times', () => {
  fc.assert(
    fc.property(anyHistory, (history) => {
      const own = history.map((mutation) => ({ ...mutation, key: byte(0) }));
      if (own.length === 0) return;
      const merged = own
        .map((each) => normalPartition(each, layout))
        .reduce((left, right) => mergePartitions(left, right, layout));
      for (let now = firstSecond; now <= lastSecond; now += 2) {
        expect(visibleData(merged, now)).toEqual(visiblePartition(own, byte(0), now));
      }
    }),
    { numRuns: 200 },
  );
});

test('few cells merge into a long collection as by path, from either side', () => {
  const cells = (maxLength: number) =>
    fc
      .uniqueArray(fc.tuple(fc.integer({ min: 0, max: 99 }), anyCell), {
        selector: ([path]) => path,
        maxLength,
      })
      .map((made) => made.toSorted(([left], [right]) => left - right))
      .map((made) => made.map(([path, cell]) => ({ ...cell, path: byte(path) })));
  fc.assert(
    fc.property(cells(90), cells(4), (many, few) => {
      const byPath = new Map(many.map((cell) => [cell.path[0]!, cell]));
      for (const cell of few) {
        const other = byPath.get(cell.path[0]!);
        byPath.set(cell.path[0]!, other === undefined ? cell : reconcileCells(other, cell));
      }
      const expected = [...byPath].sort(([left], [right]) => left - right).map(([, cell]) => cell);
      const [left, right] = [many, few].map((each) => ({ deletion: undefined, cells: each }));
      const order = layout.paths(columnIds.map);
      expect(mergeComplex(left!, right!, order)?.cells ?? []).toEqual(expected);
      expect(mergeComplex(right!, left!, order)?.cells ?? []).toEqual(expected);
    }),
    { numRuns: 200 },
  );
});
