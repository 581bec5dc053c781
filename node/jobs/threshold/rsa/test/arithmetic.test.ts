import { checkPrimeSync } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { evaluateInteger, integerLagrange, interpolateInteger } from '../integer-sharing.ts';
import {
  bitLength,
  fromSignedBytes,
  gcd,
  inverse,
  modulo,
  productOfPowers,
  toBytes,
  toInteger,
  toSignedBytes,
} from '../integers.ts';
import { coefficientBits, deltaOf, shareBytes } from '../parameters.ts';
import { ModularPowers } from '../power.ts';
import { generateRsaPrimes } from '../prime.ts';
import { randomBigInt } from './support/random-bigint.ts';
import { privateKey, random } from './support/rsa-network.ts';
import { testKey2048 } from './support/test-keys.ts';

const modulusBytes = Buffer.from(privateKey(testKey2048).export({ format: 'jwk' }).n as string, 'base64url');
const modulus = toInteger(modulusBytes);

/** One square and one product for each bit. */
function plainPower(base: bigint, exponent: bigint): bigint {
  let product = 1n;
  for (const bit of exponent.toString(2)) {
    product = (product * product) % modulus;
    if (bit === '1') product = (product * base) % modulus;
  }
  return product;
}

describe('powers by OpenSSL', () => {
  const powers = new ModularPowers(modulusBytes);

  it('are those of plain arithmetic, also for exponents longer than the modulus', () => {
    for (const bits of [1, 17, 2048, 2300]) {
      const [base, exponent] = [randomBigInt(2040), randomBigInt(bits) | 1n];
      expect(powers.power(base, exponent)).toBe(plainPower(base, exponent));
    }
  });

  it('are right where OpenSSL refuses: 0, 1, N - 1, exponent 0, and results 1 and N - 1', () => {
    expect(powers.power(0n, 5n)).toBe(0n);
    expect(powers.power(1n, 5n)).toBe(1n);
    expect(powers.power(modulus - 1n, 5n)).toBe(modulus - 1n);
    expect(powers.power(modulus - 1n, 6n)).toBe(1n);
    expect(powers.power(7n, 0n)).toBe(1n);
    // A root of one, which who knows the factors finds.
    const jwk = privateKey(testKey2048).export({ format: 'jwk' });
    const [p, q] = [jwk.p, jwk.q].map((part) => toInteger(Buffer.from(part as string, 'base64url'))) as [
      bigint,
      bigint,
    ];
    const root = modulo(1n - 2n * q * (inverse(q, p) as bigint), modulus);
    expect(powers.power(root, 2n)).toBe(1n);
    expect(powers.power(root, 3n)).toBe(root);
    expect(() => powers.power(modulus, 3n)).toThrow(RangeError);
    expect(() => powers.power(2n, -3n)).toThrow(RangeError);
  });
});

describe('integers', () => {
  const small = fc.bigInt({ min: -(1n << 70n), max: 1n << 70n });

  it('a product of powers is the product of the powers, also of negative ones', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.bigInt({ min: 2n, max: 1n << 80n }), small), { maxLength: 4 }),
        (terms) => {
          const expected = terms.reduce((product, [base, exponent]) => {
            const power = plainPower(base, exponent < 0n ? -exponent : exponent);
            return (product * (exponent < 0n ? (inverse(power, modulus) as bigint) : power)) % modulus;
          }, 1n);
          const given = terms.map(([base, exponent]) => ({ base, exponent }));
          expect(productOfPowers(given, modulus)).toBe(expected);
        },
      ),
      { numRuns: 25 },
    );
  });

  it('survive their encodings, and are refused where they do not fit', () => {
    fc.assert(
      fc.property(small, (value) => {
        expect(fromSignedBytes(toSignedBytes(value, 9))).toBe(value);
      }),
    );
    expect(() => toBytes(256n, 1)).toThrow(RangeError);
    expect(() => toBytes(-1n, 1)).toThrow(RangeError);
    expect(() => fromSignedBytes(Uint8Array.of(2, 0))).toThrow(RangeError);
    expect(inverse(6n, 9n)).toBeUndefined();
  });
});

