/** HKDF with SHA-256 (RFC 5869) over @noble/hashes: the same bytes as hkdf.ts, also in browsers. */
import { expand, extract } from '@noble/hashes/hkdf.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { concatBytes } from '@noble/hashes/utils.js';

/** HMAC(salt, secret), 32 bytes: one-way in the secret. */
export function hkdfExtract(secret: Uint8Array, salt: Uint8Array): Uint8Array {
  return extract(sha256, secret, salt);
}

/** @param extracted result of `hkdfExtract`. @param length at most 255 * 32 */
export function hkdfExpand(extracted: Uint8Array, info: Uint8Array, length: number): Uint8Array {
  return expand(sha256, extracted, info, length);
}

/** `deriveLabelled` of hkdf.ts. */
export function deriveLabelledPortable(
  secret: Uint8Array,
  label: string,
  context: Uint8Array,
  length: number,
): Uint8Array {
  const name = new TextEncoder().encode(label);
  const info = concatBytes(Uint8Array.of(name.length), name, context);
  return hkdfExpand(hkdfExtract(secret, new Uint8Array(0)), info, length);
}
