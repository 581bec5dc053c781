/** G2, the pairing and hashing against the implementation in big integers. */
import { hexToBytes } from '@noble/curves/utils.js';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type G2, scalarOrder as r } from '../../curve.ts';
import { mapToCurve } from '../../plain/hash-to-g1.ts';
import { plainCurve } from '../../plain/index.ts';
import { vectors } from '../../test/curve-vectors.ts';
import { curveFromModule, loadWasmCurve } from '../index.ts';
import { kernelLimits } from '../limits.ts';
import { seed } from '../numbers.ts';
import { checkedModule, get, put, room, run } from './internals.ts';

const curve = curveFromModule(checkedModule);
const fast = await loadWasmCurve();
const plain = plainCurve();
const scalar = fc.oneof(
  { weight: 2, arbitrary: fc.bigInt({ min: 0n, max: r - 1n }) },
  { weight: 1, arbitrary: fc.constantFrom(0n, 1n, 2n, seed, seed - 1n, seed ** 15n, r - 1n, (r + 1n) / 2n) },
);

describe('G2', () => {
  test('multiples, in both ways', () => {
    fc.assert(
      fc.property(scalar, scalar, (a, b) => {
        const base = curve.multiplyG2(curve.g2, a);
        const product = plain.multiplyG2(plain.g2, (a * b) % r);
        expect(curve.encodeG2(curve.multiplyG2(base, b))).toEqual(plain.encodeG2(product));
        expect(curve.publicKey((a * b) % r)).toEqual(curve.multiplyG2(base, b));
      }),
      { numRuns: 6 },
    );
  });

  test('sums, also of equal, opposite and no points', () => {
    const logarithms = [0n, 1n, 2n, 3n, r - 1n, r - 2n];
    const points = logarithms.map((k) => fast.multiplyG2(fast.g2, k));
    logarithms.forEach((a, i) => {
      logarithms.forEach((b, j) => {
        const sum = logarithms.indexOf((a + b) % r);
        if (sum >= 0) expect(curve.addG2(points[i]!, points[j]!)).toEqual(points[sum]);
      });
      expect(curve.negateG2(points[i]!)).toEqual(
        points[logarithms.indexOf((r - a) % r)] ?? curve.negateG2(points[i]!),
      );
    });
  });

  test('bytes that no operation returned are refused', () => {
    for (const position of [0, 639, 640, 1279]) {
      const bytes = fast.g2.slice();
      bytes[position]! ^= 4;
      expect(() => fast.addG2(fast.g2, bytes as G2)).toThrow(RangeError);
      expect(() => fast.prepareG2(bytes as G2)).toThrow(RangeError);
    }
    expect(() => fast.encodeG2(fast.g2.slice(2) as G2)).toThrow(RangeError);
  });

  test('of the twist only the subgroup decodes', () => {
    const outside = vectors.g2Decompress.filter(({ onCurve, inSubgroup }) => onCurve && !inSubgroup);
    expect(outside.length).toBeGreaterThan(0);
    for (const { bytes } of outside) expect(curve.decodeG2(hexToBytes(bytes))).toBeUndefined();
    // Small x by trial: points of the twist, of huge order.
    let found = 0;
    for (let x = 1; found < 3 && x < 20; x++) {
      const bytes = new Uint8Array(585);
      bytes[0] = 2;
      bytes[584] = x;
      expect(curve.decodeG2(bytes)).toBeUndefined();
      expect(plain.decodeG2(bytes)).toBeUndefined();
      found++;
    }
  });
});

describe('pairing', () => {
  test('its values are those of big integers', () => {
    const [a, b] = [31n ** 90n % r, 7n ** 180n % r];
    const pairs = (of: typeof plain) => [
      { g1: of.multiplyG1(of.g1, a), g2: of.prepareG2(of.multiplyG2(of.g2, b)) },
      { g1: of.multiplyG1(of.g1, 5n), g2: of.prepareG2(of.g2) },
    ];
    expect(curve.pairingProduct(pairs(curve))).toEqual(plain.pairingProduct(pairs(plain)));
    expect(curve.pairingProduct([])).toEqual(plain.pairingProduct([]));
  });

  test('products of more pairs than one loop takes', () => {
    const count = 2 * kernelLimits.millerPairsMax + 1;
    const prepared = [1n, 2n, 3n].map((k) => curve.prepareG2(curve.multiplyG2(curve.g2, k)));
    const pairs = Array.from({ length: count }, (_, index) => ({
      g1: curve.multiplyG1(curve.g1, BigInt(index + 1)),
      g2: prepared[index % 3]!,
    }));
    const total = pairs.reduce((sum, _, index) => sum + (index + 1) * ((index % 3) + 1), 0);
    const last = { g1: curve.negateG1(curve.multiplyG1(curve.g1, BigInt(total))), g2: prepared[0]! };
    expect(curve.pairingProductIsOne([...pairs, last])).toBe(true);
    expect(curve.pairingProductIsOne([...pairs.slice(1), last])).toBe(false);
  });

  test('only what this implementation prepared is paired', () => {
    const foreign = plain.prepareG2(plain.g2);
    expect(() => curve.pairingProductIsOne([{ g1: curve.g1, g2: foreign }])).toThrow(RangeError);
  });
});

describe('hashing', () => {
  const [u, point] = [room(1), room(2)];
  const mapped = (value: bigint) => {
    put(u, [value]);
    run('g1Map', point, u);
    return get(point, 2);
  };

  test('the map, at every branch', () => {
    const edges = vectors.mapToCurveEdge.map(({ u: hex }) => BigInt(`0x${hex}`));
    const vectorValues = vectors.hashToG1.cases.flatMap((entry) => entry.u.map((hex) => BigInt(`0x${hex}`)));
    for (const value of [...edges, ...vectorValues, ...Array.from({ length: 24 }, (_, k) => BigInt(k))]) {
      const { x, y } = mapToCurve(value);
      expect(mapped(value)).toEqual([x, y]);
    }
  });

  test('messages and domains', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 300 }),
        fc.string({ minLength: 1, maxLength: 300 }),
        (message, domain) => {
          expect(fast.encodeG1(fast.hashToG1(message, domain))).toEqual(
            plain.encodeG1(plain.hashToG1(message, domain)),
          );
        },
      ),
      { numRuns: 6 },
    );
  });
});
