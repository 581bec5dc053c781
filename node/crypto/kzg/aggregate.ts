/**
 * One proof for many openings (Feist 2021, "PCS multiproofs using random evaluation"). With weights rho^k:
 *   g(X) = sum of rho^k (f_k(X) - y_k) / (X - z_k)    is a polynomial exactly when (but for few rho) all claims hold;
 *   D    = commitment to g;
 *   h(X) = sum of rho^k f_k(X) / (t - z_k)            at a random t stands for it:
 *   pi   = the proof that h - g has the value sum of rho^k y_k / (t - z_k) at t.
 * How rho and t are drawn is the caller's business, and decides whether the whole is sound.
 */
import type { G1, PairingEquation } from '../bls48581/index.ts';
import type { ProverCore, VerifierCore } from './core.ts';
import { powersOf, scalars } from './scalars.ts';

const { add, subtract, multiply, negate } = scalars;

export interface OwnOpening {
  readonly values: readonly bigint[];
  readonly index: number;
}

export interface ClaimedOpening {
  readonly commitment: G1;
  readonly index: number;
  readonly y: bigint;
}

export interface AggregateProof {
  readonly d: G1;
  readonly proof: G1;
}

/**
 * @param draw t, given D
 * @throws RangeError when t falls into the domain (never by chance)
 */
export function proveAggregate(
  { domain, bases }: ProverCore,
  openings: readonly OwnOpening[],
  rho: bigint,
  draw: (d: G1) => bigint,
): AggregateProof {
  const combined = combineByIndex(openings, rho);
  let g = new Array<bigint>(domain.width).fill(0n);
  for (const [index, values] of combined) g = sum(g, domain.quotientAt(values, index));
  const d = bases.sum(g);

  const t = draw(d);
  if (domain.has(t)) throw new RangeError('the challenge fell into the domain');
  const entries = [...combined];
  const distances = scalars.invertAll(entries.map(([index]) => subtract(t, domain.roots[index]!)));
  let rest = g.map(negate);
  let y = 0n;
  entries.forEach(([index, values], at) => {
    const factor = distances[at]!;
    rest = sum(
      rest,
      values.map((value) => multiply(value, factor)),
    );
    y = add(y, multiply(values[index]!, factor));
  });
  return { d, proof: bases.sum(domain.quotientOutside(rest, t, y)) };
}

/** Openings at one point share a quotient: sum of rho^k f_k for each index. */
function combineByIndex(openings: readonly OwnOpening[], rho: bigint): Map<number, bigint[]> {
  const weights = powersOf(rho, openings.length);
  const combined = new Map<number, bigint[]>();
  openings.forEach(({ values, index }, k) => {
    const weighted = values.map((value) => multiply(value, weights[k]!));
    const before = combined.get(index);
    combined.set(index, before === undefined ? weighted : sum(before, weighted));
  });
  return combined;
}

const sum = (left: readonly bigint[], right: readonly bigint[]) =>
  left.map((value, index) => add(value, right[index]!));

/** @param t outside the domain */
export function aggregateEquation(
  core: VerifierCore,
  claims: readonly ClaimedOpening[],
  { d, proof }: AggregateProof,
  rho: bigint,
  t: bigint,
): PairingEquation {
  const { roots } = core.domain;
  const weights = powersOf(rho, claims.length);
  const distances = scalars.invertAll(claims.map(({ index }) => subtract(t, roots[index]!)));
  const factors = claims.map((_, k) => multiply(weights[k]!, distances[k]!));
  let y = 0n;
  // A commitment that is opened often is multiplied once.
  const merged = new Map<G1, bigint>();
  claims.forEach((claim, k) => {
    y = add(y, multiply(factors[k]!, claim.y));
    merged.set(claim.commitment, add(merged.get(claim.commitment) ?? 0n, factors[k]!));
  });
  return core.equation(
    [...merged.keys(), d, core.curve.g1],
    [...merged.values(), negate(1n), negate(y)],
    t,
    proof,
  );
}
