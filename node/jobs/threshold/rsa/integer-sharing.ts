/**
 * Sharing of an integer among n custodians over Z (Rabin, "A simplified approach to threshold and proactive RSA", CRYPTO 1998;
 * Damgard and Thorbek, "Linear integer secret sharing and distributed exponentiation", PKC 2006): the order of the group of x^d is
 * secret, so there is nothing that shares could be reduced by. f(X) = Delta d + a_1 X + ... + a_t X^t, share i is f(i), Delta = n!.
 *
 * Why t shares tell nothing. Be T the places of t custodians and h(X) = Delta * product over i in T of (i - X) / i. Its coefficients are
 * integers, as the product of T divides Delta, of at most Delta 2^t; h vanishes on T, and h(0) = Delta. So f + (d' - d) h shares another
 * secret d' and gives T the very same shares. It differs from f in each coefficient by less than N Delta 2^t: coefficients that
 * are uniform below 2^128 times this bound make both equally probable but for t 2^-128. No condition on p and q is used; with d in place
 * of Delta d, share i would give d modulo small divisors of its place away.
 *
 * The same shift hides d where polynomials are added that vanish at a place: refresh (at 0: h for two sets of places have
 * the same value there, so their difference is shifted), and recovery (mask (X - l) Q(X), l in T: (X - l) divides h over Z).
 */
import type { RandomSource } from '../../../crypto/random.ts';
import { divideExactly, toInteger } from './integers.ts';

/** Coefficients, constant first. */
export type IntegerPolynomial = readonly bigint[];

/** Uniform in [0, 2^bits). */
export function randomBits(bits: number, random: RandomSource): bigint {
  const bytes = random.bytes(Math.ceil(bits / 8));
  const value = toInteger(bytes) & ((1n << BigInt(bits)) - 1n);
  bytes.fill(0);
  return value;
}

export function randomCoefficients(count: number, bits: number, random: RandomSource): bigint[] {
  return Array.from({ length: count }, () => randomBits(bits, random));
}

export function evaluateInteger(polynomial: IntegerPolynomial, at: number): bigint {
  const x = BigInt(at);
  return polynomial.reduceRight((sum, coefficient) => sum * x + coefficient, 0n);
}

/** Delta times what the values at these places are multiplied with to make the value at `at`: integers, in the order of the places. */
export function integerLagrange(places: readonly number[], at: number, delta: bigint): bigint[] {
  if (new Set(places).size !== places.length) throw new RangeError('a place stands twice');
  const to = BigInt(at);
  return places.map((place) => {
    let [above, below] = [delta, 1n];
    for (const other of places) {
      if (other === place) continue;
      above *= to - BigInt(other);
      below *= BigInt(place - other);
    }
    return divideExactly(above, below);
  });
}

/** The value at `at` of the integer polynomial of degree below the number of values. @throws Error when there is none */
export function interpolateInteger(values: ReadonlyMap<number, bigint>, at: number, delta: bigint): bigint {
  const factors = integerLagrange([...values.keys()], at, delta);
  const sum = [...values.values()].reduce((all, value, index) => all + value * factors[index]!, 0n);
  return divideExactly(sum, delta);
}

/** Terms of the product that is base^polynomial(at), from base^coefficients. */
export function commitmentTerms(
  commitments: readonly bigint[],
  at: number,
  times = 1n,
): { base: bigint; exponent: bigint }[] {
  return commitments.map((base, power) => ({ base, exponent: times * BigInt(at) ** BigInt(power) }));
}
