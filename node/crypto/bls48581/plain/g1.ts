/** The group G1: points of order r of y^2 = x^3 + 1 over Fp. */
import { curveSizes, type FixedBases, type G1, scalarOrder } from '../curve.ts';
import { readElements, tagOf, tags, writeElements } from './bytes.ts';
import { generatorG1, seedMagnitude } from './constants.ts';
import { fieldPrime, fp, power } from './field.ts';
import { type Affine, createPointGroup, digitsOf, type Point, sumByBuckets } from './points.ts';

export const g1Group = createPointGroup(fp, 1n, (a) => fp.scale(a, 3n));

/** A primitive cube root of one in Fp: the one for which (x, y) -> (beta*x, y) is -x^8 on G1, x the seed. */
const beta = (() => {
  const root = power(fp, 2n, (fieldPrime - 1n) / 3n);
  const image = g1Group.toAffine(timesMinusSeed8(g1Group.fromAffine(generatorG1)))!;
  const candidate = [root, fp.square(root)].find((c) => fp.multiply(c, generatorG1.x) === image.x);
  if (candidate === undefined || image.y !== generatorG1.y) throw new Error('no cube root of one fits');
  return candidate;
})();

function timesMinusSeed8(point: Point<bigint>): Point<bigint> {
  return g1Group.negate(g1Group.multiply(point, seedMagnitude ** 8n));
}

/**
 * phi(x, y) = (beta*x, y) satisfies phi^2 + phi + 1 = 0 on the whole curve. If phi(P) = -x^8 P, then (x^16 - x^8 + 1) P
 * = r P = 0; and every P of G1 has that property, as its generator has it. (Scott 2021, "A note on group membership
 * tests for G1, G2 and GT on BLS pairing-friendly curves".)
 */
export function isInG1(point: Affine<bigint>): boolean {
  if (!g1Group.isOnCurve(point)) return false;
  const multiple = timesMinusSeed8(g1Group.fromAffine(point));
  // No multiple of a point of G1 by a number below r is the identity, or exceptional.
  if (fp.isZero(multiple.z)) return false;
  const image = g1Group.toAffine(multiple)!;
  return image.x === fp.multiply(beta, point.x) && image.y === point.y;
}

/** The opaque form: x ‖ y, or zeros for the identity ((0, 0) is not on the curve). */
export function toG1(point: Point<bigint>): G1 {
  const affine = g1Group.toAffine(point);
  return writeElements(affine === undefined ? [0n, 0n] : [affine.x, affine.y]) as G1;
}

export function fromG1(element: G1): Affine<bigint> | undefined {
  const values = readElements(element, 2);
  if (values === undefined) throw new RangeError('not an element of G1 of this implementation');
  const [x, y] = values as [bigint, bigint];
  return x === 0n && y === 0n ? undefined : { x, y };
}

export const projectiveG1 = (element: G1): Point<bigint> => g1Group.fromAffine(fromG1(element));

/** tag ‖ x of any point of the curve. */
export function compressG1(point: Affine<bigint> | undefined): Uint8Array {
  const bytes = new Uint8Array(curveSizes.g1);
  if (point === undefined) return bytes;
  bytes[0] = tagOf(point.y);
  bytes.set(writeElements([point.x]), 1);
  return bytes;
}

export function decodeG1(bytes: Uint8Array): G1 | undefined {
  if (bytes.length !== curveSizes.g1) return undefined;
  const [tag] = bytes;
  if (tag === tags.identity) {
    return bytes.every((byte) => byte === 0) ? toG1(g1Group.identity) : undefined;
  }
  if (tag !== tags.even && tag !== tags.odd) return undefined;
  const x = readElements(bytes.subarray(1), 1)?.[0];
  if (x === undefined) return undefined;
  const root = fp.squareRoot(fp.add(fp.multiply(fp.square(x), x), 1n));
  if (root === undefined) return undefined;
  const y = tagOf(root) === tag ? root : fp.negate(root);
  // For y = 0 neither sign has the odd tag; such points have order 2 anyway.
  return isInG1({ x, y }) ? toG1(g1Group.fromAffine({ x, y })) : undefined;
}

