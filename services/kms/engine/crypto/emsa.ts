/**
 * EMSA-PKCS1-v1_5 and EMSA-PSS (RFC 8017, 9.1 and 9.2), without the modular power: that is the custodians'. Digests and encodings
 * are public. PSS with MGF1 over the same hash and a salt as long as it, as KMS has it.
 */
import { createHash } from 'node:crypto';
import { type HashName, hashBytes, hashOf } from '../message-sizes.ts';
import { mgf1, xorInto } from './mgf1.ts';

/** DER of DigestInfo before the digest (RFC 8017, 9.2, note 1): length and last byte of the object identifier differ. */
const digestInfo = (hash: 'sha256' | 'sha384' | 'sha512'): Buffer => {
  const size = hashBytes[hash];
  const last = { sha256: 1, sha384: 2, sha512: 3 }[hash];
  const oid = [0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, last];
  return Buffer.from([0x30, 17 + size, 0x30, 13, 0x06, 9, ...oid, 0x05, 0x00, 0x04, size]);
};

/** @param k bytes of the modulus */
export function encodePkcs1(digest: Uint8Array, k: number, hash: HashName): Uint8Array {
  if (hash !== 'sha256' && hash !== 'sha384' && hash !== 'sha512')
    throw new RangeError('no hash of a signature');
  const info = Buffer.concat([digestInfo(hash), digest]);
  if (digest.length !== hashBytes[hash] || k < info.length + 11) throw new RangeError('not for this modulus');
  const encoded = Buffer.alloc(k, 0xff);
  encoded[0] = 0;
  encoded[1] = 1;
  encoded[k - info.length - 1] = 0;
  info.copy(encoded, k - info.length);
  return new Uint8Array(encoded);
}

/**
 * For a modulus of 8k bits, so that the encoding has 8k - 1.
 * @param salt random, as long as the hash
 */
export function encodePss(digest: Uint8Array, k: number, hash: HashName, salt: Uint8Array): Uint8Array {
  const size = hashBytes[hash];
  if (digest.length !== size || salt.length !== size || k < 2 * size + 2)
    throw new RangeError('not for this modulus');
  const h = pssHash(hash, digest, salt);
  const db = Buffer.alloc(k - size - 1);
  db[db.length - size - 1] = 1;
  db.set(salt, db.length - size);
  xorInto(db, mgf1(hash, h, db.length));
  db[0]! &= 0x7f;
  return new Uint8Array(Buffer.concat([db, h, Uint8Array.of(0xbc)]));
}

/** Whether an encoding is one of this digest, with whatever salt. */
export function isPss(encoded: Uint8Array, digest: Uint8Array, hash: HashName): boolean {
  const size = hashBytes[hash];
  const k = encoded.length;
  if (digest.length !== size || k < 2 * size + 2 || encoded[k - 1] !== 0xbc) return false;
  if ((encoded[0]! & 0x80) !== 0) return false;
  const h = encoded.subarray(k - size - 1, k - 1);
  const db = Uint8Array.from(encoded.subarray(0, k - size - 1));
  xorInto(db, mgf1(hash, h, db.length));
  db[0]! &= 0x7f;
  const salt = db.subarray(db.length - size);
  if (db.subarray(0, db.length - size - 1).some((byte) => byte !== 0)) return false;
  if (db[db.length - size - 1] !== 1) return false;
  return Buffer.compare(pssHash(hash, digest, salt), h) === 0;
}

function pssHash(hash: HashName, digest: Uint8Array, salt: Uint8Array): Buffer {
  return createHash(hash).update(Buffer.alloc(8)).update(digest).update(salt).digest();
}

/** What is raised to the private power. @param salt of PSS; PKCS #1 v1.5 has none */
export function encodeForSigning(
  algorithm: string,
  digest: Uint8Array,
  k: number,
  salt: Uint8Array,
): Uint8Array {
  const hash = hashOf(algorithm);
  return algorithm.startsWith('RSASSA_PSS') ? encodePss(digest, k, hash, salt) : encodePkcs1(digest, k, hash);
}

/** Whether these bytes are what the algorithm raises to the private power for this digest. */
export function isEncodedFor(algorithm: string, encoded: Uint8Array, digest: Uint8Array): boolean {
  const hash = hashOf(algorithm);
  if (digest.length !== hashBytes[hash]) return false;
  if (algorithm.startsWith('RSASSA_PSS')) return isPss(encoded, digest, hash);
  return Buffer.compare(encodePkcs1(digest, encoded.length, hash), encoded) === 0;
}
