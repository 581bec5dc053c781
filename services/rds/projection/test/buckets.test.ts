import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { bucketOf, bucketsFor, originOf } from '../buckets.ts';
import { DigestCounts } from '../digest-counts.ts';

const slot = (number: number) => createHash('sha256').update(`${number}`).digest().subarray(0, 24);

it('a slot is in the bucket that its former one was split into', () => {
  fc.assert(
    fc.property(fc.nat(), fc.integer({ min: 1, max: 300 }), fc.nat({ max: 600 }), (number, before, more) => {
      const after = before + more;
      const bucket = bucketOf(slot(number), after);
      expect(bucket).toBeLessThan(after);
      expect(originOf(bucket, before)).toBe(bucketOf(slot(number), before));
    }),
  );
});

it('buckets are about as large as each other, and grow one at a time', () => {
  const counts = new Map<number, number>();
  const buckets = bucketsFor(10_000, 0);
  for (let number = 0; number < 10_000; number += 1) {
    const bucket = bucketOf(slot(number), buckets);
    counts.set(bucket, (counts.get(bucket) ?? 0) + 1);
  }
  expect(counts.size).toBe(buckets);
  expect(Math.max(...counts.values())).toBeLessThan(250);
  expect(bucketsFor(0, 7)).toBe(0);
  expect(bucketsFor(1, 7)).toBe(7);
});

it('keys are counted, however many', () => {
  const counts = new DigestCounts();
  for (let round = 1; round <= 2; round += 1)
    for (let number = 0; number < 5000; number += 1) expect(counts.add(Buffer.from(`${number}`))).toBe(round);
  expect(counts.size).toBe(5000);
  expect(counts.has(Buffer.from('4999'))).toBe(true);
  expect(counts.has(Buffer.from('5000'))).toBe(false);
});
