/**
 * Tokens of Murmur3Partitioner: the first half of MurmurHash3 x64 128 (Austin Appleby, public domain) in Cassandra's variant, which
 * takes the bytes of an incomplete last block as signed. Sixty-four bits are two halves of thirty-two here.
 */
import type { Value } from './api.ts';
import { int64At, putInt32 } from './binary.ts';

/** Results of the arithmetic below, whose functions so need not make objects. */
let high = 0;
let low = 0;

function multiply(aHigh: number, aLow: number, bHigh: number, bLow: number): void {
  const a0 = aLow & 0xffff;
  const a1 = aLow >>> 16;
  const b0 = bLow & 0xffff;
  const b1 = bLow >>> 16;
  // The upper half of the product of the lower halves, in pieces of 16 bits that fit a double.
  const cross = a1 * b0 + ((a0 * b0) >>> 16);
  const carry = a0 * b1 + (cross & 0xffff);
  // `cross` may have 33 bits, so it is divided and not shifted.
  const upper = a1 * b1 + Math.floor(cross / 65536) + Math.floor(carry / 65536);
  high = (Math.imul(aHigh, bLow) + Math.imul(aLow, bHigh) + upper) | 0;
  low = Math.imul(aLow, bLow);
}

function add(aHigh: number, aLow: number, bHigh: number, bLow: number): void {
  const sum = (aLow >>> 0) + (bLow >>> 0);
  high = (aHigh + bHigh + (sum > 0xffffffff ? 1 : 0)) | 0;
  low = sum | 0;
}

/** By 1 to 31. */
function rotate(aHigh: number, aLow: number, bits: number): void {
  high = (aHigh << bits) | (aLow >>> (32 - bits));
  low = (aLow << bits) | (aHigh >>> (32 - bits));
}

// The constants of the algorithm's paper implementation.
const c1High = 0x87c37b91 | 0;
const c1Low = 0x114253d5;
const c2High = 0x4cf5ad43;
const c2Low = 0x2745937f;

function finish(aHigh: number, aLow: number): void {
  multiply(aHigh, aLow ^ (aHigh >>> 1), 0xff51afd7 | 0, 0xed558ccd | 0);
  multiply(high, low ^ (high >>> 1), 0xc4ceb9fe | 0, 0x1a85ec53);
  low ^= high >>> 1;
}

function littleInt32(key: Value, at: number): number {
  return key[at]! | (key[at + 1]! << 8) | (key[at + 2]! << 16) | (key[at + 3]! << 24);
}

/** Exclusive or of the sign-extended bytes from `from` up to `to` (at most eight), each at its place. */
function signedTail(key: Value, from: number, to: number): void {
  high = 0;
  low = 0;
  for (let at = to - 1; at >= from; at -= 1) {
    const byte = (key[at]! << 24) >> 24;
    const bits = (at - from) * 8;
    if (bits < 32) {
      low ^= byte << bits;
      high ^= bits === 0 ? byte >> 31 : byte >> (32 - bits);
    } else high ^= byte << (bits - 32);
  }
}

/** Leaves the token in `high` and `low`. */
function hash(key: Value): void {
  const { length } = key;
  const blocks = length & ~15;
  let h1High = 0;
  let h1Low = 0;
  let h2High = 0;
  let h2Low = 0;
  for (let at = 0; at < blocks; at += 16) {
    multiply(littleInt32(key, at + 4), littleInt32(key, at), c1High, c1Low);
    rotate(high, low, 31);
    multiply(high, low, c2High, c2Low);
    h1High ^= high;
    h1Low ^= low;
    rotate(h1High, h1Low, 27);
    add(high, low, h2High, h2Low);
    multiply(high, low, 0, 5);
    add(high, low, 0, 0x52dce729);
    h1High = high;
    h1Low = low;
    multiply(littleInt32(key, at + 12), littleInt32(key, at + 8), c2High, c2Low);
    // By 33: halves change places and one more.
    rotate(low, high, 1);
    multiply(high, low, c1High, c1Low);
    h2High ^= high;
    h2Low ^= low;
    rotate(h2High, h2Low, 31);
    add(high, low, h1High, h1Low);
    multiply(high, low, 0, 5);
    add(high, low, 0, 0x38495ab5);
    h2High = high;
    h2Low = low;
  }
  if (length > blocks + 8) {
    signedTail(key, blocks + 8, length);
    multiply(high, low, c2High, c2Low);
    rotate(low, high, 1);
    multiply(high, low, c1High, c1Low);
    h2High ^= high;
    h2Low ^= low;
  }
  if (length > blocks) {
    signedTail(key, blocks, Math.min(length, blocks + 8));
    multiply(high, low, c1High, c1Low);
    rotate(high, low, 31);
    multiply(high, low, c2High, c2Low);
    h1High ^= high;
    h1Low ^= low;
  }
  h1Low ^= length;
  h2Low ^= length;
  add(h1High, h1Low, h2High, h2Low);
  h1High = high;
  h1Low = low;
  add(h2High, h2Low, h1High, h1Low);
  h2High = high;
  h2Low = low;
  finish(h2High, h2Low);
  h2High = high;
  h2Low = low;
  finish(h1High, h1Low);
  add(high, low, h2High, h2Low);
  // The least number stands for what comes before every key.
  if (low === 0 && high === -0x80000000) {
    high = 0x7fffffff;
    low = -1;
  }
}

/** Of a whole partition key in its binary form, which has at least a byte. */
export function tokenOf(key: Value): bigint {
  hash(key);
  return (BigInt(high) << 32n) | BigInt(low >>> 0);
}

/** Writes the token's eight bytes so that they are in order: with the sign flipped. */
export function putOrderedToken(key: Value, target: Uint8Array, at: number): void {
  hash(key);
  putInt32(target, at, high ^ 0x80000000);
  putInt32(target, at + 4, low);
}

export function orderedToken(key: Value): Uint8Array {
  const bytes = new Uint8Array(8);
  putOrderedToken(key, bytes, 0);
  return bytes;
}

/** The ordered form of any token, for the ends of ranges. */
export function orderedTokenBytes(token: bigint): Uint8Array {
  const bytes = new Uint8Array(8);
  putInt32(bytes, 0, Number(token >> 32n) ^ 0x80000000);
  putInt32(bytes, 4, Number(BigInt.asIntN(32, token)));
  return bytes;
}

export function tokenOfOrderedBytes(bytes: Uint8Array): bigint {
  return BigInt.asIntN(64, int64At(bytes, 0) ^ (1n << 63n));
}
