import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Row } from '../model.ts';
import { purgeDeletion, purgeRow } from '../purge.ts';
import { visibleRow } from '../reconcile.ts';
import { mergePartitions, normalPartition } from '../reconcile-partition.ts';
import { anyHistory, firstSecond, lastSecond } from './support/histories.ts';
import { visiblePartition } from './support/model.ts';
import { visibleData } from './support/reading.ts';
import { byte, layout } from './support/table.ts';

const rowOf = (columns: Row['columns'], rest: Partial<Row> = {}): Row => ({
  clustering: [byte(1), byte(1)],
  marker: undefined,
  deletion: undefined,
  ...rest,
  columns,
});
const cell = (value: number | undefined, ttl: number, localTime: number) =>
  ({
    kind: 'cell',
    cell: { timestamp: 5n, value: value === undefined ? undefined : byte(value), ttl, localTime },
  }) as const;

test('a tombstone goes when its grace is over and nothing is left to be hidden', () => {
  const row = rowOf(new Map([[10, cell(undefined, 0, 100)]]), {
    deletion: { timestamp: 4n, localTime: 100 },
  });
  const rule = { now: 200, goneBefore: 101, mayHide: () => false };
  expect(purgeRow(row, rule)).toBeUndefined();
  expect(purgeRow(row, { ...rule, goneBefore: 100 })).toBe(row);
  expect(purgeRow(row, { ...rule, mayHide: (time) => time >= 4n })).toBe(row);
  expect(purgeRow(row, { ...rule, mayHide: (time) => time >= 5n })?.deletion).toBeUndefined();
  expect(purgeDeletion(row.deletion, rule)).toBeUndefined();
});

test('what expired loses its value at once, and goes when the grace after its writing is over', () => {
  const row = rowOf(new Map([[10, cell(7, 10, 110)]]));
  const rule = { now: 109, goneBefore: 0, mayHide: () => false };
  expect(purgeRow(row, rule)).toBe(row);
  const expired = purgeRow(row, { ...rule, now: 110 })!.columns.get(10)!;
  expect(expired).toEqual({
    kind: 'cell',
    cell: { timestamp: 5n, value: new Uint8Array(0), ttl: 10, localTime: 110 },
  });
  expect(purgeRow(row, { ...rule, now: 120, goneBefore: 101 })).toBeUndefined();
});

test('an expired marker goes after the grace, a live one stays', () => {
  const marker = { timestamp: 5n, ttl: 10, expiresAt: 110 };
  const row = rowOf(new Map([[10, cell(7, 0, 0)]]), { marker });
  const rule = { now: 120, goneBefore: 111, mayHide: () => false };
  expect(purgeRow(row, rule)?.marker).toBeUndefined();
  expect(purgeRow(row, { ...rule, goneBefore: 110 })).toBe(row);
  expect(purgeRow(row, { ...rule, now: 109 })).toBe(row);
});

test('purging everything that is known changes nothing that is visible then or later', () => {
  fc.assert(
    fc.property(
      anyHistory,
      fc.integer({ min: firstSecond, max: lastSecond }),
      fc.integer({ min: 0, max: 8 }),
      (history, now, grace) => {
        const own = history.map((mutation) => ({ ...mutation, key: byte(0) }));
        if (own.length === 0) return;
        const merged = own
          .map((each) => normalPartition(each, layout))
          .reduce((left, right) => mergePartitions(left, right, layout));
        const rule = { now, goneBefore: now - grace, mayHide: () => false };
        const purged = {
          ...merged,
          rows: merged.rows.flatMap((row) => purgeRow(row, rule) ?? []),
          statics: merged.statics && purgeRow(merged.statics, rule),
        };
        for (let later = now; later <= lastSecond + 1; later++) {
          expect(visibleData(purged, later)).toEqual(visiblePartition(own, byte(0), later));
        }
      },
    ),
    { numRuns: 200 },
  );
});

test('writes that come after a purge within their grace meet what they would have met', () => {
  fc.assert(
    fc.property(anyHistory, anyHistory, (before, after) => {
      const own = [...before, ...after].map((mutation) => ({ ...mutation, key: byte(0) }));
      if (own.length === 0) return;
      const now = lastSecond + 1;
      let merged = normalPartition(own[0]!, layout);
      for (const [index, write] of own.entries()) {
        merged = mergePartitions(merged, write, layout);
        // Everything has expired, nothing is past its grace.
        if (index !== before.length) continue;
        const rule = { now, goneBefore: 0, mayHide: () => false };
        merged = { ...merged, rows: merged.rows.flatMap((row) => purgeRow(row, rule) ?? []) };
      }
      expect(visibleData(merged, now)).toEqual(visiblePartition(own, byte(0), now));
      expect(merged.rows.every((row) => visibleRow(row, undefined) === row)).toBe(true);
    }),
    { numRuns: 200 },
  );
});
