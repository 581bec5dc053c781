/**
 * Which register an element belongs to and what it makes of it: MurmurHash64A (A. Appleby, public domain) with Redis' seed.
 * 64-bit numbers are two halves of 32 bits.
 */
import { hllFormat } from './hll-format.ts';

const seed = 0xadc83b19;
const multiplierHigh = 0xc6a4a793 | 0;
const multiplierLow = 0x5bd1e995;
const multiplierLow0 = multiplierLow & 0xffff;
const multiplierLow1 = multiplierLow >>> 16;

/** The product of the last `multiply`: one call gives two numbers without making an object. */
let high = 0;
let low = 0;

/** (h, l) * multiplier modulo 2^64. */
function multiply(h: number, l: number): void {
  const l0 = l & 0xffff;
  const l1 = l >>> 16;
  const bottom = l0 * multiplierLow0;
  const middle = l0 * multiplierLow1 + l1 * multiplierLow0 + (bottom >>> 16);
  const top = l1 * multiplierLow1 + Math.floor(middle / 65_536);
  high = (top + Math.imul(h, multiplierLow) + Math.imul(l, multiplierHigh)) | 0;
  low = ((middle & 0xffff) << 16) | (bottom & 0xffff);
}

/** Little-endian word of up to 4 bytes. */
function wordAt(text: string, at: number, bytes: number): number {
  let word = 0;
  for (let i = 0; i < bytes; i++) word |= text.charCodeAt(at + i) << (8 * i);
  return word;
}

/** Leaves the hash in `high` and `low`. */
function hash(element: string): void {
  const { length } = element;
  multiply(0, length);
  let h = high;
  let l = low ^ seed;
  const whole = length & ~7;
  for (let at = 0; at < whole; at += 8) {
    multiply(wordAt(element, at + 4, 4), wordAt(element, at, 4));
    multiply(high, low ^ (high >>> 15));
    multiply(h ^ high, l ^ low);
    h = high;
    l = low;
  }
  const rest = length - whole;
  if (rest > 0) {
    multiply(
      h ^ wordAt(element, whole + 4, Math.max(0, rest - 4)),
      l ^ wordAt(element, whole, Math.min(4, rest)),
    );
    h = high;
    l = low;
  }
  multiply(h, l ^ (h >>> 15));
  low ^= high >>> 15;
}

/** `register * 64 + rank`; the rank is the position of the first 1 in the bits that choose no register. */
export function hllPlace(element: string): number {
  hash(element);
  const { indexBits, registers, rankMax } = hllFormat;
  const lowBits = low >>> indexBits;
  const rank =
    lowBits !== 0
      ? trailingZeros(lowBits) + 1
      : high !== 0
        ? 32 - indexBits + trailingZeros(high) + 1
        : rankMax;
  return (low & (registers - 1)) * 64 + rank;
}

function trailingZeros(word: number): number {
  return 31 - Math.clz32(word & -word);
}
