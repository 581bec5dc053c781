/** Bits of ports, one per element of a `Uint8Array`, the least significant first, from and to bytes and numbers. */

/** @param bits how many, at most eight for each byte */
export function bitsOfBytes(bytes: Uint8Array, bits: number = bytes.length * 8): Uint8Array {
  if (bits > bytes.length * 8) throw new RangeError(`${bytes.length} bytes have no ${bits} bits`);
  const out = new Uint8Array(bits);
  for (let i = 0; i < bits; i++) out[i] = (bytes[i >> 3]! >> (i & 7)) & 1;
  return out;
}

export function bytesOfBits(bits: Uint8Array): Buffer {
  const out = Buffer.alloc((bits.length + 7) >> 3);
  for (let i = 0; i < bits.length; i++) out[i >> 3]! |= (bits[i]! & 1) << (i & 7);
  return out;
}

/** @param value as two's complement when negative */
export function bitsOfNumber(value: bigint, bits: number): Uint8Array {
  const out = new Uint8Array(bits);
  for (let i = 0; i < bits; i++) out[i] = Number((value >> BigInt(i)) & 1n);
  return out;
}

/** Not negative. */
export function numberOfBits(bits: Uint8Array): bigint {
  let value = 0n;
  for (let i = bits.length - 1; i >= 0; i--) value = (value << 1n) | BigInt(bits[i]! & 1);
  return value;
}
