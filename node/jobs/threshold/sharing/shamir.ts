/**
 * Shamir's secret sharing in the scalar field of a group (Shamir, "How to share a secret", CACM 1979), with Feldman's commitments to
 * the coefficients ("A practical scheme for non-interactive verifiable secret sharing", FOCS 1987).
 */
import { type Group, invert, modulo } from '../groups/index.ts';

/** Coefficients, constant first: the secret is polynomial[0]. */
export type Polynomial = readonly bigint[];

/** At a place that is not 0. */
export function evaluate(polynomial: Polynomial, at: number, order: bigint): bigint {
  const x = BigInt(at);
  return polynomial.reduceRight((sum, coefficient) => modulo(sum * x + coefficient, order), 0n);
}

/** What the values at these places are multiplied with to make the value at `at` (0 unless given), in their order. */
export function lagrange(places: readonly number[], order: bigint, at = 0): bigint[] {
  if (new Set(places).size !== places.length) throw new RangeError('a place stands twice');
  const to = BigInt(at);
  return places.map((place) => {
    const i = BigInt(place);
    let [above, below] = [1n, 1n];
    for (const other of places) {
      if (other === place) continue;
      const j = BigInt(other);
      above = modulo(above * (to - j), order);
      below = modulo(below * (i - j), order);
    }
    return modulo(above * invert(below, order), order);
  });
}

/** The value at 0 of the polynomial of least degree through these values. */
export function interpolate(values: ReadonlyMap<number, bigint>, order: bigint): bigint {
  const factors = lagrange([...values.keys()], order);
  return [...values.values()].reduce((sum, value, at) => modulo(sum + value * factors[at]!, order), 0n);
}

/**
 * The same for elements. The factors are fractions of small numbers: elements are multiplied with the numerators over their common
 * denominator, which is cheap, and only the sum with the inverse of that, if it is not 1.
 */
export function interpolateElements(values: ReadonlyMap<number, Uint8Array>, group: Group): Uint8Array {
  const { numerators, denominator } = lagrangeFractions([...values.keys()]);
  const sum = group.combine(
    [...values.values()].map((element, at) => ({ element, factor: numerators[at]! })),
  );
  return denominator === 1n ? sum : group.multiplyPublic(sum, invert(denominator, group.order));
}

/** `lagrange` at 0, as whole numbers over one denominator. */
function lagrangeFractions(places: readonly number[]): { numerators: bigint[]; denominator: bigint } {
  if (new Set(places).size !== places.length) throw new RangeError('a place stands twice');
  const fractions = places.map((place) => {
    let [above, below] = [1n, 1n];
    for (const other of places) {
      if (other === place) continue;
      above *= BigInt(other);
      below *= BigInt(other - place);
    }
    const divisor = greatestCommonDivisor(above, below);
    return below < 0n
      ? ([-above / divisor, -below / divisor] as const)
      : ([above / divisor, below / divisor] as const);
  });
  const denominator = fractions.reduce(
    (all, [, below]) => (all / greatestCommonDivisor(all, below)) * below,
    1n,
  );
  return { numerators: fractions.map(([above, below]) => above * (denominator / below)), denominator };
}

/** Of numbers of either sign that are not 0; positive. */
function greatestCommonDivisor(left: bigint, right: bigint): bigint {
  let [a, b] = [left < 0n ? -left : left, right < 0n ? -right : right];
  while (b > 0n) [a, b] = [b, a % b];
  return a;
}

/** Base times the polynomial's value at a place, from the commitments to its coefficients. */
export function evaluateCommitments(
  commitments: readonly Uint8Array[],
  at: number,
  group: Group,
): Uint8Array {
  return group.combine(
    commitments.map((element, power) => ({ element, factor: BigInt(at) ** BigInt(power) })),
  );
}
