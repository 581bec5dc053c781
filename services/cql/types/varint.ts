/** Integers of any length in two's complement, shortest form, as `java.math.BigInteger` writes them. */
import { bytesOfHex, hexOf } from './binary.ts';

/** Not of empty values. */
export function decodeVarint(bytes: Uint8Array): bigint {
  if (bytes.length <= 6) {
    let value = (bytes[0]! << 24) >> 24;
    for (let at = 1; at < bytes.length; at += 1) value = value * 0x100 + bytes[at]!;
    return BigInt(value);
  }
  return BigInt.asIntN(bytes.length * 8, BigInt(`0x${hexOf(bytes)}`));
}

export function encodeVarint(value: bigint): Uint8Array {
  const magnitude = value < 0n ? -value - 1n : value;
  // Half a byte per hexadecimal digit, and a bit for the sign.
  const digits = magnitude.toString(16);
  const bits = digits.length * 4 - (Math.clz32(Number.parseInt(digits[0]!, 16)) - 28);
  const length = (magnitude === 0n ? 0 : bits >> 3) + 1;
  const text = BigInt.asUintN(length * 8, value).toString(16);
  return bytesOfHex(text.padStart(length * 2, '0'));
}
