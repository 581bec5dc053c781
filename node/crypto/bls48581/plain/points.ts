/**
 * Points of y^2 = x^3 + b in projective coordinates (x = X/Z, y = Y/Z) over any field.
 *
 * Formulas: Renes, Costello and Batina, "Complete addition formulas for prime order elliptic curves", EUROCRYPT 2016,
 * algorithms 7 and 9 (a = 0). They hold for every two points whose difference has not order 2, the identity included: so
 * for all of a group of odd order, such as G1, and all of the twist of BLS48-581, whose order is odd. On E(Fp), which has a
 * point of order 2, an exceptional sum comes out as (0, 0, 0), which `toAffine` tells apart from the identity.
 */
import type { Field } from './field.ts';

export interface Point<T> {
  readonly x: T;
  readonly y: T;
  readonly z: T;
}

export interface Affine<T> {
  readonly x: T;
  readonly y: T;
}

export interface PointGroup<T> {
  readonly identity: Point<T>;
  fromAffine(point: Affine<T> | undefined): Point<T>;
  /** undefined for the identity. @throws RangeError for an exceptional sum (head of the file) */
  toAffine(point: Point<T>): Affine<T> | undefined;
  add(left: Point<T>, right: Point<T>): Point<T>;
  double(point: Point<T>): Point<T>;
  negate(point: Point<T>): Point<T>;
  /** Any scalar >= 0, also above the order. For public scalars. */
  multiply(point: Point<T>, scalar: bigint): Point<T>;
  isOnCurve(point: Affine<T>): boolean;
}

/** @param tripleB 3*b*a, for the curve's constant b */
export function createPointGroup<T>(field: Field<T>, b: T, tripleB: (a: T) => T): PointGroup<T> {
  const { multiply, square } = field;
  const identity: Point<T> = { x: field.zero, y: field.one, z: field.zero };

  const group: PointGroup<T> = {
    identity,
    fromAffine: (point) => (point === undefined ? identity : { ...point, z: field.one }),
    toAffine({ x, y, z }) {
      if (field.isZero(z)) {
        if (field.isZero(y)) throw new RangeError('points that differ by a point of order 2 were added');
        return undefined;
      }
      const inverse = field.invert(z);
      return { x: multiply(x, inverse), y: multiply(y, inverse) };
    },
    add(left, right) {
      const { add, subtract } = field;
      const xx = multiply(left.x, right.x);
      const yy = multiply(left.y, right.y);
      const zz = multiply(left.z, right.z);
      const xy = subtract(multiply(add(left.x, left.y), add(right.x, right.y)), add(xx, yy));
      const yz = subtract(multiply(add(left.y, left.z), add(right.y, right.z)), add(yy, zz));
      const xz = subtract(multiply(add(left.x, left.z), add(right.x, right.z)), add(xx, zz));
      const bzz = tripleB(zz);
      const bxz = tripleB(xz);
      const xx3 = add(add(xx, xx), xx);
      const sum = add(yy, bzz);
      const difference = subtract(yy, bzz);
      return {
        x: subtract(multiply(xy, difference), multiply(yz, bxz)),
        y: add(multiply(sum, difference), multiply(xx3, bxz)),
        z: add(multiply(yz, sum), multiply(xx3, xy)),
      };
    },
    double({ x, y, z }) {
      const { add, subtract } = field;
      const twice = (a: T) => add(a, a);
      const yy = square(y);
      const yy8 = twice(twice(twice(yy)));
      const bzz = tripleB(square(z));
      const rest = subtract(yy, add(twice(bzz), bzz));
      return {
        x: twice(multiply(rest, multiply(x, y))),
        y: add(multiply(bzz, yy8), multiply(rest, add(yy, bzz))),
        z: multiply(multiply(y, z), yy8),
      };
    },
    negate: ({ x, y, z }) => ({ x, y: field.negate(y), z }),
    multiply(point, scalar) {
      const multiples = [identity, point];
      while (multiples.length < 16) multiples.push(group.add(multiples.at(-1)!, point));
      let result = identity;
      for (const digit of scalar.toString(16)) {
        for (let round = 0; round < 4; round += 1) result = group.double(result);
        if (digit !== '0') result = group.add(result, multiples[Number.parseInt(digit, 16)]!);
      }
      return result;
    },
    isOnCurve: ({ x, y }) => field.equal(square(y), field.add(multiply(square(x), x), b)),
  };
  return group;
}

/**
 * Sum of digit * point over all entries, digits in 1..2^bits-1: each point goes to the bucket of its digit, and the
 * buckets are summed with their digits by two running sums (Pippenger 1976; Bernstein et al. 2012, section 4).
 */
export function sumByBuckets<T>(
  group: PointGroup<T>,
  bits: number,
  entries: Iterable<readonly [digit: number, point: Point<T>]>,
): Point<T> {
  const buckets: (Point<T> | undefined)[] = new Array(2 ** bits);
  for (const [digit, point] of entries) {
    const bucket = buckets[digit];
    buckets[digit] = bucket === undefined ? point : group.add(bucket, point);
  }
  let running = group.identity;
  let sum = group.identity;
  for (let digit = buckets.length - 1; digit > 0; digit -= 1) {
    const bucket = buckets[digit];
    if (bucket !== undefined) running = group.add(running, bucket);
    sum = group.add(sum, running);
  }
  return sum;
}

/** Digits of `scalar` of `bits` bits each, least first. */
export function digitsOf(scalar: bigint, bits: number): number[] {
  const digits: number[] = [];
  const mask = (1n << BigInt(bits)) - 1n;
  for (let rest = scalar; rest > 0n; rest >>= BigInt(bits)) digits.push(Number(rest & mask));
  return digits;
}