describe('sharing over the integers', () => {
  const cases = fc.integer({ min: 1, max: 3 }).chain((threshold) =>
    fc.integer({ min: 3 * threshold + 1, max: 10 }).chain((custodians) =>
      fc.record({
        custodians: fc.constant(custodians),
        coefficients: fc.array(fc.bigInt({ min: 0n, max: 1n << 200n }), {
          minLength: threshold,
          maxLength: threshold,
        }),
        secret: fc.bigInt({ min: 0n, max: 1n << 180n }),
        places: fc.shuffledSubarray(
          Array.from({ length: custodians }, (_, at) => at + 1),
          { minLength: threshold + 1, maxLength: threshold + 1 },
        ),
        at: fc.integer({ min: 0, max: custodians }),
      }),
    ),
  );

  it('t + 1 shares make every value of the polynomial, exactly', () => {
    fc.assert(
      fc.property(cases, ({ custodians, coefficients, secret, places, at }) => {
        const delta = deltaOf(custodians);
        const polynomial = [delta * secret, ...coefficients];
        const values = new Map(places.map((place) => [place, evaluateInteger(polynomial, place)]));
        expect(interpolateInteger(values, at, delta)).toBe(evaluateInteger(polynomial, at));
        expect(integerLagrange(places, 0, delta).reduce((sum, one) => sum + one)).toBe(delta);
      }),
    );
  });

  it('t shares are those of every other secret as well, by coefficients that differ little', () => {
    fc.assert(
      fc.property(cases, ({ custodians, coefficients, secret, places }) => {
        const delta = deltaOf(custodians);
        const known = places.slice(1);
        const polynomial = [delta * secret, ...coefficients];
        // h of integer-sharing.ts.
        let h = [delta];
        for (const place of known) {
          const next = Array.from({ length: h.length + 1 }, () => 0n);
          for (const [power, coefficient] of h.entries()) {
            next[power]! += coefficient * BigInt(place);
            next[power + 1]! -= coefficient;
          }
          h = next;
        }
        const product = known.reduce((all, place) => all * BigInt(place), 1n);
        expect(h.every((coefficient) => coefficient % product === 0n)).toBe(true);
        const shift = h.map((coefficient) => coefficient / product);
        const other = polynomial.map((coefficient, power) => coefficient + shift[power]!);
        expect(other[0]).toBe(delta * (secret + 1n));
        for (const place of known)
          expect(evaluateInteger(other, place)).toBe(evaluateInteger(polynomial, place));
        const bound = delta << BigInt(known.length);
        for (const one of shift) expect(one <= bound && one >= -bound).toBe(true);
        expect(bitLength(bound) + 2048 + 128).toBeLessThanOrEqual(
          coefficientBits(2048, custodians, known.length),
        );
      }),
    );
  });

  it('a share fits its field', () => {
    for (const [custodians, threshold] of [
      [4, 1],
      [7, 2],
      [10, 3],
    ] as const) {
      const largest = (1n << BigInt(coefficientBits(2048, custodians, threshold))) - 1n;
      const polynomial = Array.from({ length: threshold + 1 }, () => largest);
      const share = evaluateInteger(polynomial, custodians);
      expect(bitLength(share) + 40).toBeLessThanOrEqual(8 * shareBytes(2048, custodians, threshold));
    }
  });
});

describe('primes', () => {
  it('are 3 modulo 4, have no small factors in half of p - 1, and a product of the length asked for', () => {
    for (let round = 0; round < 3; round += 1) {
      const { p, q } = generateRsaPrimes(1024, random);
      expect(bitLength(p * q)).toBe(1024);
      expect(gcd(p - 1n, q - 1n)).toBe(2n);
      for (const prime of [p, q]) {
        expect(checkPrimeSync(prime)).toBe(true);
        expect(prime % 4n).toBe(3n);
        for (let factor = 2n; factor < 256n; factor += 1n) expect(((prime - 1n) / 2n) % factor).not.toBe(0n);
        expect(prime % 65537n).not.toBe(1n);
      }
    }
  });
});
