/** The vectors of the reference and the laws of a group, for any implementation of `Curve`. */
import { bytesToHex, hexToBytes } from '@noble/curves/utils.js';
import { sha512 } from '@noble/hashes/sha2.js';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Curve, curveSizes, type G1, type G2, scalarOrder } from '../curve.ts';
import vectors from './golden/bls48581.json' with { type: 'json' };

export { vectors };
export const scalarOf = (hex: string) => BigInt(`0x${hex}`);
const reduced = (hex: string) => scalarOf(hex) % scalarOrder;

export function describeCurve(name: string, curve: Curve): void {
  const g1 = (hex: string): G1 => curve.decodeG1(hexToBytes(hex))!;
  const g2 = (hex: string): G2 => curve.decodeG2(hexToBytes(hex))!;
  const hex1 = (point: G1) => bytesToHex(curve.encodeG1(point));
  const hex2 = (point: G2) => bytesToHex(curve.encodeG2(point));
  const anyScalar = fc.bigInt({ min: 0n, max: scalarOrder - 1n });

  describe(`${name}: G1`, () => {
    test('the generator', () => expect(hex1(curve.g1)).toBe(vectors.generators.g1Compressed));

    test.each(vectors.g1ScalarMulGenerator)('multiplies the generator by $scalar', ({ scalar, point }) => {
      expect(hex1(curve.multiplyG1(curve.g1, reduced(scalar)))).toBe(point);
      expect(hex1(curve.multiplyG1Secret(curve.g1, reduced(scalar)))).toBe(point);
    });

    test.each(vectors.g1ScalarMulVariableBase)('multiplies $base', ({ base, scalar, point }) => {
      expect(hex1(curve.multiplyG1(g1(base), reduced(scalar)))).toBe(point);
      expect(hex1(curve.multiplyG1Secret(g1(base), reduced(scalar)))).toBe(point);
    });

    test.each(vectors.g1ScalarMulEdge.cases)(
      'multiplies by $expr',
      ({ scalar, isIdentity, encodedByReference }) => {
        const result = curve.multiplyG1(curve.g1, reduced(scalar));
        expect(curve.isIdentity(result)).toBe(isIdentity);
        if (!isIdentity) expect(hex1(result)).toBe(encodedByReference);
      },
    );

    test.each(vectors.g1Add)('adds: $kind', ({ a, b, sum, isIdentity }) => {
      const result = curve.addG1(g1(a), g1(b));
      expect(curve.isIdentity(result)).toBe(isIdentity);
      expect(hex1(result)).toBe(sum ?? '00'.repeat(curveSizes.g1));
    });

    test.each(vectors.g1Decompress)('decodes: $name', ({ bytes, strict }) => {
      const point = curve.decodeG1(hexToBytes(bytes));
      expect(point === undefined ? 'reject' : 'accept').toBe(strict);
      if (point !== undefined) expect(hex1(point)).toBe(bytes);
    });

    test('the identity is a tag and zeros, and nothing else with that tag', () => {
      const bytes = new Uint8Array(curveSizes.g1);
      expect(curve.decodeG1(bytes)).toEqual(curve.g1Identity);
      expect(curve.encodeG1(curve.g1Identity)).toEqual(bytes);
      bytes[73] = 1;
      expect(curve.decodeG1(bytes)).toBeUndefined();
      expect(curve.decodeG1(new Uint8Array(curveSizes.g1 - 1))).toBeUndefined();
      expect(curve.decodeG1(new Uint8Array(curveSizes.g1 + 1))).toBeUndefined();
    });

    test('equal elements have equal bytes, however they were reached', () => {
      fc.assert(
        fc.property(anyScalar, anyScalar, (a, b) => {
          const left = curve.addG1(curve.multiplyG1(curve.g1, a), curve.multiplyG1(curve.g1, b));
          expect(left).toEqual(curve.multiplyG1(curve.g1, (a + b) % scalarOrder));
          expect(curve.decodeG1(curve.encodeG1(left))).toEqual(left);
          expect(curve.addG1(left, curve.negateG1(left))).toEqual(curve.g1Identity);
        }),
        { numRuns: 10 },
      );
    });

    test('sums of multiples agree with single multiplications', () => {
      const points = [2n, 3n, 5n, 0n, 7n].map((k) => curve.multiplyG1(curve.g1, k));
      const bases = curve.fixedBases(points);
      fc.assert(
        fc.property(
          fc.array(fc.oneof(anyScalar, fc.constantFrom(0n, 1n, scalarOrder - 1n)), {
            minLength: 5,
            maxLength: 5,
          }),
          (scalars) => {
            const sum = points
              .map((point, index) => curve.multiplyG1(point, scalars[index]!))
              .reduce((left, right) => curve.addG1(left, right), curve.g1Identity);
            expect(curve.multiSumG1(points, scalars)).toEqual(sum);
            expect(bases.sum(scalars)).toEqual(sum);
            const sparse = [undefined, ...scalars.slice(1, 3)];
            const rest = [0, 3, 4].map((index) => ({ index, scalar: scalars[index]! }));
            expect(bases.addTo(bases.sum(sparse), rest)).toEqual(sum);
          },
        ),
        { numRuns: 5 },
      );
      expect(curve.multiSumG1([], [])).toEqual(curve.g1Identity);
      expect(bases.length).toBe(5);
    });

    test('scalars outside their range are refused', () => {
      expect(() => curve.multiplyG1(curve.g1, -1n)).toThrow();
      expect(() => curve.multiplyG1(curve.g1, scalarOrder)).toThrow();
      expect(() => curve.multiSumG1([curve.g1], [])).toThrow();
    });
  });

  describe(`${name}: G2`, () => {
    test('the generator', () => expect(hex2(curve.g2)).toBe(vectors.generators.g2Compressed));

    test.each(vectors.g2ScalarMulGenerator)('multiplies the generator by $scalar', ({ scalar, point }) => {
      expect(hex2(curve.multiplyG2(curve.g2, reduced(scalar)))).toBe(point);
      expect(hex2(curve.publicKey(reduced(scalar)))).toBe(point);
    });

    test('multiples of the order are the identity, which does not decode', () => {
      const identity = curve.multiplyG2(curve.g2, 0n);
      expect(curve.addG2(curve.g2, curve.negateG2(curve.g2))).toEqual(identity);
      expect(curve.addG2(curve.g2, identity)).toEqual(curve.g2);
      expect(curve.decodeG2(new Uint8Array(curveSizes.g2))).toBeUndefined();
    });

    test.each(vectors.g2Add)('adds: $kind', ({ a, b, sum }) => {
      expect(hex2(curve.addG2(g2(a), g2(b)))).toBe(sum);
    });

    test.each(vectors.g2Decompress)('decodes: $name', ({ bytes, strict }) => {
      const point = curve.decodeG2(hexToBytes(bytes));
      expect(point === undefined ? 'reject' : 'accept').toBe(strict);
      if (point !== undefined) expect(hex2(point)).toBe(bytes);
    });
  });

  describe(`${name}: pairing`, () => {
    const { pairing } = vectors;
    const hash = (pairs: Parameters<Curve['pairingProduct']>[0]) =>
      bytesToHex(sha512(curve.pairingProduct(pairs)));
    const generator = curve.prepareG2(curve.g2);

    test('its value at the generators, and at the negated one', () => {
      expect(bytesToHex(curve.pairingProduct([{ g1: curve.g1, g2: generator }]))).toBe(pairing.gtGenerator);
      expect(hash([{ g1: curve.negateG1(curve.g1), g2: generator }])).toBe(pairing.e_minusG1_G2_sha512);
    });

    test('it is bilinear', () => {
      const { aP, bQ, abP, full_e_aP_bQ, e_abP_Q_sha512 } = pairing.bilinearity;
      expect(hex1(curve.multiplyG1(curve.g1, reduced(pairing.a)))).toBe(aP);
      expect(hex2(curve.multiplyG2(curve.g2, reduced(pairing.b)))).toBe(bQ);
      const moved = curve.prepareG2(g2(bQ));
      expect(bytesToHex(curve.pairingProduct([{ g1: g1(aP), g2: moved }]))).toBe(full_e_aP_bQ);
      expect(hash([{ g1: g1(abP), g2: generator }])).toBe(e_abP_Q_sha512);
      const pairs = [
        { g1: g1(aP), g2: moved },
        { g1: curve.negateG1(g1(abP)), g2: generator },
      ];
      expect(curve.pairingProductIsOne(pairs)).toBe(true);
      expect(curve.pairingProductIsOne(pairs.slice(1))).toBe(false);
    });

    test('identities contribute nothing', () => {
      const none = curve.prepareG2(curve.multiplyG2(curve.g2, 0n));
      expect(curve.pairingProductIsOne([])).toBe(true);
      expect(curve.pairingProductIsOne([{ g1: curve.g1Identity, g2: generator }])).toBe(true);
      expect(curve.pairingProductIsOne([{ g1: curve.g1, g2: none }])).toBe(true);
      expect(curve.pairingProductIsOne([{ g1: curve.g1, g2: generator }])).toBe(false);
    });
  });

  describe(`${name}: hashing to G1`, () => {
    test.each(vectors.hashToG1.cases)('of $msg', ({ msg, point }) => {
      expect(hex1(curve.hashToG1(hexToBytes(msg), vectors.hashToG1.dst))).toBe(point);
    });
  });
}
