/** Integers and bytes, big-endian. Works in browsers. */
import { bytesToHex } from '@noble/hashes/utils.js';

export function unsignedFrom(bytes: Uint8Array): bigint {
  return bytes.length === 0 ? 0n : BigInt(`0x${bytesToHex(bytes)}`);
}

/** Two's complement. */
export function signedFrom(bytes: Uint8Array): bigint {
  return BigInt.asIntN(bytes.length * 8, unsignedFrom(bytes));
}

/** Two's complement in `length` bytes. @throws RangeError when the value does not fit */
export function signedBytes(value: bigint, length: number): Uint8Array {
  if (BigInt.asIntN(length * 8, value) !== value) throw new RangeError('the integer does not fit its field');
  const digits = BigInt.asUintN(length * 8, value)
    .toString(16)
    .padStart(length * 2, '0');
  return Uint8Array.from({ length }, (_, at) => Number.parseInt(digits.slice(2 * at, 2 * at + 2), 16));
}

/** Unsigned, in `length` bytes (at most 8). @param value a safe integer that is not negative */
export function counterBytes(value: number, length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  let rest = value;
  for (let at = length - 1; at >= 0; at--) {
    bytes[at] = rest % 256;
    rest = Math.floor(rest / 256);
  }
  if (rest !== 0) throw new RangeError('the counter does not fit its field');
  return bytes;
}

export function concat(...parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

export function sameBytes(left: Uint8Array, right: Uint8Array): boolean {
  return left.length === right.length && left.every((byte, at) => byte === right[at]);
}
