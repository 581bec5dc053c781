/**
 * SHA-1 of a byte string, the name of a script. Source: FIPS 180-4, 6.1. (The engine has no crypto module; nothing here relies
 * on collisions being hard.)
 */
import { Buffer } from 'node:buffer';
import '@hypergate/kit/bytes';

const words = new Int32Array(80);

/** @returns 40 lower-case hexadecimal digits */
export function sha1Hex(bytes: string): string {
  const { length } = bytes;
  const padded = Buffer.alloc(((length + 8) >> 6) * 64 + 64);
  padded.latin1Write(bytes, 0, length);
  padded[length] = 0x80;
  padded.writeUInt32BE(Math.floor(length / 0x20000000), padded.length - 8);
  padded.writeUInt32BE((length << 3) >>> 0, padded.length - 4);
  const hash = Int32Array.of(0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0);
  for (let at = 0; at < padded.length; at += 64) addBlock(hash, padded, at);
  let hex = '';
  for (const word of hash) hex += (word >>> 0).toString(16).padStart(8, '0');
  return hex;
}

function addBlock(hash: Int32Array, bytes: Buffer, at: number): void {
  for (let t = 0; t < 16; t++) words[t] = bytes.readInt32BE(at + t * 4);
  for (let t = 16; t < 80; t++) {
    const mixed = words[t - 3]! ^ words[t - 8]! ^ words[t - 14]! ^ words[t - 16]!;
    words[t] = (mixed << 1) | (mixed >>> 31);
  }
  let a = hash[0]!;
  let b = hash[1]!;
  let c = hash[2]!;
  let d = hash[3]!;
  let e = hash[4]!;
  for (let t = 0; t < 80; t++) {
    const next = (((a << 5) | (a >>> 27)) + round(t, b, c, d) + e + words[t]!) | 0;
    e = d;
    d = c;
    c = (b << 30) | (b >>> 2);
    b = a;
    a = next;
  }
  hash[0] = hash[0]! + a;
  hash[1] = hash[1]! + b;
  hash[2] = hash[2]! + c;
  hash[3] = hash[3]! + d;
  hash[4] = hash[4]! + e;
}

function round(t: number, b: number, c: number, d: number): number {
  if (t < 20) return ((b & c) | (~b & d)) + 0x5a827999;
  if (t < 40) return (b ^ c ^ d) + 0x6ed9eba1;
  if (t < 60) return ((b & c) | (b & d) | (c & d)) + 0x8f1bbcdc;
  return (b ^ c ^ d) + 0xca62c1d6;
}
