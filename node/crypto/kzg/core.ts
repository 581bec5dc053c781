/**
 * Polynomial commitments of Kate, Zaverucha and Goldberg (2010) over scalars: what the native and the reference form of
 * proofs share. The proof of f(z) = y is the commitment to (f - y) / (X - z); it is checked by
 *   e(C - y*G1 + z*pi, G2) = e(pi, [tau]G2),
 * whose arguments in G2 are constant: their lines are prepared once.
 */
import {
  type Curve,
  type FixedBases,
  type G1,
  type G2,
  type PairingEquation,
  pairingArgument,
} from '../bls48581/index.ts';
import { createDomain, type Domain } from './domain.ts';
import { scalars } from './scalars.ts';

const { negate } = scalars;

export interface VerifierCore {
  readonly curve: Curve;
  readonly domain: Domain;
  readonly tauG2: G2;
  /** sum of scalar * point + z*pi = tau*pi: the sum opens to zero at z with the proof pi. */
  equation(points: readonly G1[], scalars: readonly bigint[], z: bigint, proof: G1): PairingEquation;
}

export interface ProverCore extends VerifierCore {
  readonly bases: FixedBases;
}

export function createVerifierCore(curve: Curve, tauG2: G2, width: number): VerifierCore {
  const generator = pairingArgument(curve, curve.g2);
  const tau = pairingArgument(curve, tauG2);
  return {
    curve,
    domain: createDomain(width),
    tauG2,
    equation: (points, weights, z, proof) => ({
      pairs: [
        { g1: curve.multiSumG1([...points, proof], [...weights, z]), argument: generator },
        { g1: curve.negateG1(proof), argument: tau },
      ],
    }),
  };
}

export function createProverCore(
  curve: Curve,
  srs: { readonly lagrange: readonly G1[]; readonly tauG2: G2 },
  width: number,
): ProverCore {
  if (srs.lagrange.length !== width) throw new RangeError(`the reference string has no basis for ${width}`);
  return { ...createVerifierCore(curve, srs.tauG2, width), bases: curve.fixedBases(srs.lagrange) };
}

/** The proof that the polynomial has the value `values[index]` at the root with that index. */
export function openAt({ domain, bases }: ProverCore, values: readonly bigint[], index: number): G1 {
  return bases.sum(domain.quotientAt(values, index));
}

/** commitment opens to y at the root with that index. */
export function openingEquation(
  core: VerifierCore,
  claim: { readonly commitment: G1; readonly index: number; readonly y: bigint; readonly proof: G1 },
): PairingEquation {
  const { commitment, index, y, proof } = claim;
  return core.equation([commitment, core.curve.g1], [1n, negate(y)], core.domain.roots[index]!, proof);
}
