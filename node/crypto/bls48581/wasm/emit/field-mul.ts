/**
 * Multiplication in Fp, unrolled. Product scanning: one accumulator runs over the columns.
 *
 * Limbs are signed and balanced, |limb| <= 2^29 + 2^24 ("tight"), so sums of products stay below 2^63 without a carry
 * between them: a column holds at most 20 products of operands, 20 * (2^29 + 2^24)^2 < 0.67 * 2^63, and 20 products of
 * reduction digits with the limbs of p, together 2^29 * sum|p_i| < 0.32 * 2^63. `checkBounds` computes this.
 * Values are not kept below p: |a * b| <= 2^13 p^2 gives a result within (-0.51 p, 0.51 p).
 *
 * Products are made by vector instructions, two columns at a time, except those of the reduction's newest digits, which the
 * scalar multiplier makes meanwhile: measured 1.9 times as fast as the scalar multiplier alone.
 */
import { i32x4, i64x2, unreachable } from 'wasmati';
import { inverse, limbBits, limbCount as n, p, toLimbs } from '../numbers.ts';
import {
  type Address,
  type Frame,
  type I32,
  i32,
  i64,
  invoke,
  local,
  pushBase,
  type Routine,
  routine,
  type V128,
  v128,
  when,
} from './asm.ts';

const w = BigInt(limbBits);
const modulus = [...toLimbs(p)].map(BigInt);
const negativeInverse = inverse(-p, 1n << w);
/**
 * Digits of the reduction found this many columns earlier meet p in vectors, later ones are too fresh: waiting for them would
 * cost more than the scalar multiplier. Measured best of 2 to 12.
 */
const vectorLag = 6;

/** Fails when the sums described above could pass 2^63. */
export function checkBounds(): number {
  const tight = 2n ** 29n + 2n ** 24n;
  const sum = modulus.reduce((total, limb) => total + (limb < 0n ? -limb : limb), 0n);
  const column = BigInt(n) * tight * tight + 2n ** 29n * sum + 2n ** 34n;
  if (column >= 2n ** 63n) throw new Error('a column can overflow');
  return Number(column) / 2 ** 63;
}

interface Columns {
  /** Leaves the vector sum of products of columns 2c and 2c + 1 in the local. */
  readonly products: (pair: number, sum: V128) => void;
  readonly frame: Frame;
}

const signedLow = () => {
  i64.const(64n - w);
  i64.shl();
  i64.const(64n - w);
  i64.shr_s();
};

/** Stores the accumulator's lowest digit, balanced, and shifts it out. */
function storeDigit(target: Address, index: number, acc: Frame['i64'][number]): void {
  const offset = pushBase(target);
  local.get(acc);
  signedLow();
  i64.store32({ offset: offset + 4 * index });
  local.get(acc);
  i64.const(1n << (w - 1n));
  i64.add();
  i64.const(w);
  i64.shr_s();
  local.set(acc);
}

function storeLast(target: Address, index: number, acc: Frame['i64'][number]): void {
  const offset = pushBase(target);
  local.get(acc);
  i64.store32({ offset: offset + 4 * index });
}

const range = (from: number, to: number) =>
  Array.from({ length: Math.max(0, to - from) }, (_, k) => from + k);

/** Locals: i64 = digits of the reduction and accumulator; v128 = sum, digits as vectors, limbs of p in pairs. */
const reduceLocals = { i64: n + 1, v128: 1 + n + (n + 1) };

