import { createECDH } from 'node:crypto';
import { ed25519 as nobleEd25519, ristretto255 as nobleRistretto } from '@noble/curves/ed25519.js';
import { p256, p384, p521 } from '@noble/curves/nist.js';
import { secp256k1 } from '@noble/curves/secp256k1.js';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type GroupName, groups } from '../groups/index.ts';

const oracles = {
  ristretto255: nobleRistretto.Point,
  ed25519: nobleEd25519.Point,
  secp256k1: secp256k1.Point,
  p256: p256.Point,
  p384: p384.Point,
  p521: p521.Point,
};

describe.each(Object.keys(groups) as GroupName[])('%s', (name) => {
  const group = groups[name];
  const oracle = oracles[name];
  const scalar = fc.bigInt({ min: 2n, max: group.order - 2n });
  const encode = (point: { toBytes(compressed?: boolean): Uint8Array }) =>
    Buffer.from(name === 'ristretto255' || name === 'ed25519' ? point.toBytes() : point.toBytes(false));

  it('agrees with an independent library', () => {
    fc.assert(
      fc.property(scalar, scalar, (a, b) => {
        const [pointA, pointB] = [oracle.BASE.multiply(a), oracle.BASE.multiply(b)];
        const elementA = group.baseMultiply(a);
        const elementB = group.baseMultiply(b);
        expect(Buffer.from(elementA)).toEqual(encode(pointA));
        expect(Buffer.from(group.multiply(elementA, b))).toEqual(encode(pointA.multiply(b)));
        expect(Buffer.from(group.multiplyPublic(elementA, b))).toEqual(encode(pointA.multiply(b)));
        fc.pre(a !== b && a + b !== group.order);
        expect(Buffer.from(group.add(elementA, elementB))).toEqual(encode(pointA.add(pointB as never)));
        expect(Buffer.from(group.negate(elementA))).toEqual(encode(pointA.negate()));
      }),
      { numRuns: 10 },
    );
  });

  it('combines elements as scalars combine', () => {
    const factor = fc.oneof(fc.bigInt({ min: -9n, max: 9n }), scalar);
    fc.assert(
      fc.property(scalar, scalar, factor, factor, (a, b, x, y) => {
        const sum = (((a * x + b * y) % group.order) + group.order) % group.order;
        const terms = [
          { element: group.baseMultiply(a), factor: x },
          { element: group.baseMultiply(b), factor: y },
        ];
        if (sum === 0n) expect(() => group.combine(terms)).toThrow(RangeError);
        else expect(Buffer.from(group.combine(terms))).toEqual(Buffer.from(group.baseMultiply(sum)));
      }),
      { numRuns: 20 },
    );
  });

  it('takes canonical elements that are not the identity, and no others', () => {
    const element = group.baseMultiply(5n);
    expect(group.isElement(element)).toBe(true);
    expect(group.isElement(element.subarray(1))).toBe(false);
    expect(group.isElement(new Uint8Array(group.elementBytes))).toBe(false);
    const flipped = Uint8Array.from(element);
    flipped[group.elementBytes - 1]! ^= 0xff;
    flipped[1]! ^= 0x55;
    if (name !== 'ristretto255' && name !== 'ed25519') expect(group.isElement(flipped)).toBe(false);
    expect(group.isElement(new Uint8Array(group.elementBytes).fill(0xff))).toBe(false);
    expect(() => group.add(element, group.negate(element))).toThrow(RangeError);
  });

  it('reads and writes scalars of one length', () => {
    for (const value of [0n, 1n, group.order - 1n]) {
      const bytes = group.encodeScalar(value);
      expect(bytes).toHaveLength(group.scalarBytes);
      expect(group.decodeScalar(bytes)).toBe(value);
    }
    expect(() => group.encodeScalar(group.order)).toThrow(RangeError);
    expect(() => group.decodeScalar(new Uint8Array(group.scalarBytes).fill(0xff))).toThrow(RangeError);
    expect(() => group.baseMultiply(0n)).toThrow(RangeError);
  });
});

it('gives the public keys that OpenSSL gives', () => {
  const key = createECDH('prime256v1');
  key.generateKeys();
  const element = groups.p256.baseMultiply(groups.p256.decodeScalar(pad(key.getPrivateKey(), 32)));
  expect(Buffer.from(element)).toEqual(key.getPublicKey());
});

it('takes no point of small or mixed order on edwards25519', () => {
  const torsion = nobleEd25519.Point.fromHex(
    '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
  );
  expect(groups.ed25519.isElement(torsion.toBytes())).toBe(false);
  expect(groups.ed25519.isElement(torsion.add(nobleEd25519.Point.BASE).toBytes())).toBe(false);
});

function pad(bytes: Uint8Array, length: number): Uint8Array {
  return Buffer.concat([Buffer.alloc(length - bytes.length), bytes]);
}
