/**
 * Whether reference strings are what they say, by random linear combinations: each comparison of many points is one of two sums,
 * wrong with a probability of about 2^-120. Every failure has a sentence.
 */
import {
  type Curve,
  equationHolds,
  type G1,
  type G2,
  type PairingEquation,
  pairingArgument,
} from '../bls48581/index.ts';
import { createDomain } from '../kzg/domain.ts';
import { scalars } from '../kzg/scalars.ts';
import type { ReferenceSrs, ReferenceSrsText } from './reference-format.ts';
import type { PowersOfTau, Srs } from './srs.ts';
import { weightsFrom } from './weights.ts';

/** Sentences about what is wrong; none when all is well. */
export type Faults = readonly string[];

export function checkPowers(curve: Curve, { g1, g2 }: PowersOfTau): Faults {
  const [tauG1, tauG2] = [g1[1], g2[1]];
  if (tauG1 === undefined || tauG2 === undefined) return ['the first powers are missing'];
  const faults: string[] = [];
  if (!equalBytes(g1[0]!, curve.g1)) faults.push('the powers in G1 do not begin with the generator');
  if (!equalBytes(g2[0]!, curve.g2)) faults.push('the powers in G2 do not begin with the generator');
  if (g1.some((point) => curve.isIdentity(point)))
    faults.push('a power in G1 is the identity: the secret is zero');
  if (g1.slice(1).some((point) => equalBytes(point, curve.g1))) {
    faults.push('a power in G1 is the generator again: the secret is a root of one');
  }
  if (faults.length > 0) return faults;
  const draw = weightsFrom([g1, g2]);
  if (!equationHolds(curve, g1Equation(curve, g1, tauG2, draw('g1', g1.length - 1)))) {
    faults.push('the powers in G1 are not those of the secret in [tau]G2');
  }
  if (g2.length > 2 && !equationHolds(curve, g2Equation(curve, g2, tauG1, draw('g2', 1)[0]!))) {
    faults.push('the powers in G2 are not those of the secret in [tau]G1');
  }
  return faults;
}

/** e(sum of w_k P_k, [tau]G2) = e(sum of w_k P_(k+1), G2) */
function g1Equation(curve: Curve, g1: readonly G1[], tauG2: G2, weights: readonly bigint[]): PairingEquation {
  const lower = curve.multiSumG1(g1.slice(0, -1), weights);
  const upper = curve.multiSumG1(g1.slice(1), weights);
  return {
    pairs: [
      { g1: lower, argument: pairingArgument(curve, tauG2) },
      { g1: curve.negateG1(upper), argument: pairingArgument(curve, curve.g2) },
    ],
  };
}

/**
 * With F = sum of v^k Q_k over k < n, by Horner's rule: v * sum of v^k Q_(k+1) = F - Q_0, and the sum of v^k Q_k without
 * the last is F - v^(n-1) Q_(n-1). One pass over the points serves both sides of
 *   e([tau]G1 * v, sum of v^k Q_k) = e(G1, v * sum of v^k Q_(k+1)).
 */
function g2Equation(curve: Curve, g2: readonly G2[], tauG1: G1, v: bigint): PairingEquation {
  const all = g2.reduceRight((sum, point) => curve.addG2(curve.multiplyG2(sum, v), point));
  const last = curve.multiplyG2(g2.at(-1)!, scalars.power(v, BigInt(g2.length - 1)));
  const lower = curve.addG2(all, curve.negateG2(last));
  const upper = curve.addG2(all, curve.negateG2(g2[0]!));
  return {
    pairs: [
      { g1: curve.multiplyG1(tauG1, v), argument: pairingArgument(curve, lower) },
      { g1: curve.negateG1(curve.g1), argument: pairingArgument(curve, upper) },
    ],
  };
}

/** sum of v_k [tau^k]G1 = sum over i of (sum of v_k w^(ik)) L_i: the basis interpolates the powers. */
export function checkLagrange(curve: Curve, g1Powers: readonly G1[], lagrange: readonly G1[]): Faults {
  const width = lagrange.length;
  if (g1Powers.length < width) return [`too few powers to check a basis of ${width}`];
  const powers = g1Powers.slice(0, width);
  const weights = weightsFrom([powers, lagrange])('lagrange', width);
  const left = curve.multiSumG1(powers, weights);
  const right = curve.multiSumG1(lagrange, evaluations(weights));
  return equalBytes(left, right) ? [] : [`the Lagrange basis of ${width} does not belong to the powers`];
}

/** Values at the roots of the polynomial with these coefficients. */
function evaluations(coefficients: readonly bigint[]): bigint[] {
  return createDomain(coefficients.length).roots.map((root) =>
    coefficients.reduceRight((sum, coefficient) => scalars.add(scalars.multiply(sum, root), coefficient), 0n),
  );
}

/**
 * A string of one width alone: its basis implies powers 0 … N-1, P_k = sum of w^(ik) L_i. They must begin with the
 * generator and [tau]G1, and continue by the tau of [tau]G2.
 */
export function checkSrs(curve: Curve, srs: Srs): Faults {
  const { width, lagrange, tauG1, tauG2 } = srs;
  if (lagrange.length !== width) return ['the Lagrange basis has another width'];
  const { roots } = createDomain(width);
  const faults: string[] = [];
  if (lagrange.some((point) => curve.isIdentity(point))) faults.push('the secret is a root of one');
  if (
    !equalBytes(
      curve.multiSumG1(
        lagrange,
        lagrange.map(() => 1n),
      ),
      curve.g1,
    )
  ) {
    faults.push('the Lagrange basis does not sum to the generator');
  }
  if (!equalBytes(curve.multiSumG1(lagrange, roots), tauG1)) {
    faults.push('the Lagrange basis does not belong to [tau]G1');
  }
  if (faults.length > 0) return faults;
  const weights = weightsFrom([lagrange, [tauG1, tauG2]])('srs', width - 1);
  const lower = curve.multiSumG1(lagrange, evaluations([...weights, 0n]));
  const upper = curve.multiSumG1(lagrange, evaluations([0n, ...weights]));
  const equation: PairingEquation = {
    pairs: [
      { g1: lower, argument: pairingArgument(curve, tauG2) },
      { g1: curve.negateG1(upper), argument: pairingArgument(curve, curve.g2) },
    ],
  };
  return equationHolds(curve, equation) ? [] : ['the Lagrange basis does not belong to [tau]G2'];
}

/** The reference's string: its parts with one another. */
export function checkReferenceSrs(curve: Curve, text: ReferenceSrsText, srs: ReferenceSrs): Faults {
  const faults: string[] = [];
  const [tauG1, tauG2] = [text.g1Powers[1], text.g2Powers[1]];
  if (text.publicKey !== tauG2) faults.push('potPubKey is not the first power in G2');
  if (text.runningProducts[0] !== text.g1Powers[0] || text.runningProducts.at(-1) !== tauG1) {
    faults.push('the running products do not lead from the generator to the first power in G1');
  }
  if (text.publicKeys[0] !== text.g2Powers[0] || text.publicKeys.at(-1) !== tauG2) {
    faults.push('potPubKeys do not lead from the generator to the first power in G2');
  }
  faults.push(...checkPowers(curve, srs.powers));
  for (const lagrange of srs.lagrange.values()) faults.push(...checkLagrange(curve, srs.powers.g1, lagrange));
  return faults;
}

const equalBytes = (left: Uint8Array, right: Uint8Array): boolean =>
  left.length === right.length && left.every((byte, index) => byte === right[index]);
