/** Fp: what the unrolled multiplication and the vector sums make together, and powers, inverses, roots, canonical form. */
import { i32x4 } from 'wasmati';
import { fieldBytes, inverse, limbBits, limbCount, p, toLimbs } from '../numbers.ts';
import {
  type Address,
  forRange,
  i32,
  i64,
  invoke,
  type Layout,
  local,
  type Routine,
  routine,
  v128,
  when,
} from './asm.ts';
import { constantLimbs, rawLimbs } from './constants.ts';
import { inverter } from './field-invert.ts';
import { copier, linear, nullTest, zeroer } from './field-linear.ts';
import { type FieldMultiplication, fieldMultiplication } from './field-mul.ts';

/** A field over which points are built. Routines take (target, operands…); targets may be operands. */
export interface Field {
  readonly bytes: number;
  readonly mul: Routine;
  readonly square: Routine;
  readonly add: Routine;
  readonly sub: Routine;
  readonly negate: Routine;
  readonly double: Routine;
  readonly triple: Routine;
  /** a - 2b */
  readonly subTwice: Routine;
  /** a - b - c */
  readonly subBoth: Routine;
  readonly copy: Routine;
  readonly zero: Routine;
  /** 1 / a; zero for zero. The sequence of operations does not depend on a. */
  readonly invert: Routine;
  /** (target, a) -> 1 and target = a square root, or 0. */
  readonly root: Routine;
  /** The one representation of a value. */
  readonly canonical: Routine;
  /** Whether a value is zero mod p. */
  readonly isZero: Routine;
  /** Whether all bytes are zero: only zero itself, not p. */
  readonly isNull: Routine;
  /** Address of the constant. */
  readonly one: number;
}

export interface PrimeField extends Field, FieldMultiplication {
  /** (target, a, digits, count): a to the power given as digits of 5 bits, one per byte, highest first. */
  readonly power: Routine;
  /** Parity of the canonical value. */
  readonly isOdd: Routine;
  /** Out of Montgomery form, canonical. */
  readonly plain: Routine;
  /** Into Montgomery form, canonical. */
  readonly montgomery: Routine;
  /** Same class within (-0.6 p, 0.6 p), for |a| < 3 p. Cheap. */
  readonly shorten: Routine;
}

/** Routines for sums, made once per shape. */
export type LinearMaker = (factors: readonly number[], count?: number, wide?: boolean) => Routine;
export function linearMaker(): LinearMaker {
  const made = new Map<string, Routine>();
  return (factors, count = 1, wide = false) => {
    const key = JSON.stringify([factors, count, wide]);
    const known = made.get(key) ?? linear(factors, count, wide);
    made.set(key, known);
    return known;
  };
}

export const sums = (make: LinearMaker, count: number) => ({
  add: make([1, 1], count),
  sub: make([1, -1], count),
  negate: make([-1], count),
  double: make([2], count),
  triple: make([3], count),
  subTwice: make([1, -2], count),
  subBoth: make([1, -1, -1], count),
});

/** 5-bit digits, highest first. */
export const digitsOf = (exponent: bigint): Uint8Array => {
  const digits: number[] = [];
  for (let rest = exponent; rest > 0n; rest >>= 5n) digits.unshift(Number(rest & 31n));
  return Uint8Array.from(digits);
};

export function primeField(layout: Layout, make: LinearMaker, checked: boolean): PrimeField {
  const arithmetic = fieldMultiplication(checked);
  const { mul, square } = arithmetic;
  const copy = copier(fieldBytes);
  const isNull = nullTest(fieldBytes);
  const one = constantLimbs(layout, 1n);
  const rawOne = rawLimbs(layout, 1n);
  const radixSquared = constantLimbs(layout, toRadix());
  const modulus = rawLimbs(layout, p);

  const power = powerRoutine(layout, { mul, square, copy, one });
  const fixedPower = (exponent: bigint) => {
    const digits = digitsOf(exponent);
    const address = layout.constant(digits);
    return (target: Address, a: Address) => invoke(power, target, a, address, digits.length);
  };
  const toRoot = fixedPower((p + 1n) / 4n);
  const sub = make([1, -1]);
  const isZero = zeroTest(layout, { mul, isNull, one });

  const rootTemp = layout.temporary(2 * fieldBytes);
  const root = routine({ args: 2, result: true, i32: 1 }, ({ args: [target, a], i32: [found] }) => {
    toRoot(rootTemp, a!);
    invoke(square, rootTemp + fieldBytes, rootTemp);
    invoke(sub, rootTemp + fieldBytes, rootTemp + fieldBytes, a!);
    invoke(isZero, rootTemp + fieldBytes);
    local.set(found!);
    invoke(copy, target!, rootTemp);
    local.get(found!);
  });
  const normalize = normalizeRoutine();
  const timesThenNormal = (factor: number) =>
    routine({ args: 2 }, ({ args: [target, a] }) => {
      invoke(mul, target!, a!, factor);
      invoke(normalize, target!);
    });
  const plain = timesThenNormal(rawOne);
  const canonical = timesThenNormal(one);
  const parityTemp = layout.temporary(fieldBytes);
  return {
    ...arithmetic,
    ...sums(make, 1),
    bytes: fieldBytes,
    copy,
    zero: zeroer(fieldBytes),
    isNull,
    isZero,
    one,
    power,
    invert: inverter(layout, { mul, canonical, copy }),
    root,
    canonical,
    plain,
    montgomery: timesThenNormal(radixSquared),
    isOdd: routine({ args: 1, result: true }, ({ args: [a] }) => {
      invoke(plain, parityTemp, a!);
      i32.const(0);
      i32.load({ offset: parityTemp });
      i32.const(1);
      i32.and();
    }),
    shorten: shortenRoutine(make, modulus),
  };
}

