/**
 * Products. Schoolbook: n*m AND gates for the partial products and about as many to add them up. Karatsuba's three half products
 * (Karatsuba, Ofman, 1962; for circuits: Henecka, Koegl, Sadeghi, Schneider, Wehrenberg, "TASTY", CCS 2010) have fewer gates
 * from `karatsubaFrom` bits on.
 */
import { type Bit, type CircuitBuilder, FALSE, TRUE, type Word } from '../builder.ts';
import { type AdderOptions, add, addWithCarry, subtract } from './add.ts';
import { sumColumns, sumWords } from './columns.ts';
import { maskWord } from './logic.ts';
import { constantWord, isConstant, sameWidth, zeroExtend } from './shape.ts';

/** Least width of factors for which three half products have fewer AND gates than the schoolbook. */
const karatsubaFrom = 15;
/** The same for products of which the lower half alone is wanted. */
const karatsubaLowFrom = 32;
const signedKaratsubaFrom = 18;

/** Unsigned product of all bits: of a.length + b.length. */
export function multiplyFull(builder: CircuitBuilder, a: Word, b: Word, options?: AdderOptions): Word {
  const [short, long] = a.length < b.length ? [a, b] : [b, a];
  if (short.length < karatsubaFrom || isConstant(a) || isConstant(b)) {
    return schoolbook(builder, short, long, a.length + b.length, options);
  }
  if (long.length >= 2 * short.length) return multiplyInParts(builder, short, long, options);
  return karatsuba(builder, short, long, options);
}

/** Modulo 2^n, the same for unsigned numbers and two's complement: n^2 - n + 1 AND gates, fewer for wide words. */
export function multiply(builder: CircuitBuilder, a: Word, b: Word, options?: AdderOptions): Word {
  const width = sameWidth(a, b);
  if (width < karatsubaLowFrom || isConstant(a) || isConstant(b))
    return schoolbook(builder, a, b, width, options);
  // Of an odd width the lower half has the bit more, so that the product of the upper halves is above all that is wanted.
  const upper = width >> 1;
  const half = width - upper;
  const [a0, b0] = [a.slice(0, half), b.slice(0, half)];
  const low = multiplyFull(builder, a0, b0, options);
  const cross = [
    multiply(builder, a.slice(half), b0.slice(0, upper), options),
    multiply(builder, b.slice(half), a0.slice(0, upper), options),
    low.slice(half, width),
  ];
  return [...low.slice(0, half), ...sumWords(builder, cross, upper, options)];
}

/** Two's complement product of all bits: of a.length + b.length. */
export function signedMultiplyFull(builder: CircuitBuilder, a: Word, b: Word, options?: AdderOptions): Word {
  const width = a.length + b.length;
  const low = Math.min(a.length, b.length);
  if (low === 0) return constantWord(0, width);
  if (low < signedKaratsubaFrom || isConstant(a) || isConstant(b)) return baughWooley(builder, a, b, options);
  // a = a' - 2^n s, b = b' - 2^m t, with a' and b' unsigned: what is too much has the weight 2^n or 2^m.
  const product = multiplyFull(builder, a, b, options);
  const ofA = [...constantWord(0, a.length - low), ...maskWord(builder, a.at(-1)!, b)];
  const ofB = [...constantWord(0, b.length - low), ...maskWord(builder, b.at(-1)!, a)];
  const tooMuch = add(builder, ofA, ofB, options);
  return [...product.slice(0, low), ...subtract(builder, product.slice(low), tooMuch, options)];
}

/** Product modulo 2^width. */
function schoolbook(builder: CircuitBuilder, a: Word, b: Word, width: number, options?: AdderOptions): Word {
  const columns: Bit[][] = Array.from({ length: width }, () => []);
  for (const [i, x] of a.entries()) {
    for (const [j, y] of b.entries()) {
      if (i + j < width) columns[i + j]!.push(builder.and(x, y));
    }
  }
  return sumColumns(builder, columns, width, options);
}

/**
 * Products with one sign bit are negative: their negation and a constant are added instead (Baugh, Wooley, "A two's complement
 * parallel array multiplication algorithm", 1973).
 */
function baughWooley(builder: CircuitBuilder, a: Word, b: Word, options?: AdderOptions): Word {
  const width = a.length + b.length;
  const columns: Bit[][] = Array.from({ length: width }, () => []);
  for (const [i, x] of a.entries()) {
    for (const [j, y] of b.entries()) {
      const negative = (i === a.length - 1) !== (j === b.length - 1);
      const product = builder.and(x, y);
      columns[i + j]!.push(negative ? builder.not(product) : product);
    }
  }
  for (const at of [a.length - 1, b.length - 1, width - 1]) columns[at]!.push(TRUE);
  return sumColumns(builder, columns, width, options);
}

/** A much longer factor, part by part. */
function multiplyInParts(builder: CircuitBuilder, short: Word, long: Word, options?: AdderOptions): Word {
  const step = short.length;
  const low = multiplyFull(builder, short, long.slice(0, step), options);
  const high = multiplyFull(builder, short, long.slice(step), options);
  const rest = addWithCarry(builder, zeroExtend(low.slice(step), high.length), high, FALSE, options).sum;
  return [...low.slice(0, step), ...rest];
}

/** (x1 2^h + x0)(y1 2^h + y0), where x1 y0 + x0 y1 = (x0 + x1)(y0 + y1) - x0 y0 - x1 y1. */
function karatsuba(builder: CircuitBuilder, x: Word, y: Word, options?: AdderOptions): Word {
  const half = y.length - (y.length >> 1);
  const [x0, x1] = [x.slice(0, half), x.slice(half)];
  const [y0, y1] = [y.slice(0, half), y.slice(half)];
  const low = multiplyFull(builder, x0, y0, options);
  const high = multiplyFull(builder, x1, y1, options);
  const sums = multiplyFull(
    builder,
    sumOfHalves(builder, x0, x1, options),
    sumOfHalves(builder, y0, y1, options),
    options,
  );
  // The cross terms are less than 2^(x1 + y0 + 1) bits hold, so that all can be computed modulo that.
  const width = Math.max(x1.length + y0.length, x0.length + y1.length) + 1;
  const outer = addWithCarry(builder, fit(low, width), fit(high, width), FALSE, options).sum;
  const cross = subtract(builder, fit(sums, width), outer, options);
  const all = [...low, ...high];
  const upper = all.length - half;
  return [...all.slice(0, half), ...add(builder, all.slice(half), fit(cross, upper), options)];
}

function sumOfHalves(builder: CircuitBuilder, low: Word, high: Word, options?: AdderOptions): Word {
  const { sum, carry } = addWithCarry(builder, low, zeroExtend(high, low.length), FALSE, options);
  return [...sum, carry];
}

/** Modulo 2^width: cuts or extends. */
function fit(word: Word, width: number): Word {
  return word.length < width ? zeroExtend(word, width) : word.slice(0, width);
}
