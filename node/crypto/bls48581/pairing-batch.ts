/**
 * Checks of the form "this product of pairings is one", and many of them in a single product.
 *
 * Each equation is raised to a weight of 128 bits, and all are multiplied; pairs with the same second argument share one
 * pairing, their first arguments summed. If some equation is false then, the others being fixed, at most one of its 2^128
 * weights makes the product one (all values lie in a group of prime order). The weights come from a hash over all arguments of all
 * equations, so whoever makes an equation cannot know them before it is made (Bellare, Garay and Rabin 1998, "small
 * exponents", made non-interactive by Fiat and Shamir).
 */
import { bytesToHex, bytesToNumberBE, hexToBytes } from '@noble/curves/utils.js';
import { sha512 } from '@noble/hashes/sha2.js';
import type { Curve, G1, G2, PreparedG2 } from './curve.ts';
import { blsLimits } from './limits.ts';

/** A point of G2, prepared, with a name: two arguments with one id are the same point. */
export interface PairingArgument {
  readonly prepared: PreparedG2;
  /** SHA-512 of the element, in hex. */
  readonly id: string;
}

export interface PairingEquation {
  /** The product of e(g1, argument) is one. */
  readonly pairs: readonly { readonly g1: G1; readonly argument: PairingArgument }[];
}

export function pairingArgument(curve: Curve, point: G2): PairingArgument {
  return { prepared: curve.prepareG2(point), id: bytesToHex(sha512(point)) };
}

export function equationHolds(curve: Curve, equation: PairingEquation): boolean {
  return equationsHold(curve, [equation]);
}

/** Whether all equations hold; that of none does. Wrong with a probability of 2^-128. */
export function equationsHold(curve: Curve, equations: readonly PairingEquation[]): boolean {
  if (equations.length > blsLimits.batchEquationsMax) throw new RangeError('too many equations in a batch');
  const weights = weightsOf(curve, equations);
  const sides = new Map<string, { argument: PairingArgument; points: G1[]; scalars: bigint[] }>();
  equations.forEach(({ pairs }, index) => {
    if (pairs.length > blsLimits.equationPairsMax) throw new RangeError('too many pairs in an equation');
    for (const { g1, argument } of pairs) {
      const side = sides.get(argument.id) ?? { argument, points: [], scalars: [] };
      sides.set(argument.id, side);
      side.points.push(g1);
      side.scalars.push(weights[index]!);
    }
  });
  return curve.pairingProductIsOne(
    [...sides.values()].map(({ argument, points, scalars }) => ({
      g1: weightedSum(curve, points, scalars),
      g2: argument.prepared,
    })),
  );
}

function weightedSum(curve: Curve, points: readonly G1[], scalars: readonly bigint[]): G1 {
  return points.length === 1 && scalars[0] === 1n ? points[0]! : curve.multiSumG1(points, scalars);
}

const encoder = new TextEncoder();
const domain = encoder.encode('hypergate/pairing-batch/v1');

/** The first weight is 1: only the others need to be unknown. */
function weightsOf(curve: Curve, equations: readonly PairingEquation[]): bigint[] {
  if (equations.length < 2) return equations.map(() => 1n);
  const hash = sha512
    .create()
    .update(domain)
    .update(encoder.encode(curve.name))
    .update(u32(equations.length));
  for (const { pairs } of equations) {
    hash.update(u32(pairs.length));
    for (const { g1, argument } of pairs)
      hash.update(u32(g1.length)).update(g1).update(hexToBytes(argument.id));
  }
  const seed = hash.digest();
  return equations.map((_, index) => {
    if (index === 0) return 1n;
    const digest = sha512.create().update(seed).update(u32(index)).digest();
    // Zero would drop the equation; it never comes up.
    return bytesToNumberBE(digest.subarray(0, 16)) || 1n;
  });
}

function u32(value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value);
  return bytes;
}
