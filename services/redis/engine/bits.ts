/** Bits of strings. Bit 0 is the highest of the first byte. Ranges include their first byte and not their end. */
import type { RawString } from './types/raw-string.ts';
import type { StringValue } from './types/string-changes.ts';

/** Set bits of each byte. */
const ones = new Uint8Array(256);
for (let byte = 1; byte < 256; byte++) ones[byte] = ones[byte >> 1]! + (byte & 1);

export function countBits(value: StringValue, start: number, end: number): number {
  let count = 0;
  if (typeof value === 'string') {
    for (let i = start; i < end; i++) count += ones[value.charCodeAt(i)]!;
    return count;
  }
  const { buffer } = value;
  const words = alignedWords(value, start, end);
  if (words === undefined) {
    for (let i = start; i < end; i++) count += ones[buffer[i]!]!;
    return count;
  }
  for (let i = start; i < words.start; i++) count += ones[buffer[i]!]!;
  const { view } = words;
  for (let i = 0; i < view.length; i++) count += countWord(view[i]!);
  for (let i = words.end; i < end; i++) count += ones[buffer[i]!]!;
  return count;
}

/** Of 32 bits (Warren, "Hacker's Delight", 5-1). */
function countWord(word: number): number {
  let sum = word - ((word >>> 1) & 0x55555555);
  sum = (sum & 0x33333333) + ((sum >>> 2) & 0x33333333);
  return Math.imul((sum + (sum >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}

/** First byte that differs from `byte`, or `end`. */
export function skipBytes(value: StringValue, byte: number, start: number, end: number): number {
  let at = start;
  if (typeof value === 'string') {
    while (at < end && value.charCodeAt(at) === byte) at++;
    return at;
  }
  const { buffer } = value;
  const words = alignedWords(value, start, end);
  if (words !== undefined) {
    while (at < words.start && buffer[at] === byte) at++;
    if (at < words.start) return at;
    const { view } = words;
    const same = Math.imul(byte, 0x01010101);
    let i = 0;
    while (i < view.length && view[i] === same) i++;
    at += i * 4;
  }
  while (at < end && buffer[at] === byte) at++;
  return at;
}

/** Position of the first bit of this kind in a byte that has one. */
export function firstBit(byte: number, bit: 0 | 1): number {
  return Math.clz32(bit === 1 ? byte : ~byte & 0xff) - 24;
}

interface Words {
  /** Bytes of the string that the words cover. */
  readonly start: number;
  readonly end: number;
  readonly view: Int32Array;
}

/** Where a range has fewer bytes than this, words do not pay. */
const wordsBytesMin = 64;

/** The part of a range that can be read in words of 32 bits. */
function alignedWords({ buffer }: RawString, start: number, end: number): Words | undefined {
  if (end - start < wordsBytesMin) return undefined;
  const first = start + ((4 - ((buffer.byteOffset + start) & 3)) & 3);
  const count = (end - first) >> 2;
  return {
    start: first,
    end: first + count * 4,
    view: new Int32Array(buffer.buffer, buffer.byteOffset + first, count),
  };
}
