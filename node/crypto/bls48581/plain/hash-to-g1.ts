/** Hashing to G1 by RFC 9380: expand_message_xmd with SHA-512, the map of Shallue and van de Woestijne (section 6.6.1). */
import { expand_message_xmd } from '@noble/curves/abstract/hash-to-curve.js';
import { bytesToNumberBE } from '@noble/curves/utils.js';
import { sha512 } from '@noble/hashes/sha2.js';
import type { G1 } from '../curve.ts';
import { seedMagnitude } from './constants.ts';
import { fp, reduce } from './field.ts';
import { g1Group, toG1 } from './g1.ts';
import type { Affine } from './points.ts';

/** ceil((581 + 256) / 8): a bias below 2^-256. */
const elementBytes = 105;

const { add, subtract, multiply, square, negate } = fp;

/** x^3 + 1 */
const curve = (x: bigint) => add(multiply(square(x), x), 1n);
const isOdd = (value: bigint) => (value & 1n) === 1n;

/** Z, and the constants c1..c4 of the RFC's appendix F.1, with A = 0. */
const z = 2n;
const c1 = curve(z);
const c2 = multiply(negate(z), fp.invert(2n));
const tripleZSquare = fp.scale(square(z), 3n);
const c3 = (() => {
  const root = fp.squareRoot(negate(multiply(c1, tripleZSquare)))!;
  return isOdd(root) ? negate(root) : root;
})();
const c4 = negate(multiply(fp.scale(c1, 4n), fp.invert(tripleZSquare)));

/** A point of the curve, in general outside G1. */
export function mapToCurve(u: bigint): Affine<bigint> {
  const t = multiply(square(u), c1);
  const plus = add(1n, t);
  const minus = subtract(1n, t);
  const both = multiply(plus, minus);
  // inv0 of the RFC: the inverse of zero is zero.
  const inverse = both === 0n ? 0n : fp.invert(both);
  const shift = multiply(multiply(multiply(u, minus), inverse), c3);
  const candidates = [
    subtract(c2, shift),
    add(c2, shift),
    add(z, multiply(c4, square(multiply(square(plus), inverse)))),
  ];
  const x = candidates.find((candidate) => fp.isSquare(curve(candidate)))!;
  const y = fp.squareRoot(curve(x))!;
  return { x, y: isOdd(u) === isOdd(y) ? y : negate(y) };
}

export function hashToField(message: Uint8Array, domain: string): readonly [bigint, bigint] {
  const bytes = expand_message_xmd(message, domain, 2 * elementBytes, sha512);
  const element = (index: number) =>
    reduce(bytesToNumberBE(bytes.subarray(index * elementBytes, (index + 1) * elementBytes)));
  return [element(0), element(1)];
}

export function hashToG1(message: Uint8Array, domain: string): G1 {
  const [first, second] = hashToField(message, domain).map((u) => g1Group.fromAffine(mapToCurve(u)));
  // 1 - x is a multiple of the exponent of the cofactor (Wahby and Boneh 2019).
  return toG1(g1Group.multiply(g1Group.add(first!, second!), seedMagnitude + 1n));
}
