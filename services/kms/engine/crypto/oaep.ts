/**
 * EME-OAEP with an empty label and MGF1 over the same hash (RFC 8017, 7.1), without the modular power: that is the custodians'.
 *
 * Decoding takes the same steps whatever is in the padding, and has one failure (Manger, "A Chosen Ciphertext Attack on RSA
 * Optimal Asymmetric Encryption Padding", CRYPTO 2001). The length of what was encrypted shows in the time, as it does in the answer.
 */
import { createHash } from 'node:crypto';
import { kmsError } from '../errors.ts';
import { type HashName, hashBytes } from '../message-sizes.ts';
import { mgf1, xorInto } from './mgf1.ts';

/**
 * @param k bytes of the modulus
 * @param seed as many random bytes as the hash has
 * @throws RangeError for a message that is too long: lengths were checked before
 */
export function encodeOaep(message: Uint8Array, k: number, hash: HashName, seed: Uint8Array): Uint8Array {
  const size = hashBytes[hash];
  if (message.length > k - 2 * size - 2 || seed.length !== size) throw new RangeError('not for this modulus');
  const encoded = Buffer.alloc(k);
  const db = encoded.subarray(1 + size);
  emptyLabel(hash).copy(db);
  db[db.length - message.length - 1] = 1;
  db.set(message, db.length - message.length);
  xorInto(db, mgf1(hash, seed, db.length));
  const masked = encoded.subarray(1, 1 + size);
  masked.set(seed);
  xorInto(masked, mgf1(hash, db, size));
  return new Uint8Array(encoded);
}

/** @throws KmsError InvalidCiphertextException */
export function decodeOaep(encoded: Uint8Array, hash: HashName): Uint8Array {
  const size = hashBytes[hash];
  if (encoded.length < 2 * size + 2) throw kmsError('InvalidCiphertextException');
  const seed = Uint8Array.from(encoded.subarray(1, 1 + size));
  const db = Uint8Array.from(encoded.subarray(1 + size));
  xorInto(seed, mgf1(hash, db, size));
  xorInto(db, mgf1(hash, seed, db.length));

  let bad = encoded[0]!;
  const label = emptyLabel(hash);
  for (let i = 0; i < size; i += 1) bad |= db[i]! ^ label[i]!;
  // `searching` is -1 until the first byte that is not zero, and 0 from there on.
  let searching = -1;
  let start = 0;
  for (let i = size; i < db.length; i += 1) {
    const byte = db[i]!;
    const first = searching & ~isZero(byte);
    bad |= first & (byte ^ 1);
    start |= first & (i + 1);
    searching &= isZero(byte);
  }
  bad |= searching & 1;
  if (bad !== 0) {
    db.fill(0);
    throw kmsError('InvalidCiphertextException');
  }
  return db.slice(start);
}

/** -1 for zero, 0 for any other byte. */
const isZero = (byte: number): number => (byte - 1) >> 31;

const emptyLabel = (hash: HashName): Buffer => createHash(hash).digest();
