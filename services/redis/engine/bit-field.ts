/**
 * Integers of any width within strings, high bit first, as BITFIELD reads and writes them. Values of up to 52 bits are
 * numbers, wider ones are bigints; so is arithmetic that numbers may not do exactly.
 */
import type { RawString } from './types/raw-string.ts';
import { byteAt, type StringValue } from './types/string-changes.ts';

export interface FieldType {
  readonly signed: boolean;
  /** 1 to 64, unsigned to 63. */
  readonly bits: number;
}

/** What happens to a value that does not fit: taken modulo 2^bits, or the nearest that fits, or nothing is stored. */
export type Overflow = 'WRAP' | 'SAT' | 'FAIL';

const exactBits = 52;
const integerMax = 2n ** 63n - 1n;

/** @param offset in bits; behind the end of the string all are 0 */
export function readField(value: StringValue, { signed, bits }: FieldType, offset: number): number | bigint {
  if (bits <= exactBits) {
    const unsigned = readBits(value, offset, bits);
    return signed && unsigned >= 2 ** (bits - 1) ? unsigned - 2 ** bits : unsigned;
  }
  const high = BigInt(readBits(value, offset, bits - 32));
  const unsigned = (high << 32n) | BigInt(readBits(value, offset + bits - 32, 32));
  return signed ? BigInt.asIntN(bits, unsigned) : unsigned;
}

/** The string must be long enough. */
export function writeField(
  raw: RawString,
  { bits }: FieldType,
  offset: number,
  value: number | bigint,
): void {
  if (bits <= exactBits) {
    const number = Number(value);
    writeBits(raw, offset, bits, number < 0 ? number + 2 ** bits : number);
    return;
  }
  const unsigned = BigInt.asUintN(bits, BigInt(value));
  writeBits(raw, offset, bits - 32, Number(unsigned >> 32n));
  writeBits(raw, offset + bits - 32, 32, Number(unsigned & 0xffffffffn));
}

/** `base + increment` as the type holds it; undefined when it does not fit and the policy is FAIL. */
export function addToField(
  type: FieldType,
  base: number | bigint,
  increment: number | bigint,
  overflow: Overflow,
): number | bigint | undefined {
  const { signed, bits } = type;
  if (bits <= exactBits && typeof base === 'number' && typeof increment === 'number') {
    const sum = base + increment;
    const max = 2 ** (signed ? bits - 1 : bits) - 1;
    const min = signed ? -(2 ** (bits - 1)) : 0;
    if (sum >= min && sum <= max) return sum;
  }
  const sum = addExactly(type, BigInt(base), BigInt(increment), overflow);
  return sum === undefined || bits > exactBits ? sum : Number(sum);
}

/**
 * Where a value to be set lies so far below a signed field that the distance to its maximum is beyond 64 bits, saturation
 * gives the maximum, as in Redis: the distance is what it looks at.
 */
function addExactly(
  { signed, bits }: FieldType,
  base: bigint,
  increment: bigint,
  overflow: Overflow,
): bigint | undefined {
  const sum = base + increment;
  const max = (1n << BigInt(signed ? bits - 1 : bits)) - 1n;
  const min = signed ? -max - 1n : 0n;
  if (sum >= min && sum <= max) return sum;
  if (overflow === 'FAIL') return undefined;
  if (overflow === 'SAT') return sum > max || (bits < 64 && max - base > integerMax) ? max : min;
  return signed ? BigInt.asIntN(bits, sum) : BigInt.asUintN(bits, sum);
}

/** At most 52 bits. */
function readBits(value: StringValue, offset: number, bits: number): number {
  let result = 0;
  let at = offset;
  for (let left = bits; left > 0; ) {
    const skipped = at % 8;
    const taken = Math.min(8 - skipped, left);
    const part = (byteAt(value, (at - skipped) / 8) >> (8 - skipped - taken)) & ((1 << taken) - 1);
    result = result * (1 << taken) + part;
    at += taken;
    left -= taken;
  }
  return result;
}

/** At most 52 bits. */
function writeBits({ buffer }: RawString, offset: number, bits: number, value: number): void {
  let at = offset;
  let rest = value;
  for (let left = bits; left > 0; ) {
    const skipped = at % 8;
    const taken = Math.min(8 - skipped, left);
    const scale = 2 ** (left - taken);
    const part = Math.floor(rest / scale);
    rest -= part * scale;
    const shift = 8 - skipped - taken;
    const mask = ((1 << taken) - 1) << shift;
    const index = (at - skipped) / 8;
    buffer[index] = (buffer[index]! & ~mask) | (part << shift);
    at += taken;
    left -= taken;
  }
}