const scalarBits = 518;

/**
 * Double and add, always both, over all bits; the sum is chosen by arithmetic. Big integers themselves take time that
 * depends on their values, so this hides the sequence of operations only.
 */
export function multiplyRegularly<T>(
  group: ReturnType<typeof createPointGroup<T>>,
  choose: (bit: bigint, ifZero: Point<T>, ifOne: Point<T>) => Point<T>,
  point: Point<T>,
  scalar: bigint,
): Point<T> {
  let result = group.identity;
  for (let position = scalarBits - 1; position >= 0; position -= 1) {
    const doubled = group.double(result);
    result = choose((scalar >> BigInt(position)) & 1n, doubled, group.add(doubled, point));
  }
  return result;
}

export function chooseG1(bit: bigint, ifZero: Point<bigint>, ifOne: Point<bigint>): Point<bigint> {
  const pick = (zero: bigint, one: bigint) => zero * (1n - bit) + one * bit;
  return { x: pick(ifZero.x, ifOne.x), y: pick(ifZero.y, ifOne.y), z: pick(ifZero.z, ifOne.z) };
}

/** Sum of scalars[i] * points[i]: one pass of buckets for each digit position, highest first. */
export function multiSumG1(points: readonly G1[], scalars: readonly bigint[]): G1 {
  if (points.length !== scalars.length) throw new RangeError('as many scalars as points are needed');
  const bits = points.length < 4 ? 3 : points.length < 32 ? 4 : points.length < 256 ? 5 : 7;
  const bases = points.map(projectiveG1);
  const digits = scalars.map((scalar) => digitsOf(checkScalar(scalar), bits));
  let sum = g1Group.identity;
  for (let place = Math.max(0, ...digits.map(({ length }) => length)) - 1; place >= 0; place -= 1) {
    for (let round = 0; round < bits; round += 1) sum = g1Group.double(sum);
    const entries = digits.flatMap((own, index) => {
      const digit = own[place] ?? 0;
      return digit === 0 ? [] : [[digit, bases[index]!] as const];
    });
    sum = g1Group.add(sum, sumByBuckets(g1Group, bits, entries));
  }
  return toG1(sum);
}

const fixedBits = 5;

/** Keeps 2^(5k) * base for each base that was used, so that all digits of all scalars share one pass of buckets. */
export function fixedBasesG1(points: readonly G1[]): FixedBases {
  const tables: Point<bigint>[][] = points.map(() => []);
  const shifted = (index: number, place: number): Point<bigint> => {
    const table = tables[index]!;
    if (table.length === 0) table.push(projectiveG1(points[index]!));
    while (table.length <= place) {
      let next = table.at(-1)!;
      for (let round = 0; round < fixedBits; round += 1) next = g1Group.double(next);
      table.push(next);
    }
    return table[place]!;
  };
  const total = (entries: readonly { readonly index: number; readonly scalar: bigint }[]) => {
    const weighted = entries.flatMap(({ index, scalar }) => {
      if (!(Number.isInteger(index) && index >= 0 && index < points.length)) {
        throw new RangeError('there is no such base');
      }
      return digitsOf(checkScalar(scalar), fixedBits).flatMap((digit, place) =>
        digit === 0 ? [] : [[digit, shifted(index, place)] as const],
      );
    });
    return sumByBuckets(g1Group, fixedBits, weighted);
  };
  return {
    length: points.length,
    sum(scalars) {
      if (scalars.length > points.length) throw new RangeError('more scalars than bases');
      return toG1(total(scalars.map((scalar, index) => ({ index, scalar: scalar ?? 0n }))));
    },
    addTo: (start, entries) => toG1(g1Group.add(projectiveG1(start), total(entries))),
  };
}

export function checkScalar(scalar: bigint): bigint {
  if (!(scalar >= 0n && scalar < scalarOrder)) throw new RangeError('the scalar is not below the order');
  return scalar;
}
