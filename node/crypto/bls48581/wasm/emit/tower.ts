/**
 * Fp2, Fp4, Fp8, Fp16: each the one below with a square root of a non-residue, a + b s with s^2 = n:
 * i^2 = -1, j^2 = -(1 + i), k^2 = -j, l^2 = -k. An element is its Fp coordinates in sequence, half a first.
 *
 * Products stay double-width ("wide", 40 limbs per coordinate) through all levels, so a product in Fp16 costs 81
 * multiplications but only 16 reductions. Wide values are exact integers: whatever Karatsuba's sums on the way, the result is
 * the schoolbook sum of 2^level products of two coordinates (twice that with a non-residue), far below 2^13 p^2.
 */

import { fieldBytes, inverse, p } from '../numbers.ts';
import { at, type I32, i32, invoke, type Layout, local, type Routine, routine, when } from './asm.ts';
import { constantLimbs } from './constants.ts';
import { type Field, type LinearMaker, type PrimeField, sums } from './field.ts';
import { copier, nullTest, zeroer } from './field-linear.ts';

/** For each coordinate of the result the coordinates it is a sum of, with signs. */
export type SignedSums = readonly (readonly (readonly [index: number, sign: 1 | -1])[])[];

/** A level of the tower. `wideMul` (target, a, b) and `wideSquare` (target, a) are wide; their targets are no operands. */
export interface Level extends Field {
  /** Coordinates. */
  readonly dimension: number;
  readonly wideMul: Routine;
  readonly wideSquare: Routine;
  /** (target, wide) */
  readonly reduce: Routine;
  /** Multiplication by the non-residue whose root the level above adjoins. */
  readonly nonResidue: SignedSums;
}

export const wideBytes = 2 * fieldBytes;
const inverseOfTwo = inverse(2n, p);

const negated = (map: SignedSums): SignedSums =>
  map.map((terms) => terms.map(([index, sign]) => [index, -sign as 1 | -1] as const));

/** Multiplication by the root s of a level: s (a + b s) = n b + a s. */
export function timesRoot(nonResidue: SignedSums): SignedSums {
  const half = nonResidue.length;
  const raised = nonResidue.map((terms) => terms.map(([index, sign]) => [index + half, sign] as const));
  const low = Array.from({ length: half }, (_, index) => [[index, 1] as const]);
  return [...raised, ...low];
}

/** The non-residues by level: -1, -(1 + i), -j, -k; the last is xi = w^6. */
export const nonResidues: readonly SignedSums[] = (() => {
  const first: SignedSums = [[[0, -1]]];
  const second: SignedSums = [
    [
      [0, -1],
      [1, 1],
    ],
    [
      [0, -1],
      [1, -1],
    ],
  ];
  const third = negated(timesRoot(second));
  const fourth = negated(timesRoot(third));
  return [first, second, third, fourth];
})();

/** target = [base +] map(source), coordinate by coordinate; target may be base, not source. */
export function emitSums(
  make: LinearMaker,
  wide: boolean,
  target: Parameters<typeof at>[0],
  base: Parameters<typeof at>[0] | undefined,
  source: Parameters<typeof at>[0],
  map: SignedSums,
): void {
  const bytes = wide ? wideBytes : fieldBytes;
  map.forEach((terms, index) => {
    const operands = terms.map(([from]) => at(source, from * bytes));
    const factors: number[] = terms.map(([, sign]) => sign);
    if (base !== undefined) {
      operands.unshift(at(base, index * bytes));
      factors.unshift(1);
    }
    invoke(make(factors, 1, wide), at(target, index * bytes), ...operands);
  });
}

interface Lower {
  readonly dimension: number;
  readonly wideMul: Routine;
  readonly wideSquare: Routine;
}

