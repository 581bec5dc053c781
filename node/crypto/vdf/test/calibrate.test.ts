import { expect, test } from 'vitest';
import { calibrationGroup, iterationsFor, measureSquaringRate } from '../calibrate.ts';
import { vdfLimits } from '../limits.ts';
import { isProbablePrime } from '../prime.ts';

test('the known groups have prime discriminants', () => {
  for (const bits of [256, 512, 1024, 2048, 3072]) {
    const group = calibrationGroup(bits);
    expect(group.bits).toBe(bits);
    expect(isProbablePrime(-group.discriminant)).toBe(true);
  }
  expect(calibrationGroup(300).bits).toBe(300);
});

/** A clock whose every second reading comes `stepMs` later. */
function clockOf(stepsMs: readonly number[]): () => number {
  let reading = 0;
  let now = 0;
  return () => {
    now += reading === 0 ? 0 : (stepsMs[(reading - 1) % stepsMs.length] ?? 0);
    reading += 1;
    return now;
  };
}

test('the rate is that of the passed clock; slow rounds do not count', () => {
  // Readings: the end, then start and end of each round and the loop's own look.
  const steady = measureSquaringRate(256, { now: clockOf([0, 2, 0]), forMs: 100 });
  expect(steady).toBeCloseTo((vdfLimits.squaringsPerLook / 2) * 1000, 0);
  const disturbed = measureSquaringRate(256, { now: clockOf([0, 2, 0, 0, 9, 0]), forMs: 100 });
  expect(disturbed).toBeCloseTo(steady, 0);
});

test('a clock that stands still ends the measurement all the same', () => {
  let asked = 0;
  const rate = measureSquaringRate(256, { now: () => 0, isAborted: () => ++asked >= 3 });
  expect(rate).toBeGreaterThan(0);
});

test('squarings for a share of the interval', () => {
  expect(iterationsFor({ squaringsPerSecond: 10_000, intervalSeconds: 10, proofShare: 0 })).toBe(5000);
  expect(iterationsFor({ squaringsPerSecond: 12_000, intervalSeconds: 10, share: 0.1 })).toBe(10_000);
  expect(
    iterationsFor({
      squaringsPerSecond: 10_000,
      intervalSeconds: 10,
      discriminantSeconds: 0.3,
      proofShare: 0,
    }),
  ).toBe(2000);
  expect(iterationsFor({ squaringsPerSecond: 10_000, intervalSeconds: 1, discriminantSeconds: 9 })).toBe(1);
  expect(iterationsFor({ squaringsPerSecond: 1e9, intervalSeconds: 1e6, share: 1 })).toBe(
    vdfLimits.iterationsMax,
  );
  expect(() => iterationsFor({ squaringsPerSecond: Number.NaN, intervalSeconds: 1 })).toThrow(RangeError);
  expect(() => iterationsFor({ squaringsPerSecond: 1, intervalSeconds: -1 })).toThrow(RangeError);
  expect(() => iterationsFor({ squaringsPerSecond: 1, intervalSeconds: 1, share: 2 })).toThrow(RangeError);
});
