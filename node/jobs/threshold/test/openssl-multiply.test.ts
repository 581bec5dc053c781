import { p256, p384, p521 } from '@noble/curves/nist.js';
import { secp256k1 } from '@noble/curves/secp256k1.js';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createPooledRandom } from '../../../crypto/random.ts';
import { type GroupName, groups, randomScalar } from '../groups/index.ts';
import { evaluate, interpolateElements } from '../sharing/shamir.ts';

const curves = { p256, p384, p521, secp256k1 };
const random = createPooledRandom();

describe.each(Object.keys(curves) as (keyof typeof curves)[])('multiples on %s', (name) => {
  const group = groups[name];
  const { Point } = curves[name];

  it('have the y coordinate that an independent library gives, also at the ends of the range', () => {
    const point = Point.BASE.multiply(randomScalar(group, random));
    const element = point.toBytes(false);
    const { order } = group;
    for (const scalar of [1n, 2n, 3n, order / 2n, order - 3n, order - 2n, order - 1n]) {
      const expected = Buffer.from(point.multiplyUnsafe(scalar).toBytes(false));
      expect(Buffer.from(group.multiply(element, scalar))).toEqual(expected);
      expect(Buffer.from(group.multiplyPublic(element, scalar))).toEqual(expected);
    }
    expect(() => group.multiply(element, 0n)).toThrow(RangeError);
    expect(() => group.multiply(element, order)).toThrow(RangeError);
  });

  it('are refused of what is no point of the curve', () => {
    const element = Uint8Array.from(Point.BASE.toBytes(false));
    element[element.length - 1]! ^= 1;
    expect(() => group.multiply(element, 5n)).toThrow(RangeError);
    expect(() => group.multiply(Point.BASE.toBytes(true), 5n)).toThrow(RangeError);
    expect(() => group.multiply(new Uint8Array(element.length), 5n)).toThrow(RangeError);
  });
});

describe.each(Object.keys(groups) as GroupName[])('elements shared in %s', (name) => {
  const group = groups[name];

  it('give the same sum whichever places are taken', () => {
    const places = fc.uniqueArray(fc.integer({ min: 1, max: 10 }), { minLength: 2, maxLength: 4 });
    fc.assert(
      fc.property(places, (some) => {
        const polynomial = some.map(() => randomScalar(group, random));
        const values = some.map(
          (at) => [at, group.baseMultiply(evaluate(polynomial, at, group.order))] as const,
        );
        expect(Buffer.from(interpolateElements(new Map(values), group))).toEqual(
          Buffer.from(group.baseMultiply(polynomial[0]!)),
        );
      }),
      { numRuns: 15 },
    );
  });
});
