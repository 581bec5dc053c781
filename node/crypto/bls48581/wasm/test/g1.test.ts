/** G1 against noble-curves' plain formulas, with the scalars and points at which methods differ. */
import { weierstrass } from '@noble/curves/abstract/weierstrass.js';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type G1, scalarOrder as r } from '../../curve.ts';
import { mapToCurve } from '../../plain/hash-to-g1.ts';
import { FixedTables, fixedBases } from '../fixed-bases.ts';
import { curveFromModule, loadWasmCurve } from '../index.ts';
import { KernelInstance } from '../instance.ts';
import { kernelLimits } from '../limits.ts';
import { fieldBytes, fromMontgomery, inverse, modulo, p, seed, toLimbs, toMontgomery } from '../numbers.ts';
import { nonAdjacentForm, signedWindows, splitByEndomorphism, splitBySeed } from '../scalars.ts';
import { checkedModule, get, getLimbs, put, putLimbs, room, run } from './internals.ts';

const curve = curveFromModule(checkedModule);
const fast = await loadWasmCurve();
const [x, y] = coordinatesOf(curve.g1);
const oracle = weierstrass({
  p,
  n: r,
  h: ((seed + 1n) * (seed + 1n)) / 3n,
  a: 0n,
  b: 1n,
  Gx: x,
  Gy: y,
});

function coordinatesOf(point: G1): [bigint, bigint] {
  const words = new Int32Array(point.slice().buffer);
  return [fromMontgomery(words.slice(0, 20)), fromMontgomery(words.slice(20))];
}
/** The multiple of the generator as x ‖ y of the kernel. */
function expected(scalar: bigint): G1 {
  const bytes = new Uint8Array(2 * fieldBytes);
  if (scalar % r === 0n) return bytes as G1;
  const point = oracle.BASE.multiplyUnsafe(scalar % r).toAffine();
  bytes.set(new Uint8Array(toMontgomery(point.x).buffer), 0);
  bytes.set(new Uint8Array(toMontgomery(point.y).buffer), fieldBytes);
  return bytes as G1;
}

const special = [
  0n,
  1n,
  2n,
  15n,
  16n,
  31n,
  32n,
  33n,
  63n,
  64n,
  seed,
  seed + 1n,
  seed ** 8n,
  seed ** 8n - 1n,
  seed ** 8n + 1n,
  r - 1n,
  r - 2n,
  r - seed ** 8n,
  (r - 1n) / 2n,
  (r + 1n) / 2n,
  2n ** 517n,
  2n ** 517n - 1n,
  // Digits all at the turning point of signed windows, and all ones.
  Array.from({ length: 86 }, (_, index) => 32n << BigInt(6 * index)).reduce((sum, digit) => sum + digit, 0n),
  Array.from({ length: 86 }, (_, index) => 33n << BigInt(6 * index)).reduce((sum, digit) => sum + digit, 0n),
  2n ** 516n - 1n,
];
const scalar = fc.oneof(
  { weight: 3, arbitrary: fc.bigInt({ min: 0n, max: r - 1n }) },
  { weight: 2, arbitrary: fc.constantFrom(...special) },
  { weight: 1, arbitrary: fc.bigInt({ min: 0n, max: 2n ** 128n }) },
);

describe('multiplication', () => {
  test.each(special.map((value) => [value]))('by %d, every way', (value) => {
    const result = expected(value);
    expect(curve.multiplyG1(curve.g1, value)).toEqual(result);
    expect(curve.multiplyG1Secret(curve.g1, value)).toEqual(result);
    expect(curve.fixedBases([curve.g1]).sum([value])).toEqual(result);
  });

  test('of other points', () => {
    fc.assert(
      fc.property(scalar, scalar, (a, b) => {
        const base = curve.multiplyG1(curve.g1, a);
        const product = expected((a * b) % r);
        expect(curve.multiplyG1(base, b)).toEqual(product);
        expect(curve.multiplyG1Secret(base, b)).toEqual(product);
        expect(fast.multiplyG1(base, b)).toEqual(product);
      }),
      { numRuns: 25 },
    );
  });
});

