/**
 * Checksums of v5's outer frames. Specification: "CQL BINARY PROTOCOL v5", section 2: CRC24 with polynomial 0x1974F0B and initial
 * value 0x875060 over the header, CRC32 over the payload behind four fixed bytes.
 */
import { crc32 } from 'node:zlib';

const initial24 = 0x875060;
const polynomial24 = 0x1974f0b;
const initial32 = crc32(Buffer.from([0xfa, 0x2d, 0x55, 0xca]));

const table = Int32Array.from({ length: 256 }, (_, byte) => {
  let rest = byte << 16;
  for (let bit = 0; bit < 8; bit++) {
    rest <<= 1;
    if ((rest & 0x1000000) !== 0) rest ^= polynomial24;
  }
  return rest & 0xffffff;
});

export function crc24(bytes: Uint8Array, from: number, to: number): number {
  let rest = initial24;
  for (let at = from; at < to; at++) rest = ((rest << 8) & 0xffffff) ^ table[(rest >>> 16) ^ bytes[at]!]!;
  return rest;
}

export function payloadCrc(payload: Uint8Array): number {
  return crc32(payload, initial32);
}
