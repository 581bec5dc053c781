/**
 * What the formulas of this folder ask of a field, and the prime field Fp of BLS48-581 in big integers.
 *
 * Elements are immutable and always reduced, so two are equal exactly when their parts are.
 */
import { invert } from '@noble/curves/abstract/modular.js';

export interface Field<T> {
  readonly zero: T;
  readonly one: T;
  isZero(a: T): boolean;
  equal(a: T, b: T): boolean;
  add(a: T, b: T): T;
  subtract(a: T, b: T): T;
  negate(a: T): T;
  multiply(a: T, b: T): T;
  square(a: T): T;
  /** a * factor, an element of Fp. */
  scale(a: T, factor: bigint): T;
  /** @throws RangeError for zero */
  invert(a: T): T;
  isSquare(a: T): boolean;
  /** One of the two roots; undefined for what is no square. */
  squareRoot(a: T): T | undefined;
  /** a^p. */
  frobenius(a: T): T;
}

/** Prime of the base field, 581 bits; 3 modulo 4. */
export const fieldPrime =
  0x1280f73ff3476f313824e31d47012a0056e84f8d122131bb3be6c0f1f3975444a48ae43af6e082acd9cd30394f4736daf68367a5513170ee0a578fdf721a4a48ac3edc154e6565912bn;

const p = fieldPrime;

export function reduce(value: bigint): bigint {
  const rest = value % p;
  return rest < 0n ? rest + p : rest;
}

export const fp: Field<bigint> = {
  zero: 0n,
  one: 1n,
  isZero: (a) => a === 0n,
  equal: (a, b) => a === b,
  add(a, b) {
    const sum = a + b;
    return sum < p ? sum : sum - p;
  },
  subtract(a, b) {
    const difference = a - b;
    return difference < 0n ? difference + p : difference;
  },
  negate: (a) => (a === 0n ? 0n : p - a),
  multiply: (a, b) => (a * b) % p,
  square: (a) => (a * a) % p,
  scale: (a, factor) => (a * factor) % p,
  invert(a) {
    if (a === 0n) throw new RangeError('zero has no inverse');
    return invert(a, p);
  },
  /** Euler's criterion. */
  isSquare: (a) => a === 0n || power(fp, a, (p - 1n) / 2n) === 1n,
  /** p is 3 modulo 4: a^((p+1)/4) is a root if there is one. */
  squareRoot(a) {
    const root = power(fp, a, (p + 1n) / 4n);
    return fp.square(root) === a ? root : undefined;
  },
  frobenius: (a) => a,
};

/** base^exponent for exponent >= 0, four bits at a time. For public values. */
export function power<T>(field: Field<T>, base: T, exponent: bigint): T {
  const powers = [field.one];
  for (let index = 1; index < 16; index += 1) powers.push(field.multiply(powers[index - 1]!, base));
  let result = field.one;
  for (const digit of exponent.toString(16)) {
    for (let round = 0; round < 4; round += 1) result = field.square(result);
    result = field.multiply(result, powers[Number.parseInt(digit, 16)]!);
  }
  return result;
}