describe('sums', () => {
  /** Few distinct logarithms: equal, opposite and missing points meet in tables, buckets and accumulators. */
  const logarithm = fc.oneof(
    fc.constantFrom(0n, 1n, r - 1n, 2n, r - 2n, seed ** 8n, r - seed ** 8n),
    fc.bigInt({ min: 0n, max: r - 1n }),
  );
  const known = new Map<bigint, G1>();
  const point = (k: bigint) => known.get(k) ?? known.set(k, curve.multiplyG1(curve.g1, k)).get(k)!;

  const sumHolds = (logarithms: readonly bigint[], scalars: readonly bigint[]) => {
    const points = logarithms.map(point);
    const total = logarithms.reduce((sum, k, index) => sum + k * scalars[index]!, 0n) % r;
    expect(curve.multiSumG1(points, scalars)).toEqual(expected(total));
    return { points, total };
  };

  test('two points, also equal, opposite and none', () => {
    fc.assert(
      fc.property(logarithm, logarithm, (a, b) => {
        expect(curve.addG1(point(a), point(b))).toEqual(expected((a + b) % r));
        expect(curve.addG1(point(a), curve.negateG1(point(b)))).toEqual(expected((a - b + r) % r));
      }),
      { numRuns: 40 },
    );
  });

  test('few points, and fixed bases', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(logarithm, scalar), { maxLength: 6 }), (terms) => {
        const scalars = terms.map(([, value]) => value);
        const { points, total } = sumHolds(
          terms.map(([k]) => k),
          scalars,
        );
        const bases = curve.fixedBases(points);
        expect(bases.sum(scalars)).toEqual(expected(total));
        const start = point(3n);
        const entries = scalars.map((value, index) => ({ index, scalar: value }));
        expect(bases.addTo(start, [...entries, ...entries])).toEqual(expected((3n + 2n * total) % r));
      }),
      { numRuns: 12 },
    );
  });

  test('many points: buckets, whole scalars and weights of 128 bits', () => {
    const logarithms = Array.from({ length: 260 }, (_, index) => [1n, r - 1n, 2n, 5n, 0n][index % 5]!);
    const value = (index: number) => (BigInt(index) ** 40n * 7919n) % r;
    sumHolds(
      logarithms,
      logarithms.map((_, index) => value(index)),
    );
    sumHolds(
      logarithms,
      logarithms.map((_, index) => value(index) >> 390n),
    );
    // All in one bucket.
    sumHolds(
      logarithms,
      logarithms.map(() => 1n),
    );
  });

  test('bases beyond those that have tables', () => {
    const kernel = new KernelInstance(checkedModule);
    const points = [2n, 3n, 5n].map(point);
    const bases = fixedBases(kernel, new FixedTables(kernel, 1), curve.g1Identity, points);
    expect(bases.sum([7n, 11n, r - 1n])).toEqual(expected(2n * 7n + 3n * 11n - 5n));
    // The same points have the same table, wherever they stand.
    expect(bases.addTo(point(9n), [{ index: 2, scalar: 4n }])).toEqual(expected(29n));
  });

  test('more entries than are summed at once', () => {
    const bases = fast.fixedBases([point(2n), point(3n)]);
    const count = kernelLimits.fixedSumMax + 3;
    const entries = Array.from({ length: count }, (_, index) => ({
      index: index % 2,
      scalar: BigInt(index),
    }));
    const total = entries.reduce((sum, { index, scalar }) => sum + BigInt(index + 2) * scalar, 0n);
    expect(bases.addTo(point(1n), entries)).toEqual(expected(total + 1n));
  });

  test('entries of other lists are refused', () => {
    const bases = fast.fixedBases([fast.g1, point(5n)]);
    expect(() => bases.addTo(fast.g1, [{ index: 2, scalar: 1n }])).toThrow(RangeError);
    expect(() => bases.sum([1n, 2n, 3n])).toThrow(RangeError);
    expect(() => bases.sum([r])).toThrow(RangeError);
    expect(() => bases.sum([-1n])).toThrow(RangeError);
    expect(bases.sum([undefined, 3n])).toEqual(expected(15n));
    expect(bases.sum([])).toEqual(fast.g1Identity);
  });

  test('pairs that are equal, opposite or empty, in every round', () => {
    const places = 100;
    const [points, inverses] = [room(2 * places), room(3 * places)];
    const known = [0n, 1n, r - 1n, 2n, r - 2n].map((k) => ({ k, bytes: point(k) }));
    const logarithmIndex = fc.nat(known.length - 1);
    fc.assert(
      fc.property(
        fc.oneof(
          fc.array(logarithmIndex, { minLength: 1, maxLength: places }),
          fc
            .tuple(fc.integer({ min: 1, max: places }), logarithmIndex)
            .map(([n, one]) => Array<number>(n).fill(one)),
        ),
        (indices) => {
          indices.forEach((index, position) => {
            putLimbs(points + position * 2 * fieldBytes, new Int32Array(known[index]!.bytes.slice().buffer));
          });
          run('g1AffineSum', points, indices.length, inverses);
          const total = indices.reduce((sum, index) => sum + known[index]!.k, 0n) % r;
          const limbs = [...getLimbs(points), ...getLimbs(points + fieldBytes)];
          expect(new Uint8Array(Int32Array.from(limbs).buffer)).toEqual(expected(total));
        },
      ),
      { numRuns: 60 },
    );
  });
});