function emitReduced(target: Address, { products, frame }: Columns): void {
  const digits = frame.i64.slice(0, n);
  const acc = frame.i64[n]!;
  const sum = frame.v128[0]!;
  const digitVectors = frame.v128.slice(1, 1 + n);
  const modulusPairs = frame.v128.slice(1 + n, 2 + 2 * n);
  const low32 = (value: bigint) => BigInt.asUintN(32, value);
  for (const j of range(-1, n)) {
    v128.const('i64x2', [low32(modulus[j] ?? 0n) | (low32(modulus[j + 1] ?? 0n) << 32n), 0n]);
    local.set(modulusPairs[j + 1]!);
  }
  for (const pair of range(0, n)) {
    const vectorTo = Math.min(n, 2 * pair - vectorLag + 1);
    products(pair, sum);
    if (vectorTo > 0) {
      local.get(sum);
      for (const i of range(Math.max(0, 2 * pair - n + 1), vectorTo)) {
        local.get(digitVectors[i]!);
        local.get(modulusPairs[2 * pair - i + 1]!);
        i64x2.extmul_low_i32x4_s();
        i64x2.add();
      }
      local.set(sum);
    }
    for (const column of [2 * pair, 2 * pair + 1]) {
      local.get(sum);
      i64x2.extract_lane((column & 1) as 0 | 1);
      if (column > 0) {
        local.get(acc);
        i64.add();
      }
      for (const i of range(Math.max(0, column - n + 1, vectorTo), Math.min(column, n))) {
        local.get(digits[i]!);
        i64.const(modulus[column - i]!);
        i64.mul();
        i64.add();
      }
      local.set(acc);
      if (column === 2 * n - 1) storeLast(target, n - 1, acc);
      else if (column >= n) storeDigit(target, column - n, acc);
      else {
        local.get(acc);
        i64.const(negativeInverse);
        i64.mul();
        signedLow();
        local.tee(digits[column]!);
        i64.const(modulus[0]!);
        i64.mul();
        local.get(acc);
        i64.add();
        i64.const(w);
        i64.shr_s();
        local.set(acc);
        local.get(digits[column]!);
        i32.wrap_i64();
        i32x4.splat();
        local.set(digitVectors[column]!);
      }
    }
  }
}

/** Products of two operands: locals a as splats, b as pairs of neighbours (limb j-1 and j at index j). */
const productLocals = 2 * n + 1;

function loadSplats(locals: readonly V128[], from: Address): void {
  for (const i of range(0, n)) {
    const offset = pushBase(from);
    v128.load32_splat({ offset: offset + 4 * i });
    local.set(locals[i]!);
  }
}

function loadPairs(locals: readonly V128[], from: Address): void {
  for (const j of range(-1, n)) {
    const offset = pushBase(from);
    if (j === -1) {
      v128.load32_zero({ offset });
      i32.const(32);
      i64x2.shl();
    } else if (j === n - 1) v128.load32_zero({ offset: offset + 4 * j });
    else v128.load64_zero({ offset: offset + 4 * j });
    local.set(locals[j + 1]!);
  }
}

function productColumns(locals: readonly V128[], a: Address, b: Address): Columns['products'] {
  const splats = locals.slice(0, n);
  const pairs = locals.slice(n, productLocals);
  loadSplats(splats, a);
  loadPairs(pairs, b);
  return (pair, sum) => {
    range(Math.max(0, 2 * pair - n + 1), Math.min(n, 2 * pair + 2)).forEach((i, index) => {
      local.get(splats[i]!);
      local.get(pairs[2 * pair - i + 1]!);
      i64x2.extmul_low_i32x4_s();
      if (index > 0) i64x2.add();
    });
    local.set(sum);
  };
}

/**
 * Squares: row i starts at column 2i with the pair (a_i, 2 a_{i+1}) and goes on with doubled pairs. A doubled limb has at most
 * 2^30 + 2^25, and a column the same bound as before.
 */
function squareColumns(locals: readonly V128[], a: Address): Columns['products'] {
  const splats = locals.slice(0, n);
  const doubled = locals.slice(n, 2 * n + 1);
  const diagonal = locals.slice(2 * n + 1, squareLocals);
  loadSplats(splats, a);
  loadPairs(doubled, a);
  for (const j of range(1, n + 1)) {
    local.get(doubled[j]!);
    v128.const('i32x4', [1, 2, 0, 0]);
    i32x4.mul();
    local.set(diagonal[j - 1]!);
    local.get(doubled[j]!);
    i32.const(1);
    i32x4.shl();
    local.set(doubled[j]!);
  }
  return (pair, sum) => {
    range(Math.max(0, 2 * pair - n + 1), pair + 1).forEach((i, index) => {
      const j = 2 * pair - i;
      local.get(splats[i]!);
      local.get(j === i ? diagonal[i]! : doubled[j + 1]!);
      i64x2.extmul_low_i32x4_s();
      if (index > 0) i64x2.add();
    });
    local.set(sum);
  };
}
const squareLocals = 3 * n + 1;

