/**
 * The Lagrange basis in the exponent: [L_i(tau)]G1 = 1/N * sum over k of w^(-ik) [tau^k]G1, an inverse Fourier transform over
 * points (Cooley and Tukey): N/2 * log2(N) multiplications.
 */
import type { Curve, G1 } from '../bls48581/index.ts';
import { createDomain } from '../kzg/domain.ts';
import { scalars } from '../kzg/scalars.ts';
import { SrsError } from './errors.ts';
import type { PowersOfTau, Srs } from './srs.ts';

export function lagrangeBasis(curve: Curve, g1Powers: readonly G1[], width: number): G1[] {
  if (g1Powers.length < width) throw new SrsError('check', `${width} powers in G1 are needed`);
  const inverseRoots = createDomain(width).roots.map((_, index, roots) => roots[(width - index) % width]!);
  const scale = scalars.invert(BigInt(width));
  return transform(curve, g1Powers.slice(0, width), inverseRoots).map((point) =>
    curve.multiplyG1(point, scale),
  );
}

/** Values at all the roots of the polynomial with these coefficients. */
function transform(curve: Curve, coefficients: readonly G1[], roots: readonly bigint[]): G1[] {
  if (coefficients.length === 1) return [...coefficients];
  const half = coefficients.length / 2;
  const thinned = roots.filter((_, index) => index % 2 === 0);
  const even = transform(
    curve,
    coefficients.filter((_, index) => index % 2 === 0),
    thinned,
  );
  const odd = transform(
    curve,
    coefficients.filter((_, index) => index % 2 === 1),
    thinned,
  );
  const turned = odd.map((point, index) => (index === 0 ? point : curve.multiplyG1(point, roots[index]!)));
  return Array.from({ length: 2 * half }, (_, index) => {
    const [left, right] = [even[index % half]!, turned[index % half]!];
    return curve.addG1(left, index < half ? right : curve.negateG1(right));
  });
}

/** @throws SrsError when there are too few powers */
export function srsOfWidth(curve: Curve, powers: PowersOfTau, width: number): Srs {
  const [, tauG1] = powers.g1;
  const [, tauG2] = powers.g2;
  if (tauG1 === undefined || tauG2 === undefined) throw new SrsError('check', 'the first powers are missing');
  return { width, tauG1, tauG2, lagrange: lagrangeBasis(curve, powers.g1, width) };
}