describe('points of the curve outside the subgroup', () => {
  const [a, image, sum] = [room(2), room(2), room(3)];

  test('they do not decode, of whatever order', () => {
    // (0, 1) has order 3, (-1, 0) order 2; 2^3 + 1 = 9 is a square.
    for (const [px, py] of [
      [0n, 1n],
      [p - 1n, 0n],
      [2n, 3n],
    ] as const) {
      put(a, [px, py]);
      expect(run('g1IsValid', a)).toBe(1);
      expect(run('g1InSubgroup', a)).toBe(0);
      const encoded = new Uint8Array(74);
      encoded[0] = 2 + Number(py & 1n);
      encoded.set(
        Array.from({ length: 73 }, (_, index) => Number((px >> BigInt(8 * (72 - index))) & 255n)),
        1,
      );
      expect(curve.decodeG1(encoded)).toBeUndefined();
    }
  });

  test('the subgroup test says what multiplication by r says', () => {
    const cofactor = ((seed + 1n) * (seed + 1n)) / 3n;
    // A point of the whole group; its multiples by k lose parts of their order. And (2, 3), of order 6.
    for (const k of [1n, 2n, 3n, seed + 1n, cofactor, cofactor / 2n, r]) {
      for (const start of [mapToCurve(5n), { x: 2n, y: 3n }]) {
        const point = multiple(start, k);
        if (point === undefined) continue;
        put(a, [point.x, point.y]);
        expect(run('g1InSubgroup', a)).toBe(Number(multiple(point, r) === undefined));
      }
    }
  });

  test('sums of any points of the curve: doubling of order two, inverse points', () => {
    put(a, [p - 1n, 0n]);
    run('g1FromAffine', sum, a);
    run('g1Double', sum, sum);
    run('g1ToAffine', image, sum);
    expect(get(image, 2)).toEqual([0n, 0n]);
    run('g1FromAffine', sum, a);
    run('g1AddAffine', sum, sum, a);
    run('g1ToAffine', image, sum);
    expect(get(image, 2)).toEqual([0n, 0n]);
  });

  /** By the textbook, as noble's formulas are for groups of odd order. */
  function multiple(point: Point, k: bigint): Point | undefined {
    let result: Point | undefined;
    for (const bit of k.toString(2)) {
      result = sumOf(result, result);
      if (bit === '1') result = sumOf(result, point);
    }
    return result;
  }
  interface Point {
    readonly x: bigint;
    readonly y: bigint;
  }
  function sumOf(left: Point | undefined, right: Point | undefined): Point | undefined {
    if (left === undefined || right === undefined) return left ?? right;
    if (left.x === right.x && modulo(left.y + right.y, p) === 0n) return undefined;
    const slope =
      left.x === right.x
        ? 3n * left.x * left.x * inverse(2n * left.y, p)
        : (right.y - left.y) * inverse(right.x - left.x, p);
    const x3 = modulo(slope * slope - left.x - right.x, p);
    return { x: x3, y: modulo(slope * (left.x - x3) - left.y, p) };
  }
});

