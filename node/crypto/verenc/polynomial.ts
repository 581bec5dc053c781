/** Polynomials over the scalars of the group: Shamir's shares and their interpolation at zero. */
import { ristretto255 } from '@noble/curves/ed25519.js';
import { groupOrder } from '../ristretto-portable.ts';

const { Fn } = ristretto255.Point;

/** f(at) by Horner's rule. @param coefficients of 1, x, x^2, … */
export function evaluate(coefficients: readonly bigint[], at: number): bigint {
  const point = BigInt(at);
  let value = 0n;
  for (let index = coefficients.length - 1; index >= 0; index -= 1)
    value = (value * point + coefficients[index]!) % groupOrder;
  return value;
}

/** 1, point, point^2, … */
export function powers(point: number, count: number): bigint[] {
  const base = BigInt(point);
  const result: bigint[] = [];
  let power = 1n;
  for (let index = 0; index < count; index += 1) {
    result.push(power);
    power = (power * base) % groupOrder;
  }
  return result;
}

/**
 * Interpolation at zero through fixed points and one more: f(0) = sum of f(point_i) * lambda_i + f(extra) * lambda.
 * Quadratic in the fixed points once, linear for each extra one.
 */
export class ZeroInterpolation {
  readonly #points: readonly bigint[];
  /** Of the fixed points alone: product over the others of p / (p - point). */
  readonly #base: readonly bigint[];
  readonly #values: readonly bigint[];

  /** @param points distinct, not zero. @param values f at them */
  constructor(points: readonly number[], values: readonly bigint[]) {
    this.#points = points.map(BigInt);
    this.#values = values;
    const top = this.#points.reduce((product, point) => Fn.mul(product, point), 1n);
    const bottoms = this.#points.map((point) => {
      let product = point;
      for (const other of this.#points) if (other !== point) product = Fn.mul(product, Fn.sub(other, point));
      return product;
    });
    this.#base = Fn.invertBatch(bottoms).map((inverse) => Fn.mul(top, inverse));
  }

  /** f(0), of degree at most the number of fixed points. @param extra not one of the fixed points */
  at(extra: number, value: bigint): bigint {
    const point = BigInt(extra);
    const inverses = Fn.invertBatch(this.#points.map((fixed) => Fn.sub(point, fixed)));
    let sum = 0n;
    let own = 1n;
    for (const [index, fixed] of this.#points.entries()) {
      const weight = Fn.mul(this.#base[index]!, Fn.mul(point, inverses[index]!));
      sum = Fn.add(sum, Fn.mul(weight, this.#values[index]!));
      // fixed / (fixed - extra)
      own = Fn.mul(own, Fn.neg(Fn.mul(fixed, inverses[index]!)));
    }
    return Fn.add(sum, Fn.mul(own, value));
  }
}
