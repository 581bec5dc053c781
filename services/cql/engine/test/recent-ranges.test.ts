import fc from 'fast-check';
import { expect, test } from 'vitest';
import { RecentRanges } from '../recent-ranges.ts';
import { TombstoneSet } from '../tombstones.ts';
import { anyRange } from './support/histories.ts';
import { places } from './support/model.ts';
import { layout } from './support/table.ts';

const anyStep = fc.oneof({ weight: 3, arbitrary: anyRange }, fc.integer({ min: 0, max: 3 }));

test('what was deleted since something was settled is told, and what was settled by then forgotten soon', () => {
  fc.assert(
    fc.property(fc.array(anyStep, { maxLength: 30 }), (steps) => {
      const recent = new RecentRanges(layout.rows);
      const all: { sequence: number; settledTo: number; set: TombstoneSet }[] = [];
      let sequence = 0;
      const settled = [0, 0, 0];
      for (const step of steps) {
        const settledTo = settled.at(-1)!;
        // A number: all but so many of the last are settled.
        if (typeof step === 'number') settled.push(Math.max(settledTo, sequence - step));
        else {
          recent.add(step, ++sequence, settledTo);
          all.push({ sequence, settledTo, set: new TombstoneSet(layout.rows, [step]) });
        }
        const since = new TombstoneSet(layout.rows, recent.since(settled.at(-1)!));
        for (const place of places) {
          const isDeleted = (from: number) =>
            all.some((each) => each.sequence > from && each.set.covering(place) !== undefined);
          if (isDeleted(settled.at(-1)!)) expect(since.covering(place)).toBeDefined();
          if (!isDeleted(0)) expect(since.covering(place)).toBeUndefined();
        }
        if (settled.at(-1) === sequence) expect(since.size).toBe(0);
      }
    }),
  );
});

test('ranges that were settled long ago are forgotten while others come', () => {
  const recent = new RecentRanges(layout.rows);
  const range = (first: number) => {
    const prefix = [Uint8Array.of(first >> 8, first & 0xff)];
    const deletion = { timestamp: BigInt(first), localTime: 100 };
    return { start: { prefix, side: 'before' }, end: { prefix, side: 'after' }, deletion } as const;
  };
  for (let sequence = 1; sequence <= 1000; sequence++) {
    const settledTo = Math.floor((sequence - 5) / 10) * 10;
    recent.add(range(sequence), sequence, Math.max(0, settledTo));
    expect(recent.since(Math.max(0, settledTo)).length).toBeLessThanOrEqual(25);
  }
});
