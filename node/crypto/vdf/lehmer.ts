/**
 * Partial extended Euclid on large integers by Lehmer's method: the quotients of many steps are found from the leading
 * bits in floating-point integers, collected in a 2 x 2 matrix, and applied to the large numbers at once.
 *
 * Sources: D. E. Knuth, The Art of Computer Programming vol. 2, 4.5.2 (Lehmer); H. Cohen, A Course in Computational
 * Algebraic Number Theory (1993), Algorithms 1.3.7 and 5.4.8 (PARTEUCL).
 *
 * Two levels: a window of the 104 leading bits is reduced by two matrices of 26-bit entries, whose product (at most 53
 * bits) costs one multiplication of a large number by one machine word. Unlike the textbook, a quotient is not proved to
 * be the true one. Every matrix has determinant +-1 whatever its quotients, so the lattice spanned by the two columns never
 * changes, and that is all that inverses and compositions need; a wrong last quotient shows as a negative or unordered
 * remainder, which is mended. What a wrong one could cost is progress, hence the bound on rounds.
 */
import { invariant } from './invariant.ts';
import { vdfLimits } from './limits.ts';

/**
 * Two columns (remainder, cofactor) of the lattice {(r, q): r = q * y0 mod x0}; they span it: |r0 q1 - r1 q0| = x0.
 * Remainders are never negative, `remainder1` is below the bound asked for, and cofactors carry signs.
 */
export interface Columns {
  readonly remainder0: bigint;
  readonly remainder1: bigint;
  readonly cofactor0: bigint;
  readonly cofactor1: bigint;
}

const two26 = 2 ** 26;
const two32 = 2 ** 32;
const two52 = 2 ** 52;
const windowBits = 104;
/** What the window may exceed `windowBits` by when the bit length was underestimated. */
const windowSlackBits = 1;

/** 0n, 1n, 2n, ...: making a BigInt of a number costs as much as a shift. */
const shifts: readonly bigint[] = Array.from({ length: vdfLimits.bitsMax + 256 }, (_, n) => BigInt(n));

const unsigned64 = new BigUint64Array(2);
const words = new Uint32Array(unsigned64.buffer);
const signed64 = new BigInt64Array(1);
const signedWords = new Int32Array(signed64.buffer);

/** A BigInt of a safe integer; faster than `BigInt(value)` because it is inlined. */
function wide(value: number): bigint {
  signedWords[0] = value | 0;
  signedWords[1] = Math.floor(value / two32);
  return signed64[0]!;
}

/** Number of bits of a non-negative integer. Slow; for starts and mended estimates. */
export function bitLength(value: bigint): number {
  if (value === 0n) return 0;
  const digits = value.toString(16);
  return (digits.length - 1) * 4 + 32 - Math.clz32(Number.parseInt(digits[0]!, 16));
}

/** Number of bits of a positive Number below 2^64. */
function numberBits(value: number): number {
  return value >= two32 ? 64 - Math.clz32(Math.floor(value / two32)) : 32 - Math.clz32(value);
}

/** The matrix found by `reduceWindow`, row by row, and the bit length of the first remainder, counted in the window. */
const found = { a: 1, b: 0, c: 0, d: 1, bits: 0 };

/**
 * Reduces the window (x1:x0 and y1:y0, each high 52 bits, middle 26, low 26) until the second remainder is below 2^54 or
 * below `stop` (both in units of the window's last bit). False when the first quotient is too large for the method.
 */
