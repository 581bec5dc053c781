/**
 * Fp48 = Fp16[w] / (w^3 - l): a + b w + c w^2. Also Fp8[w] / (w^6 - xi) with xi = l^2 = -k, and Fp2[w] / (w^24 + 1 + i).
 * Bars are the conjugation l -> -l, which is w -> -w, the power p^24.
 */

import { type Complex, complexPower, fieldBytes, p } from '../numbers.ts';
import { type Address, at, type I32, invoke, type Layout, type Routine, routine } from './asm.ts';
import { constantLimbs } from './constants.ts';
import type { LinearMaker, PrimeField } from './field.ts';
import { copier } from './field-linear.ts';
import { emitSums, type Level, reducer, type SignedSums, shortener, timesRoot, wideBytes } from './tower.ts';

export const fp48Bytes = 48 * fieldBytes;
const part = 16 * fieldBytes;
const widePart = 16 * wideBytes;

export interface Fp48 {
  readonly bytes: number;
  readonly copy: Routine;
  readonly mul: Routine;
  readonly square: Routine;
  /** Square of an element whose power p^16 - p^8 + 1 is one. */
  readonly cyclotomicSquare: Routine;
  readonly conjugate: Routine;
  readonly invert: Routine;
  /** Power p^e for e = 1, 2, 4, 8; the target is no operand. */
  readonly frobenius: Readonly<Record<1 | 2 | 4 | 8, Routine>>;
  /** (target, a, x, y): target = a * (1 + x w + y w^3) for x, y in Fp8; the target is no operand. */
  readonly mulByLine: Routine;
  readonly one: number;
}

/** Offset of the Fp8 coefficient of w^n. */
export const coefficient8 = (n: number) => ((n % 3) * 16 + Math.floor(n / 3) * 8) * fieldBytes;

/** Slot of the Fp2 coefficient of w^n, n below 24, and its sign: j = -w^12, k = -w^6, l = w^3. */
export function slotOf(n: number): { readonly index: number; readonly sign: 1 | -1 } {
  const [t, h, g, e] = [n % 3, Math.floor(n / 3) % 2, Math.floor(n / 6) % 2, Math.floor(n / 12)];
  return { index: t * 8 + h * 4 + g * 2 + e, sign: (g + e) % 2 === 0 ? 1 : -1 };
}

/** (c w^n)^(p^e) = c^(p^e) * factor * w^to, from w^24 = -(1 + i). */
export function frobeniusOfPower(n: number, e: number): { readonly to: number; readonly factor: Complex } {
  const exponent = BigInt(n) * p ** BigInt(e);
  const to = Number(exponent % 24n);
  return { to, factor: complexPower([p - 1n, p - 1n], exponent / 24n) };
}

export function fp48(
  layout: Layout,
  make: LinearMaker,
  prime: PrimeField,
  { fp2, fp8, fp16 }: { fp2: Level; fp8: Level; fp16: Level },
): Fp48 {
  const timesL = timesRoot(fp8.nonResidue);
  const ones = Array.from({ length: 48 }, (_, index) => (index === 0 ? 1n : 0n));
  const copy = copier(fp48Bytes);
  const temps = (count: number, bytes: number) =>
    Array.from({ length: count }, () => layout.temporary(bytes));
  const products = cubic(layout, make, fp16, timesL);
  return {
    ...products,
    bytes: fp48Bytes,
    copy,
    one: constantLimbs(layout, ...ones),
    conjugate: routine({ args: 2 }, ({ args: [target, a] }) => {
      for (let n = 0; n < 6; n++) {
        const offset = coefficient8(n);
        invoke(n % 2 === 0 ? fp8.copy : fp8.negate, at(target!, offset), at(a!, offset));
      }
    }),
    cyclotomicSquare: cyclotomic(layout, make, prime, fp8, fp16, timesL),
    invert: inverter(layout, make, fp16, timesL),
    frobenius: {
      1: frobenius(layout, make, fp2, 1),
      2: frobenius(layout, make, fp2, 2),
      4: frobenius(layout, make, fp2, 4),
      8: frobenius(layout, make, fp2, 8),
    },
    mulByLine: lineProduct(layout, make, prime, fp8, temps(3, fp8.bytes)),
  };
}