describe('elements from outside', () => {
  const flipped = (position: number) => {
    const bytes = fast.g1.slice();
    bytes[position]! ^= 1;
    return bytes as G1;
  };

  test('bytes that no operation returned are refused', () => {
    const unreduced = new Uint8Array(2 * fieldBytes);
    const words = new Int32Array(fast.g1.slice().buffer);
    const moved = toLimbs(
      words.reduceRight((value, limb, index) => (index < 20 ? (value << 30n) + BigInt(limb) : value), 0n) + p,
    );
    unreduced.set(fast.g1);
    unreduced.set(new Uint8Array(moved.buffer), 0);
    for (const bad of [
      flipped(0),
      flipped(79),
      flipped(80),
      flipped(159),
      unreduced,
      fast.g1.slice(1),
      new Uint8Array(),
    ]) {
      const element = bad as G1;
      expect(() => fast.addG1(fast.g1, element)).toThrow(RangeError);
      expect(() => fast.multiplyG1(element, 0n)).toThrow(RangeError);
      expect(() => fast.encodeG1(element)).toThrow(RangeError);
      expect(() => fast.fixedBases([element])).toThrow(RangeError);
      expect(() => fast.pairingProductIsOne([{ g1: element, g2: fast.prepareG2(fast.g2) }])).toThrow(
        RangeError,
      );
    }
  });

  test('any bytes are decoded or refused, never accepted in two forms', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 74, maxLength: 74 }),
        fc.constantFrom(0, 2, 3, 4, 255),
        (bytes, tag) => {
          bytes[0] = tag;
          bytes[1]! &= 0x1f;
          const point = fast.decodeG1(bytes);
          if (point !== undefined) expect(fast.encodeG1(point)).toEqual(bytes);
        },
      ),
      { numRuns: 50 },
    );
  });
});

describe('digits', () => {
  test('they add up to the scalar', () => {
    fc.assert(
      fc.property(scalar, fc.integer({ min: 2, max: 14 }), (value, bits) => {
        let total = 0n;
        signedWindows(value, bits, Math.ceil(519 / bits), (window, digit) => {
          expect(Math.abs(digit)).toBeLessThanOrEqual(2 ** (bits - 1));
          total += BigInt(digit) << BigInt(bits * window);
        });
        expect(total).toBe(value);
        let odd = 0n;
        nonAdjacentForm(value, (position, digit) => {
          expect(digit % 2).not.toBe(0);
          expect(Math.abs(digit)).toBeLessThan(16);
          odd += BigInt(digit) << BigInt(position);
        });
        expect(odd).toBe(value);
        const [low, high] = splitByEndomorphism(value);
        expect(low + high * seed ** 8n).toBe(value);
        expect(splitBySeed(value).reduceRight((sum, digit) => sum * seed + digit, 0n)).toBe(value);
      }),
    );
    expect(() => signedWindows(2n ** 30n, 6, 5, () => undefined)).toThrow(RangeError);
  });
});
