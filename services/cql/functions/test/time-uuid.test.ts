import fc from 'fast-check';
import { expect, test } from 'vitest';
import { hexOf } from '../../types/binary.ts';
import { compareValues } from '../../types/compare.ts';
import { timeOfUuid, uuidVersion } from '../../types/uuid-text.ts';
import { systemClock } from '../clock.ts';
import { native } from '../native/make.ts';
import { greatestTimeUuid, leastTimeUuid, newTimeUuids } from '../time-uuid.ts';

const milliseconds = fc.bigInt({ min: -12_219_292_800_000n, max: 100_000_000_000_000n });
const order = (left: Uint8Array, right: Uint8Array) => compareValues(native('timeuuid'), left, right);

test('time UUIDs are later one after the other, also where the clock stands still or goes back', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 5 }), { minLength: 2, maxLength: 30 }), (times) => {
      let at = 0;
      const next = newTimeUuids(() => 1_700_000_000_000 + times[at++]!);
      const made = times.map(() => next());
      for (const [index, uuid] of made.entries()) {
        expect(uuidVersion(uuid)).toBe(1);
        if (index > 0) expect(order(made[index - 1]!, uuid)).toBeLessThan(0);
      }
    }),
  );
});

test('every time UUID of a millisecond is between its least and greatest, and no other', () => {
  fc.assert(
    fc.property(milliseconds, (time) => {
      const [least, greatest] = [leastTimeUuid(time), greatestTimeUuid(time)];
      expect(timeOfUuid(least)).toBe(time);
      expect(timeOfUuid(greatest)).toBe(time);
      expect(order(least, greatest)).toBeLessThan(0);
      expect(order(greatest, leastTimeUuid(time + 1n))).toBeLessThan(0);
    }),
  );
  const now = newTimeUuids(() => 1_700_000_000_000)();
  expect(order(leastTimeUuid(1_700_000_000_000n), now)).toBeLessThan(0);
  expect(order(now, greatestTimeUuid(1_700_000_000_000n))).toBeLessThan(0);
});

test('the least and greatest are those that Cassandra gives', () => {
  // SELECT mintimeuuid(0), maxtimeuuid(0)
  expect(hexOf(leastTimeUuid(0n))).toBe('138140001dd211b28080808080808080');
  expect(hexOf(greatestTimeUuid(0n))).toBe('1381670f1dd211b27f7f7f7f7f7f7f7f');
});

test('the clock gives UUIDs of versions 1 and 4, never the same twice', () => {
  const clock = systemClock(() => 1_700_000_000_000);
  const made = Array.from({ length: 100 }, () => [clock.timeUuid(), clock.randomUuid()] as const);
  expect(new Set(made.flat().map(hexOf)).size).toBe(200);
  for (const [time, random] of made) {
    expect([uuidVersion(time), time[8]! >> 6]).toEqual([1, 2]);
    expect([uuidVersion(random), random[8]! >> 6]).toEqual([4, 2]);
  }
});