/** Karatsuba over three parts, six products (or squares), 48 reductions. */
function cubic(layout: Layout, make: LinearMaker, fp16: Level, timesL: SignedSums) {
  const [left, right] = [layout.temporary(part), layout.temporary(part)];
  const [aa, bb, cc, cross] = [0, 1, 2, 3].map(() => layout.temporary(widePart)) as [
    number,
    number,
    number,
    number,
  ];
  const result = layout.temporary(3 * part);
  const wideSum = (factors: readonly number[]) => make(factors, 16, true);
  const build = (
    multiply: (target: Address, x: number, y: number) => void,
    sums: (x: number, y: number) => void,
  ) => {
    multiply(aa, 0, 0);
    multiply(bb, 1, 1);
    multiply(cc, 2, 2);
    sums(1, 2);
    multiply(cross, -1, -1);
    invoke(wideSum([1, -1, -1]), cross, cross, bb, cc);
    // a a' + l (b c' + c b')
    emitSums(make, true, wideTemp, aa, cross, timesL);
    invoke(fp16.reduce, result, wideTemp);
    sums(0, 1);
    multiply(cross, -1, -1);
    invoke(wideSum([1, -1, -1]), cross, cross, aa, bb);
    // a b' + b a' + l c c'
    emitSums(make, true, cross, cross, cc, timesL);
    invoke(fp16.reduce, result + part, cross);
    sums(0, 2);
    multiply(cross, -1, -1);
    invoke(wideSum([1, -1, -1]), cross, cross, aa, cc);
    invoke(wideSum([1, 1]), cross, cross, bb);
    invoke(fp16.reduce, result + 2 * part, cross);
  };
  const wideTemp = layout.temporary(widePart);
  const copy = copier(fp48Bytes);
  const mul = routine({ args: 3 }, ({ args }) => {
    const [target, a, b] = args as [I32, I32, I32];
    build(
      (into, x, y) =>
        x < 0
          ? invoke(fp16.wideMul, into, left, right)
          : invoke(fp16.wideMul, into, at(a, x * part), at(b, y * part)),
      (x, y) => {
        invoke(fp16.add, left, at(a, x * part), at(a, y * part));
        invoke(fp16.add, right, at(b, x * part), at(b, y * part));
      },
    );
    invoke(copy, target, result);
  });
  const square = routine({ args: 2 }, ({ args }) => {
    const [target, a] = args as [I32, I32];
    build(
      (into, x) =>
        x < 0 ? invoke(fp16.wideSquare, into, left) : invoke(fp16.wideSquare, into, at(a, x * part)),
      (x, y) => invoke(fp16.add, left, at(a, x * part), at(a, y * part)),
    );
    invoke(copy, target, result);
  });
  return { mul, square };
}

/**
 * Granger and Scott, "Faster squaring in the cyclotomic subgroup of sixth degree extensions", section 3.2, over Fp8:
 * (3 a^2 - 2 ā) + (3 l c^2 + 2 b̄) w + (3 b^2 - 2 c̄) w^2. The operand passes into the result linearly, so it is shortened on
 * the way: 3 s -+ 2 z = 2 (s -+ z) + s with s -+ z shortened first stays below 2 p however often it is repeated.
 */
function cyclotomic(
  layout: Layout,
  make: LinearMaker,
  prime: PrimeField,
  fp8: Level,
  fp16: Level,
  timesL: SignedSums,
): Routine {
  const [aa, bb, cc] = [0, 1, 2].map(() => layout.temporary(widePart)) as [number, number, number];
  const squares = layout.temporary(3 * part);
  const wideTemp = layout.temporary(widePart);
  const difference = layout.temporary(fp8.bytes);
  const twicePlus = make([2, 1], 8);
  const shorten = shortener(prime, 8);
  return routine({ args: 2 }, ({ args }) => {
    const [target, z] = args as [I32, I32];
    invoke(fp16.wideSquare, aa, z);
    invoke(fp16.wideSquare, bb, at(z, part));
    invoke(fp16.wideSquare, cc, at(z, 2 * part));
    invoke(fp16.reduce, squares, aa);
    emitSums(make, true, wideTemp, undefined, cc, timesL);
    invoke(fp16.reduce, squares + part, wideTemp);
    invoke(fp16.reduce, squares + 2 * part, bb);
    for (const index of [0, 1, 2]) {
      for (const half of [0, 1]) {
        const offset = index * part + half * fp8.bytes;
        // Signs of -2ā, +2b̄, -2c̄, the bar negating second halves.
        const minus = (index === 1) === (half === 1);
        const combine = minus ? fp8.sub : fp8.add;
        invoke(combine, difference, squares + offset, at(z, offset));
        invoke(shorten, difference, difference);
        invoke(twicePlus, at(target, offset), difference, squares + offset);
      }
    }
  });
}

