/** The field of scalars, integers modulo the order r of the groups of BLS48-581. Elements are kept in [0, r). */
import { invert } from '@noble/curves/abstract/modular.js';
import { scalarOrder } from '../bls48581/index.ts';

const r = scalarOrder;

export const scalars = {
  add(a: bigint, b: bigint): bigint {
    const sum = a + b;
    return sum < r ? sum : sum - r;
  },
  subtract(a: bigint, b: bigint): bigint {
    const difference = a - b;
    return difference < 0n ? difference + r : difference;
  },
  negate: (a: bigint): bigint => (a === 0n ? 0n : r - a),
  multiply: (a: bigint, b: bigint): bigint => (a * b) % r,
  /** @throws RangeError for zero */
  invert(a: bigint): bigint {
    if (a === 0n) throw new RangeError('zero has no inverse');
    return invert(a, r);
  },
  power(base: bigint, exponent: bigint): bigint {
    let result = 1n;
    for (const bit of exponent.toString(2)) {
      result = (result * result) % r;
      if (bit === '1') result = (result * base) % r;
    }
    return result;
  },
  /** Inverses of all, with one inversion (Montgomery's trick). @throws RangeError if one is zero */
  invertAll(values: readonly bigint[]): bigint[] {
    const before: bigint[] = [];
    let product = 1n;
    for (const value of values) {
      before.push(product);
      product = (product * value) % r;
    }
    let rest = scalars.invert(product);
    const inverses = new Array<bigint>(values.length);
    for (let index = values.length - 1; index >= 0; index -= 1) {
      inverses[index] = (rest * before[index]!) % r;
      rest = (rest * values[index]!) % r;
    }
    return inverses;
  },
} as const;

/** 1, base, base^2, … */
export function powersOf(base: bigint, count: number): bigint[] {
  const powers: bigint[] = [];
  let power = 1n;
  for (let index = 0; index < count; index += 1) {
    powers.push(power);
    power = scalars.multiply(power, base);
  }
  return powers;
}
