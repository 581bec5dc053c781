/**
 * Cassandra's integers of one to nine bytes: as many leading ones as bytes follow, then the number; signed ones are folded so that
 * small negative numbers stay short. Durations and the elements of vectors have them. Specification: native protocol v5, section 3.
 */

/** Bytes that the number at `at` takes. */
export function vintLengthAt(bytes: Uint8Array, at: number): number {
  return Math.clz32((bytes[at]! ^ 0xff) << 24 || 0x00800000) + 1;
}

export function unsignedVintLength(value: bigint): number {
  let length = 1;
  for (let left = value >> 7n; left > 0n && length < 9; left >>= 7n) length += 1;
  return length;
}

/** `undefined` where the bytes end before the number does. */
export function unsignedVintAt(bytes: Uint8Array, at: number, end: number): bigint | undefined {
  if (at >= end) return undefined;
  const length = vintLengthAt(bytes, at);
  if (length > end - at) return undefined;
  let value = length >= 8 ? 0n : BigInt(bytes[at]! & (0xff >> length));
  for (let index = 1; index < length; index += 1) value = (value << 8n) | BigInt(bytes[at + index]!);
  return value;
}

export function signedVintAt(bytes: Uint8Array, at: number, end: number): bigint | undefined {
  const folded = unsignedVintAt(bytes, at, end);
  return folded === undefined ? undefined : (folded >> 1n) ^ -(folded & 1n);
}

export function putUnsignedVint(bytes: Uint8Array, at: number, value: bigint): number {
  const length = unsignedVintLength(value);
  let left = value;
  for (let index = length - 1; index >= 0; index -= 1) {
    bytes[at + index] = Number(left & 0xffn);
    left >>= 8n;
  }
  bytes[at] = bytes[at]! | ((0xff00 >> (length - 1)) & 0xff);
  return at + length;
}

/** Of 64 bits. */
export function foldSign(value: bigint): bigint {
  return BigInt.asUintN(64, (value << 1n) ^ (value >> 63n));
}