/** 1 / (a + b w + c w^2) = (A + B w + C w^2) / (a A + l (c B + b C)) with A = a^2 - l b c, B = l c^2 - a b, C = b^2 - a c. */
function inverter(layout: Layout, make: LinearMaker, fp16: Level, timesL: SignedSums): Routine {
  const [A, B, C, s, t, norm] = Array.from({ length: 6 }, () => layout.temporary(part)) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  const lTimes = (target: number, source: number) => emitSums(make, false, target, undefined, source, timesL);
  return routine({ args: 2 }, ({ args }) => {
    const [target, x] = args as [I32, I32];
    const [a, b, c] = [x, at(x, part), at(x, 2 * part)] as const;
    invoke(fp16.square, A, a);
    invoke(fp16.mul, s, b, c);
    lTimes(t, s);
    invoke(fp16.sub, A, A, t);
    invoke(fp16.square, s, c);
    lTimes(B, s);
    invoke(fp16.mul, s, a, b);
    invoke(fp16.sub, B, B, s);
    invoke(fp16.square, C, b);
    invoke(fp16.mul, s, a, c);
    invoke(fp16.sub, C, C, s);
    invoke(fp16.mul, s, c, B);
    invoke(fp16.mul, t, b, C);
    invoke(fp16.add, s, s, t);
    lTimes(t, s);
    invoke(fp16.mul, norm, a, A);
    invoke(fp16.add, norm, norm, t);
    invoke(fp16.invert, norm, norm);
    invoke(fp16.mul, target, A, norm);
    invoke(fp16.mul, at(target, part), B, norm);
    invoke(fp16.mul, at(target, 2 * part), C, norm);
  });
}

/** A permutation of the 24 coefficients over Fp2, each conjugated for odd e and multiplied by a constant. */
function frobenius(layout: Layout, make: LinearMaker, fp2: Level, e: 1 | 2 | 4 | 8): Routine {
  const maps = Array.from({ length: 24 }, (_, n) => frobeniusCoefficient(layout, n, e));
  const temp = layout.temporary(fp2.bytes);
  return routine({ args: 2 }, ({ args }) => {
    const [target, a] = args as [I32, I32];
    for (const { from, to, factor } of maps) {
      const source = at(a, from * fp2.bytes);
      if (e === 1) emitConjugate(make, temp, source);
      invoke(fp2.mul, at(target, to * fp2.bytes), e === 1 ? temp : source, factor);
    }
  });
}

export function emitConjugate(make: LinearMaker, target: number, source: Address): void {
  invoke(make([1]), target, source);
  invoke(make([-1]), target + fieldBytes, at(source, fieldBytes));
}

/** Slots and constant of c w^n -> (c w^n)^(p^e). */
export function frobeniusCoefficient(layout: Layout, n: number, e: number) {
  const { to, factor } = frobeniusOfPower(n, e);
  const [source, target] = [slotOf(n), slotOf(to)];
  const sign = BigInt(source.sign * target.sign);
  return {
    from: source.index,
    to: target.index,
    factor: constantLimbs(layout, sign * factor[0], sign * factor[1]),
  };
}

/** Coefficient of w^n: a_n + x a_(n-1) + y a_(n-3), with xi for every wrap-around; one reduction for both products. */
function lineProduct(
  layout: Layout,
  make: LinearMaker,
  prime: PrimeField,
  fp8: Level,
  [third, fourth, fifth]: readonly number[],
): Routine {
  const [wideX, wideY] = [layout.temporary(8 * wideBytes), layout.temporary(8 * wideBytes)];
  const reduce = reducer(prime.reduce, 8);
  const sum = layout.temporary(fp8.bytes);
  // w^3, w^4, w^5 times xi, for the coefficients of w^0, w^1, w^2.
  const raised = [third!, fourth!, fifth!];
  return routine({ args: 4 }, ({ args }) => {
    const [target, a, x, y] = args as [I32, I32, I32, I32];
    raised.forEach((into, index) => {
      emitSums(make, false, into, undefined, at(a, coefficient8(3 + index)), fp8.nonResidue);
    });
    for (let n = 0; n < 6; n++) {
      const previous = n === 0 ? raised[2]! : at(a, coefficient8(n - 1));
      const thirdBefore = n < 3 ? raised[n]! : at(a, coefficient8(n - 3));
      invoke(fp8.wideMul, wideX, x, previous);
      invoke(fp8.wideMul, wideY, y, thirdBefore);
      invoke(make([1, 1], 8, true), wideX, wideX, wideY);
      invoke(reduce, sum, wideX);
      invoke(fp8.add, at(target, coefficient8(n)), at(a, coefficient8(n)), sum);
    }
  });
}