/** Carries the columns of a product into 40 balanced limbs. */
function emitWide(target: Address, frame: Frame, products: Columns['products']): void {
  const acc = frame.i64[0]!;
  const sum = frame.v128[0]!;
  for (const pair of range(0, n)) {
    products(pair, sum);
    for (const column of [2 * pair, 2 * pair + 1]) {
      local.get(sum);
      i64x2.extract_lane((column & 1) as 0 | 1);
      if (column > 0) {
        local.get(acc);
        i64.add();
      }
      local.set(acc);
      if (column === 2 * n - 1) storeLast(target, column, acc);
      else storeDigit(target, column, acc);
    }
  }
}

/** Routines (target, a, b); targets may be operands. Wide results have 40 limbs. */
export interface FieldMultiplication {
  readonly mul: Routine;
  readonly square: Routine;
  readonly wideMul: Routine;
  readonly wideSquare: Routine;
  /** (target, wide): target = wide / 2^600 mod p, within (-0.51 p, 0.51 p) for |wide| < 2^13 p^2. */
  readonly reduce: Routine;
}

/**
 * @param checked for tests: every operand is checked against the bounds stated above, and one beyond them stops the kernel. The
 * result of `mul` may then be |a b| < 2^13 p^2; wide products only have to fit.
 */
export function fieldMultiplication(checked = false): FieldMultiplication {
  checkBounds();
  const topOfP = Number(modulus[n - 1]!);
  const factorMax = checked ? limbCheck(n, 90 * topOfP) : undefined;
  const tight = checked ? limbCheck(n, 2 ** 28) : undefined;
  const reducible = checked ? limbCheck(2 * n, Math.ceil(2 ** 13 * 2 ** -9.5)) : undefined;
  const guard = (check: Routine | undefined, ...operands: readonly I32[]) => {
    for (const operand of operands) if (check !== undefined) invoke(check, operand);
  };
  const wideLocals = { i64: 1 };
  return {
    mul: routine({ args: 3, i64: reduceLocals.i64, v128: reduceLocals.v128 + productLocals }, (frame) => {
      const [target, a, b] = frame.args as [I32, I32, I32];
      guard(factorMax, a, b);
      const products = productColumns(frame.v128.slice(reduceLocals.v128), a, b);
      emitReduced(target, { products, frame });
    }),
    square: routine({ args: 2, i64: reduceLocals.i64, v128: reduceLocals.v128 + squareLocals }, (frame) => {
      const [target, a] = frame.args as [I32, I32];
      guard(factorMax, a);
      const products = squareColumns(frame.v128.slice(reduceLocals.v128), a);
      emitReduced(target, { products, frame });
    }),
    wideMul: routine({ args: 3, ...wideLocals, v128: 1 + productLocals }, (frame) => {
      const [target, a, b] = frame.args as [I32, I32, I32];
      guard(tight, a, b);
      emitWide(target, frame, productColumns(frame.v128.slice(1), a, b));
    }),
    wideSquare: routine({ args: 2, ...wideLocals, v128: 1 + squareLocals }, (frame) => {
      const [target, a] = frame.args as [I32, I32];
      guard(tight, a);
      emitWide(target, frame, squareColumns(frame.v128.slice(1), a));
    }),
    reduce: routine({ args: 2, ...reduceLocals }, (frame) => {
      const [target, wide] = frame.args as [I32, I32];
      guard(reducible, wide);
      const products = (pair: number, sum: V128) => {
        local.get(wide);
        v128.load32x2_s({ offset: 8 * pair });
        local.set(sum);
      };
      emitReduced(target, { products, frame });
    }),
  };
}

/** (a): stops unless all limbs but the last are tight, and the last within +-topMax. */
function limbCheck(count: number, topMax: number): Routine {
  const tight = 2 ** 29 + 2 ** 24;
  return routine({ args: 1 }, ({ args: [a] }) => {
    for (const index of range(0, count)) {
      const bound = index === count - 1 ? topMax : tight;
      local.get(a!);
      i32.load({ offset: 4 * index });
      i32.const(bound);
      i32.add();
      i32.const(2 * bound);
      i32.gt_u();
      when(() => unreachable());
    }
  });
}
