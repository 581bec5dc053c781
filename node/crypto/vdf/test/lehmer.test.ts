import fc from 'fast-check';
import { expect, test } from 'vitest';
import { bitLength, partialEuclid } from '../lehmer.ts';
import { extendedGcd, mod } from './plain.ts';

/** Integers of up to 2,048 bits of many shapes: random, near powers of two, products and differences of them. */
const large = fc.oneof(
  fc
    .tuple(fc.integer({ min: 1, max: 2048 }), fc.bigInt(0n, 2n ** 2048n))
    .map(([bits, value]) => (value % 2n ** BigInt(bits)) + 1n),
  fc.tuple(fc.integer({ min: 1, max: 2047 }), fc.bigInt(-3n, 3n)).map(([bits, near]) => {
    const value = 2n ** BigInt(bits) + near;
    return value < 1n ? 1n : value;
  }),
);

function check(x: bigint, y: bigint, guess: number, stopBits: number): void {
  const { remainder0, remainder1, cofactor0, cofactor1 } = partialEuclid(x, y, guess, stopBits);
  expect(remainder0 >= 0n && remainder1 >= 0n).toBe(true);
  expect(remainder1 < 2n ** BigInt(stopBits)).toBe(true);
  expect(mod(remainder0 - cofactor0 * y, x)).toBe(0n);
  expect(mod(remainder1 - cofactor1 * y, x)).toBe(0n);
  const determinant = remainder0 * cofactor1 - remainder1 * cofactor0;
  expect(determinant === x || determinant === -x).toBe(true);
  if (stopBits === 0) expect(remainder0).toBe(extendedGcd(x, y)[0]);
}

test('columns span the lattice and end below the bound, whatever the guess of the length', () => {
  fc.assert(
    fc.property(
      large,
      large,
      fc.integer({ min: 0, max: 1100 }),
      fc.integer({ min: -300, max: 300 }),
      (p, q, stop, off) => {
        const [x, y] = p > q ? [p, q] : [q, p];
        check(x, y, bitLength(x), 0);
        check(x, y, bitLength(x), stop);
        check(x, y, Math.min(2200, Math.max(0, bitLength(x) + off)), stop);
      },
    ),
    { numRuns: 400 },
  );
});

test('common divisors, equal numbers, zero, and quotients of any size', () => {
  fc.assert(
    fc.property(large, fc.bigInt(1n, 2n ** 600n), fc.bigInt(0n, 2n ** 90n), (g, factor, rest) => {
      const x = (g % 2n ** 1024n) * factor + rest;
      const y = g % 2n ** 1024n;
      if (x < 1n || y > x) return;
      check(x, y, bitLength(x), 0);
      check(x, x, bitLength(x), 0);
      check(x, 0n, bitLength(x), 0);
      check(x, 1n, bitLength(x), 0);
    }),
    { numRuns: 200 },
  );
});

test('Fibonacci numbers, the longest run of quotients', () => {
  let [f0, f1] = [1n, 1n];
  for (let n = 0; n < 1470; n++) {
    [f0, f1] = [f1, f0 + f1];
    if (n % 10 === 0) {
      check(f1, f0, bitLength(f1), 0);
      check(f1, f0, bitLength(f1), bitLength(f1) >> 1);
    }
  }
});

test('remainders stay in balance: the first is not far below the bound either', () => {
  fc.assert(
    fc.property(fc.bigInt(2n ** 1023n, 2n ** 1024n - 1n), fc.bigInt(2n ** 1000n, 2n ** 1023n), (x, y) => {
      const { remainder0 } = partialEuclid(x, y, 1024, 512);
      expect(bitLength(remainder0)).toBeGreaterThan(500);
    }),
    { numRuns: 300 },
  );
});

test('lengths in bits', () => {
  for (let bits = 0; bits < 300; bits++) {
    expect(bitLength(2n ** BigInt(bits))).toBe(bits + 1);
    expect(bitLength(2n ** BigInt(bits) - 1n)).toBe(bits);
  }
});