/** Wide product and square of a level from those of the level below: Karatsuba, three of each. */
export function wideQuadratic(layout: Layout, make: LinearMaker, lower: Lower, nonResidue: SignedSums) {
  const d = lower.dimension;
  const narrow = d * fieldBytes;
  const wide = d * wideBytes;
  const [left, right] = [layout.temporary(narrow), layout.temporary(narrow)];
  const [low, high] = [layout.temporary(wide), layout.temporary(wide)];
  const finish = (target: I32) => {
    // (target's second half holds the product of the sums)
    invoke(make([1, -1, -1], d, true), at(target, wide), at(target, wide), low, high);
    emitSums(make, true, target, low, high, nonResidue);
  };
  const wideMul = routine({ args: 3 }, ({ args }) => {
    const [target, a, b] = args as [I32, I32, I32];
    invoke(make([1, 1], d), left, a, at(a, narrow));
    invoke(make([1, 1], d), right, b, at(b, narrow));
    invoke(lower.wideMul, low, a, b);
    invoke(lower.wideMul, high, at(a, narrow), at(b, narrow));
    invoke(lower.wideMul, at(target, wide), left, right);
    finish(target);
  });
  // In Fp2: (a + b)(a - b) + 2ab i, two multiplications.
  const complexSquare = () =>
    routine({ args: 2 }, ({ args }) => {
      const [target, a] = args as [I32, I32];
      invoke(make([1, 1]), left, a, at(a, narrow));
      invoke(make([1, -1]), right, a, at(a, narrow));
      invoke(lower.wideMul, target, left, right);
      invoke(make([2]), left, a);
      invoke(lower.wideMul, at(target, wide), left, at(a, narrow));
    });
  const generalSquare = () =>
    routine({ args: 2 }, ({ args }) => {
      const [target, a] = args as [I32, I32];
      invoke(make([1, 1], d), left, a, at(a, narrow));
      invoke(lower.wideSquare, low, a);
      invoke(lower.wideSquare, high, at(a, narrow));
      invoke(lower.wideSquare, at(target, wide), left);
      finish(target);
    });
  return { dimension: 2 * d, wideMul, wideSquare: d === 1 ? complexSquare() : generalSquare() };
}

/** Reduces `dimension` wide coordinates. */
export function reducer(reduce: Routine, dimension: number): Routine {
  return routine({ args: 2 }, ({ args }) => {
    const [target, wide] = args as [I32, I32];
    for (let index = 0; index < dimension; index++) {
      invoke(reduce, at(target, index * fieldBytes), at(wide, index * wideBytes));
    }
  });
}

/** 1 when the test holds for all coordinates. */
function allCoordinates(test: Routine, dimension: number): Routine {
  return routine({ args: 1, result: true, i32: 1 }, ({ args: [a], i32: [result] }) => {
    i32.const(1);
    local.set(result!);
    for (let index = 0; index < dimension; index++) {
      local.get(result!);
      when(() => {
        invoke(test, at(a!, index * fieldBytes));
        local.set(result!);
      });
    }
    local.get(result!);
  });
}

/** (target, a): `shorten` for each coordinate. */
export const shortener = (prime: PrimeField, dimension: number) => eachCoordinate(prime.shorten, dimension);

const eachCoordinate = (step: Routine, dimension: number): Routine =>
  routine({ args: 2 }, ({ args: [target, a] }) => {
    for (let index = 0; index < dimension; index++) {
      invoke(step, at(target!, index * fieldBytes), at(a!, index * fieldBytes));
    }
  });

/** The level above: adjoins the root of the lower level's non-residue. */
export function quadratic(
  layout: Layout,
  make: LinearMaker,
  prime: PrimeField,
  lower: Level,
  nonResidue: SignedSums | undefined,
): Level {
  const d = lower.dimension;
  const dimension = 2 * d;
  const bytes = dimension * fieldBytes;
  const products = wideQuadratic(layout, make, lower, lower.nonResidue);
  const reduce = reducer(prime.reduce, dimension);
  const product = layout.temporary(dimension * wideBytes);
  const level: Omit<Level, 'invert' | 'root'> = {
    ...products,
    ...sums(make, dimension),
    bytes,
    reduce,
    mul: routine({ args: 3 }, ({ args: [target, a, b] }) => {
      invoke(products.wideMul, product, a!, b!);
      invoke(reduce, target!, product);
    }),
    square: routine({ args: 2 }, ({ args: [target, a] }) => {
      invoke(products.wideSquare, product, a!);
      invoke(reduce, target!, product);
    }),
    copy: copier(bytes),
    zero: zeroer(bytes),
    isNull: nullTest(bytes),
    isZero: allCoordinates(prime.isZero, dimension),
    canonical: eachCoordinate(prime.canonical, dimension),
    one: constantLimbs(layout, ...Array.from({ length: dimension }, (_, index) => (index === 0 ? 1n : 0n))),
    nonResidue: nonResidue ?? [],
  };
  return { ...level, invert: inverter(layout, make, lower, level), root: rooter(layout, make, lower, level) };
}