/** Montgomery form of this number is radix^2. */
const toRadix = () => 1n << BigInt(limbBits * limbCount);

function powerRoutine(
  layout: Layout,
  { mul, square, copy, one }: Pick<PrimeField, 'mul' | 'square' | 'copy' | 'one'>,
): Routine {
  const table = layout.temporary(32 * fieldBytes);
  const acc = layout.temporary(fieldBytes);
  return routine({ args: 4, i32: 2 }, ({ args: [target, a, digits, count], i32: [index, turn] }) => {
    const entry = () => {
      local.get(digits!);
      local.get(index!);
      i32.add();
      i32.load8_u({});
      i32.const(fieldBytes);
      i32.mul();
      i32.const(table);
      i32.add();
      local.set(turn!);
    };
    invoke(copy, table, one);
    invoke(copy, table + fieldBytes, a!);
    for (let k = 2; k < 32; k++) {
      if (k % 2 === 0) invoke(square, table + k * fieldBytes, table + (k / 2) * fieldBytes);
      else invoke(mul, table + k * fieldBytes, table + (k - 1) * fieldBytes, table + fieldBytes);
    }
    i32.const(0);
    local.set(index!);
    entry();
    invoke(copy, acc, turn!);
    forRange(index!, 1, count!, 1, () => {
      for (let k = 0; k < 5; k++) invoke(square, acc, acc);
      entry();
      invoke(mul, acc, acc, turn!);
    });
    invoke(copy, target!, acc);
  });
}

/**
 * Zero mod p. If a = k p then k = a / p mod 2^30, read off the lowest limb; |k| is small, so nearly every other value is told
 * apart by that. What remains is multiplied by one: the result lies within (-p, p), so zero has only the limbs of zero.
 */
function zeroTest(layout: Layout, { mul, isNull, one }: Pick<PrimeField, 'mul' | 'isNull' | 'one'>): Routine {
  const temp = layout.temporary(fieldBytes);
  const factorMax = 4096;
  const inverse32 = Number(BigInt.asIntN(32, inverse(p, 1n << 30n)));
  return routine({ args: 1, result: true, i32: 1 }, ({ args: [a], i32: [result] }) => {
    i32.const(0);
    local.set(result!);
    local.get(a!);
    i32.load({});
    i32.const(inverse32);
    i32.mul();
    i32.const(32 - limbBits);
    i32.shl();
    i32.const(32 - limbBits);
    i32.shr_s();
    i32.const(factorMax);
    i32.add();
    i32.const(2 * factorMax);
    i32.le_u();
    when(() => {
      invoke(mul, temp, a!, one);
      invoke(isNull, temp);
      local.set(result!);
    });
    local.get(result!);
  });
}

/** In place, for |a| < p: adds p when negative, and balances the limbs. No branch. */
function normalizeRoutine(): Routine {
  const modulus = [...toLimbs(p)].map(BigInt);
  return routine({ args: 1, i64: 2 }, ({ args: [a], i64: [acc, mask] }) => {
    const limb = (index: number) => {
      local.get(a!);
      i64.load32_s({ offset: 4 * index });
    };
    limb(0);
    for (let index = 1; index < limbCount; index++) {
      i64.const(BigInt(limbBits));
      i64.shr_s();
      limb(index);
      i64.add();
    }
    i64.const(63n);
    i64.shr_s();
    local.set(mask!);
    i64.const(0n);
    local.set(acc!);
    for (let index = 0; index < limbCount; index++) {
      limb(index);
      i64.const(modulus[index]!);
      local.get(mask!);
      i64.and();
      i64.add();
      local.get(acc!);
      i64.add();
      local.set(acc!);
      local.get(a!);
      local.get(acc!);
      if (index < limbCount - 1) {
        i64.const(BigInt(64 - limbBits));
        i64.shl();
        i64.const(BigInt(64 - limbBits));
        i64.shr_s();
      }
      i64.store32({ offset: 4 * index });
      local.get(acc!);
      i64.const(1n << BigInt(limbBits - 1));
      i64.add();
      i64.const(BigInt(limbBits));
      i64.shr_s();
      local.set(acc!);
    }
  });
}

/**
 * Subtracts the multiple q of p next to a, q from the topmost limb. |a| < 3 p gives |q| <= 3; the limbs of a - q p stay below
 * 2^31 because those of p are below 0.97 * 2^29.
 */
function shortenRoutine(make: LinearMaker, modulus: number): Routine {
  if (toLimbs(p).some((limb) => Math.abs(limb) > 0.97 * 2 ** (limbBits - 1)))
    throw new Error('limbs could overflow');
  const top = Number(p >> BigInt(limbBits * (limbCount - 1)));
  const shift = 26;
  const factor = Math.round(2 ** shift / (top + 0.1));
  const carryOnly = make([1]);
  return routine({ args: 2, v128: 1 }, ({ args: [target, a], v128: [q] }) => {
    local.get(a!);
    i32.load({ offset: 4 * (limbCount - 1) });
    i32.const(factor);
    i32.mul();
    i32.const(2 ** (shift - 1));
    i32.add();
    i32.const(shift);
    i32.shr_s();
    i32x4.splat();
    local.set(q!);
    for (let k = 0; k < limbCount / 4; k++) {
      local.get(target!);
      local.get(a!);
      v128.load({ offset: 16 * k });
      local.get(q!);
      i32.const(0);
      v128.load({ offset: modulus + 16 * k });
      i32x4.mul();
      i32x4.sub();
      v128.store({ offset: 16 * k });
    }
    invoke(carryOnly, target!, target!);
  });
}
