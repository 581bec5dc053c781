/**
 * Polynomials of degree below N given by their values at the N-th roots of one, and their quotients.
 *
 * For a point w^m of the domain, q(X) = (f(X) - f(w^m)) / (X - w^m) has the values (f_i - f_m) / (w^i - w^m) at the other
 * points. Its degree is at most N-2, and the coefficient of X^(N-1) is the sum of q_i * w^i over N, hence
 * q_m = -(sum of q_i * w^(i-m) over i != m). No coefficients and no derivative are needed. (Feist and Khovratovich 2023, "Fast
 * amortized KZG proofs", and the "evaluation form" of Ethereum's consensus specification give the same values.)
 */
import { scalarOrder } from '../bls48581/index.ts';
import { kzgLimits } from './limits.ts';
import { powersOf, scalars } from './scalars.ts';

const { add, subtract, multiply, negate } = scalars;

/** 37 generates the part of the multiplicative group whose order is a power of two, as in the reference. */
const rootGenerator = 37n;

export interface Domain {
  readonly width: number;
  /** w^0 … w^(N-1) */
  readonly roots: readonly bigint[];
  /** Values of (f - f(w^index)) / (X - w^index). */
  quotientAt(values: readonly bigint[], index: number): bigint[];
  /** Values of (f - y) / (X - t), for f(t) = y and t outside the domain. */
  quotientOutside(values: readonly bigint[], t: bigint, y: bigint): bigint[];
  has(t: bigint): boolean;
}

export function createDomain(width: number): Domain {
  if (!(width >= kzgLimits.widthMin && width <= kzgLimits.widthMax && (width & (width - 1)) === 0)) {
    throw new RangeError(`the width must be a power of two up to ${kzgLimits.widthMax}`);
  }
  const n = BigInt(width);
  const roots = powersOf(scalars.power(rootGenerator, (scalarOrder - 1n) / n), width);
  // 1 / (w^d - 1), for d > 0. Then 1 / (w^i - w^m) = w^-m / (w^(i-m) - 1).
  const inverses = [0n, ...scalars.invertAll(roots.slice(1).map((root) => subtract(root, 1n)))];
  const rootAt = (exponent: number) => roots[exponent & (width - 1)]!;

  return {
    width,
    roots,
    has: (t) => scalars.power(t, n) === 1n,
    quotientAt(values, index) {
      checkCount(values);
      const y = values[index]!;
      const shift = rootAt(-index);
      const quotient = new Array<bigint>(width);
      let own = 0n;
      values.forEach((value, at) => {
        if (at === index) return;
        const distance = (at - index) & (width - 1);
        const scaled = multiply(subtract(value, y), multiply(inverses[distance]!, shift));
        quotient[at] = scaled;
        own = add(own, multiply(scaled, roots[distance]!));
      });
      quotient[index] = negate(own);
      return quotient;
    },
    quotientOutside(values, t, y) {
      checkCount(values);
      const distances = scalars.invertAll(roots.map((root) => subtract(root, t)));
      return values.map((value, at) => multiply(subtract(value, y), distances[at]!));
    },
  };

  function checkCount(values: readonly bigint[]): void {
    if (values.length !== width) throw new RangeError(`${width} values are needed`);
  }
}