/** N = a^2 - n b^2; 1 / (a + b s) = (a - b s) / N. */
function normOf(layout: Layout, make: LinearMaker, lower: Level): Routine {
  const d = lower.dimension;
  const [low, high] = [layout.temporary(d * wideBytes), layout.temporary(d * wideBytes)];
  const map = negated(lower.nonResidue);
  return routine({ args: 2 }, ({ args: [target, a] }) => {
    invoke(lower.wideSquare, low, a!);
    invoke(lower.wideSquare, high, at(a!, d * fieldBytes));
    emitSums(make, true, low, low, high, map);
    invoke(lower.reduce, target!, low);
  });
}

function inverter(layout: Layout, make: LinearMaker, lower: Level, { bytes }: { bytes: number }): Routine {
  const norm = normOf(layout, make, lower);
  const temp = layout.temporary(bytes / 2);
  return routine({ args: 2 }, ({ args: [target, a] }) => {
    invoke(norm, temp, a!);
    invoke(lower.invert, temp, temp);
    invoke(lower.mul, target!, a!, temp);
    invoke(lower.negate, temp, temp);
    invoke(lower.mul, at(target!, bytes / 2), at(a!, bytes / 2), temp);
  });
}

/**
 * Square root of c = a + b s: with d = sqrt(a^2 - n b^2), x^2 = (a + d)/2 or (a - d)/2 whichever is a square,
 * y = b / 2x. For b = 0: sqrt(a), or sqrt(a / n) s. A non-square has no d, or no x.
 */
function rooter(
  layout: Layout,
  make: LinearMaker,
  lower: Level,
  { bytes, square, sub, isZero }: { bytes: number; square: Routine; sub: Routine; isZero: Routine },
): Routine {
  const half = bytes / 2;
  const d = lower.dimension;
  const norm = normOf(layout, make, lower);
  const [x, y, root, check] = [half, half, half, bytes].map((size) => layout.temporary(size)) as [
    number,
    number,
    number,
    number,
  ];
  const coordinates = (value: bigint) =>
    constantLimbs(layout, ...Array.from({ length: d }, (_, index) => (index === 0 ? value : 0n)));
  const oneHalf = coordinates(inverseOfTwo);
  const twice = layout.temporary(half);
  const candidate = layout.temporary(bytes);
  return routine({ args: 2, result: true, i32: 1 }, ({ args: [target, a], i32: [found] }) => {
    const b = at(a!, half);
    invoke(lower.copy, candidate, a!);
    invoke(lower.copy, candidate + half, b);
    invoke(lower.isZero, b);
    when(
      () => {
        invoke(lower.root, x, a!);
        local.set(found!);
        invoke(lower.zero, y);
        local.get(found!);
        i32.eqz();
        when(() => {
          // a / n: 1 / n = (n-map applied to 1)^-1
          invoke(lower.zero, twice);
          emitSums(make, false, twice, undefined, lower.one, lower.nonResidue);
          invoke(lower.invert, twice, twice);
          invoke(lower.mul, twice, twice, a!);
          invoke(lower.root, y, twice);
          local.set(found!);
          invoke(lower.zero, x);
        });
      },
      () => {
        invoke(norm, root, a!);
        invoke(lower.root, root, root);
        local.set(found!);
        local.get(found!);
        when(() => {
          invoke(lower.add, x, a!, root);
          invoke(lower.mul, x, x, oneHalf);
          invoke(lower.root, x, x);
          local.set(found!);
          local.get(found!);
          i32.eqz();
          when(() => {
            invoke(lower.sub, x, a!, root);
            invoke(lower.mul, x, x, oneHalf);
            invoke(lower.root, x, x);
            local.set(found!);
          });
          invoke(lower.double, twice, x);
          invoke(lower.invert, twice, twice);
          invoke(lower.mul, y, b, twice);
        });
      },
    );
    invoke(lower.copy, target!, x);
    invoke(lower.copy, at(target!, half), y);
    // Whatever was assumed above, only a root is called one.
    invoke(square, check, target!);
    invoke(sub, check, check, candidate);
    invoke(isZero, check);
    local.get(found!);
    i32.and();
  });
}
