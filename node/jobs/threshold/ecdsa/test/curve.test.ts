import { createHash, randomBytes } from 'node:crypto';
import { p256, p384, p521 } from '@noble/curves/nist.js';
import { secp256k1 } from '@noble/curves/secp256k1.js';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { groups, randomScalar } from '../../groups/index.ts';
import { evaluate } from '../../sharing/shamir.ts';
import { digestScalar, ecdsaGroupOf, multipleX, verifyScalar } from '../curve.ts';
import { elementAtZero, lineThrough } from '../line.ts';

const random = { bytes: (length: number) => randomBytes(length) };
const oracles = { secp256k1, p256, p384, p521 };

describe.each(Object.keys(oracles) as (keyof typeof oracles)[])('%s', (name) => {
  const group = groups[name];
  const oracle = oracles[name];
  const secret = randomScalar(group, random);
  const publicKey = group.baseMultiply(secret);
  const half = group.scalarBytes;

  it('verifies what an independent library signs, of digests of any length, and nothing else', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 64 }), (digest) => {
        const signature = oracle.sign(digest, group.encodeScalar(secret), { prehash: false, lowS: false });
        const r = group.decodeScalar(signature.subarray(0, half));
        const s = group.decodeScalar(signature.subarray(half));
        const scalar = digestScalar(group, digest);
        expect(verifyScalar(group, publicKey, scalar, r, s)).toBe(true);
        expect(verifyScalar(group, publicKey, scalar, r, group.order - s)).toBe(true);
        expect(verifyScalar(group, publicKey, (scalar + 1n) % group.order, r, s)).toBe(false);
        expect(verifyScalar(group, publicKey, scalar, r, (s + 1n) % group.order)).toBe(false);
        expect(verifyScalar(group, publicKey, scalar, s, r)).toBe(false);
        expect(verifyScalar(group, publicKey, scalar, 0n, s)).toBe(false);
        expect(verifyScalar(group, publicKey, scalar, r, group.order)).toBe(false);
      }),
      { numRuns: 5 },
    );
  });

  it('has the x coordinate of a multiple', () => {
    const factor = randomScalar(group, random);
    const { x } = oracle.Point.fromBytes(group.multiply(publicKey, factor)).toAffine();
    expect(multipleX(group, publicKey, factor)).toBe(x % group.order);
  });
});

it('takes the leftmost bits of a digest that is longer than the order', () => {
  const digest = createHash('sha512').update('abc').digest();
  expect(digestScalar(groups.p256, digest)).toBe(
    BigInt(`0x${digest.subarray(0, 32).toString('hex')}`) % groups.p256.order,
  );
  expect(digestScalar(groups.p521, digest)).toBe(BigInt(`0x${digest.toString('hex')}`));
});

it('knows no other schemes', () => {
  expect(() => ecdsaGroupOf('frost-ed25519')).toThrow(RangeError);
  expect(ecdsaGroupOf('ecdsa-p521')).toBe(groups.p521);
});

describe.each([
  [1, [1, 2, 3]],
  [1, [1, 2, 4]],
  [1, [1, 3, 4]],
  [1, [1, 3, 5]],
  [2, [1, 2, 3, 4, 5]],
  [2, [1, 3, 4, 6, 7]],
  [3, [1, 2, 4, 5, 7, 9, 10]],
] as const)('elements of a polynomial of degree %i at %j', (degree, places) => {
  const group = groups.secp256k1;
  const polynomial = Array.from({ length: degree + 1 }, () => randomScalar(group, random));
  const elementsOf = (coefficients: readonly bigint[]) =>
    new Map(places.map((at) => [at, group.baseMultiply(evaluate(coefficients, at, group.order))]));
  const line = lineThrough(places, degree);

  it('give the element at 0', () => {
    const zero = elementAtZero(line, elementsOf(polynomial), group);
    expect(Buffer.from(zero!)).toEqual(Buffer.from(group.baseMultiply(polynomial[0]!)));
  });

  it('are told from those of a higher degree, and from any with one changed', () => {
    expect(elementAtZero(line, elementsOf([...polynomial, 5n]), group)).toBeUndefined();
    for (const place of places) {
      const elements = elementsOf(polynomial);
      elements.set(place, group.baseMultiply(randomScalar(group, random)));
      expect(elementAtZero(line, elements, group)).toBeUndefined();
    }
  });
});
