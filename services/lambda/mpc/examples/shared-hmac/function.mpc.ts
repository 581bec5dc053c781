/**
 * HMAC-SHA-256 (RFC 2104) under a key that nobody has: each party has a share of its 32 bytes, and their XOR is the key. (A shorter key with zeros
 * behind it is the same key.) One gives the message of 8 bytes, a counter or a challenge; both learn the tag.
 */
import { type FixedArray, fill, hmacSha256, type u8 } from 'hypergate:mpc';

const keySize = 32;

type Share = FixedArray<u8, typeof keySize>;

export default function main(left: { share: Share; message: FixedArray<u8, 8> }, right: { share: Share }) {
  const key = fill<u8, typeof keySize>(0);
  for (let i = 0; i < keySize; i++) key[i] = left.share[i] ^ right.share[i];
  return { all: { tag: hmacSha256(key, left.message) } };
}
