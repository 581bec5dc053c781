import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  isExtraStrongLucasProbablePrime,
  isProbablePrime,
  isStrongProbablePrime2,
  primesBelow,
} from '../prime.ts';

test('agrees with a sieve', () => {
  const primes = new Set(primesBelow(120_000));
  expect(primes.size).toBe(11_301);
  for (let n = 0; n < 120_000; n++) expect(isProbablePrime(BigInt(n))).toBe(primes.has(n));
});

test('each half of the test is fooled by its known pseudoprimes, the whole by none', () => {
  // OEIS A001262 and A217719.
  const base2 = [
    2047, 3277, 4033, 4681, 8321, 15841, 29341, 42799, 49141, 52633, 65281, 74665, 80581, 85489, 88357, 90751,
  ];
  const lucas = [989, 3239, 5777, 10877, 27971, 29681, 30739, 31631, 39059, 72389, 73919, 75077];
  for (const n of base2) {
    expect(isStrongProbablePrime2(BigInt(n))).toBe(true);
    expect(isExtraStrongLucasProbablePrime(BigInt(n))).toBe(false);
    expect(isProbablePrime(BigInt(n))).toBe(false);
  }
  for (const n of lucas) {
    expect(isExtraStrongLucasProbablePrime(BigInt(n))).toBe(true);
    expect(isStrongProbablePrime2(BigInt(n))).toBe(false);
    expect(isProbablePrime(BigInt(n))).toBe(false);
  }
});

test('no prime fails either half', () => {
  for (const prime of primesBelow(60_000)) {
    if (prime < 5) continue;
    expect(isStrongProbablePrime2(BigInt(prime))).toBe(true);
    expect(isExtraStrongLucasProbablePrime(BigInt(prime))).toBe(true);
  }
});

test('known large primes, their squares and products', () => {
  const primes = [
    2n ** 61n - 1n,
    2n ** 89n - 1n,
    2n ** 127n - 1n,
    2n ** 255n - 19n,
    2n ** 521n - 1n,
    2n ** 1279n - 1n,
  ];
  for (const p of primes) {
    expect(isProbablePrime(p)).toBe(true);
    expect(isProbablePrime(p * p)).toBe(false);
    expect(isExtraStrongLucasProbablePrime(p * p)).toBe(false);
    expect(isProbablePrime(p * primes[1]!)).toBe(false);
  }
  // Carmichael numbers, and a strong pseudoprime to the bases 2 to 37 (Sorenson, Webster 2015).
  for (const n of [561n, 1105n, 1729n, 6601n, 8911n, 825265n, 318665857834031151167461n]) {
    expect(isProbablePrime(n)).toBe(false);
  }
  expect(isStrongProbablePrime2(318665857834031151167461n)).toBe(true);
});

test('no product of two factors passes', () => {
  const factor = fc.bigInt(3n, 2n ** 70n).map((n) => n | 1n);
  fc.assert(
    fc.property(factor, factor, (p, q) => !isProbablePrime(p * q)),
    { numRuns: 500 },
  );
});