function reduceWindow(
  xHigh: number,
  xMid: number,
  xLow: number,
  yHigh: number,
  yMid: number,
  yLow: number,
  stop: number,
): boolean {
  let a = 1;
  let b = 0;
  let c = 0;
  let d = 1;
  let x = xHigh;
  let y = yHigh;
  const stopHigh = Math.max(two26, stop / two52);
  // Bound: y halves at least every second turn. Entries stay below xHigh / stopHigh <= 2^27.
  while (y >= stopHigh) {
    const quotient = Math.floor(x / y);
    let next = x - quotient * y;
    x = y;
    y = next;
    next = a - quotient * c;
    a = c;
    c = next;
    next = b - quotient * d;
    b = d;
    d = next;
  }
  if (b === 0) return false;
  // x is at least stopHigh >= 2^26; beyond 2^33 the second level would gain next to nothing.
  const scale = x < 2 ** 27 ? 2 ** 27 : x < 2 ** 29 ? 2 ** 29 : x < 2 ** 33 ? 2 ** 33 : 0;
  if (scale === 0) {
    found.a = a;
    found.b = b;
    found.c = c;
    found.d = d;
    found.bits = numberBits(x) + 52;
    return true;
  }
  const u = x * two52 + (a * xMid + b * yMid) * two26 + (a * xLow + b * yLow);
  let v = y * two52 + (c * xMid + d * yMid) * two26 + (c * xLow + d * yLow);
  if (v < 0) {
    v = -v;
    c = -c;
    d = -d;
  }
  x = Math.floor(u / scale);
  y = Math.floor(v / scale);
  let e = 1;
  let f = 0;
  let g = 0;
  let h = 1;
  const stopLow = Math.max(2 * two26, stop / scale);
  while (y >= stopLow) {
    const quotient = Math.floor(x / y);
    let next = x - quotient * y;
    x = y;
    y = next;
    next = e - quotient * g;
    e = g;
    g = next;
    next = f - quotient * h;
    f = h;
    h = next;
  }
  found.a = e * a + f * c;
  found.b = e * b + f * d;
  found.c = g * a + h * c;
  found.d = g * b + h * d;
  found.bits = numberBits(Math.max(x, 1)) + numberBits(scale) - 1;
  return true;
}

/**
 * Runs Euclid on (x, y) until the second remainder is below 2^stopBits. `stopBits` 0 runs to the end: `remainder1` is 0
 * and `remainder0` the greatest common divisor.
 *
 * @param x at least 1, of at most `bitsMax` bits; `xBits` is its length in bits or a near guess
 * @param y from 0 to x
 */
export function partialEuclid(x: bigint, y: bigint, xBits: number, stopBits: number): Columns {
  const bound = 1n << shifts[stopBits]!;
  let r0 = x;
  let r1 = y;
  let q0 = 0n;
  let q1 = 1n;
  let bits = xBits;
  // Each round takes at least a quotient off; two quotients at least halve the remainder; a mended guess costs one round.
  const roundsMax = 4 * vdfLimits.bitsMax;
  for (let round = 0; r1 >= bound; round++) {
    invariant(round < roundsMax, 'Euclid makes no progress');
    if (r0 < r1) {
      let swap = r0;
      r0 = r1;
      r1 = swap;
      swap = q0;
      q0 = q1;
      q1 = swap;
    }
    const shift = bits - windowBits;
    let head = shift >= 0 ? r0 >> shifts[shift]! : r0 << shifts[-shift]!;
    unsigned64[0] = head;
    head >>= 64n;
    unsigned64[1] = head;
    let top = words[3]!;
    if (head > 0xffff_ffff_ffff_ffffn || top >= 2 ** (8 + windowSlackBits) || top < 4) {
      bits = bitLength(r0);
      const exact = bits - windowBits;
      if (exact !== shift) continue;
    }
    const xHigh = (top * two32 + words[2]!) * 2 ** 12 + (words[1]! >>> 20);
    const xMid = ((words[1]! & 0xfffff) << 6) | (words[0]! >>> 26);
    const xLow = words[0]! & 0x3ffffff;
    head = shift >= 0 ? r1 >> shifts[shift]! : r1 << shifts[-shift]!;
    unsigned64[0] = head;
    unsigned64[1] = head >> 64n;
    top = words[3]!;
    const yHigh = (top * two32 + words[2]!) * 2 ** 12 + (words[1]! >>> 20);
    const yMid = ((words[1]! & 0xfffff) << 6) | (words[0]! >>> 26);
    const yLow = words[0]! & 0x3ffffff;

    if (reduceWindow(xHigh, xMid, xLow, yHigh, yMid, yLow, 2 ** Math.max(stopBits - shift, -1))) {
      const a = wide(found.a);
      const b = wide(found.b);
      const c = wide(found.c);
      const d = wide(found.d);
      let next = a * r0 + b * r1;
      r1 = c * r0 + d * r1;
      r0 = next;
      next = a * q0 + b * q1;
      q1 = c * q0 + d * q1;
      q0 = next;
      if (r0 < 0n) {
        r0 = -r0;
        q0 = -q0;
      }
      if (r1 < 0n) {
        r1 = -r1;
        q1 = -q1;
      }
      bits = shift + found.bits;
    } else {
      const quotient = r0 / r1;
      let next = r0 - quotient * r1;
      r0 = r1;
      r1 = next;
      next = q0 - quotient * q1;
      q0 = q1;
      q1 = next;
      bits = bitLength(r0);
    }
  }
  return { remainder0: r0, remainder1: r1, cofactor0: q0, cofactor1: q1 };
}
