/**
 * Imported key material in the encodings that custodians' schemes share: scalars in their group's byte order, octets of an HMAC key,
 * PKCS #8 of RSA.
 *
 * Of SYMMETRIC_DEFAULT custodians use no AES key: the 32 bytes are hashed to the scalar of a pseudo-random function, so equal material
 * gives an equal function. Ciphertexts are opaque in KMS, and nobody can see the difference from outside.
 * Of Ed25519 the scalar is what RFC 8032, 5.1.5 makes of the seed, reduced by the order: it has the same public key. The other half of
 * the hash, from which nonces are derived there, has no use: FROST has nonces of its own.
 */
import { createHash } from 'node:crypto';
import type { CheckedMaterial } from '../engine/crypto/import-material.ts';
import { type KeySpec, rsaBits } from '../engine/specs.ts';

/** Order of ristretto255 and of edwards25519's base point. */
const order25519 = 2n ** 252n + 27742317777372353535851937790883648493n;
const functionLabel = Buffer.from('hypergate/kms/imported-function/v1');

/**
 * @returns a new buffer, which whoever shares it overwrites; arithmetic on scalars passes through integers that nobody can overwrite
 */
export function schemeMaterial(spec: KeySpec, { secret, scalar }: CheckedMaterial): Uint8Array {
  if (spec === 'SYMMETRIC_DEFAULT') {
    const hash = createHash('sha512').update(functionLabel).update(secret).digest();
    return reduced(hash);
  }
  if (spec.startsWith('HMAC_') || rsaBits(spec) !== undefined) return new Uint8Array(secret);
  if (scalar === undefined) throw new RangeError(`no scalar of ${spec}`);
  if (spec === 'ECC_NIST_EDWARDS25519') return edwardsScalar(scalar);
  return new Uint8Array(scalar);
}

function edwardsScalar(seed: Uint8Array): Uint8Array {
  const hash = createHash('sha512').update(seed).digest();
  const half = Buffer.from(hash.subarray(0, 32));
  hash.fill(0);
  half[0]! &= 248;
  half[31]! = (half[31]! & 127) | 64;
  return reduced(half);
}

/** Little-endian in and out; the input is overwritten. */
function reduced(bytes: Buffer): Uint8Array {
  const value = BigInt(`0x${bytes.reverse().toString('hex')}`) % order25519;
  bytes.fill(0);
  const hex = value.toString(16).padStart(64, '0');
  return new Uint8Array(Buffer.from(hex, 'hex').reverse());
}
