/**
 * Verify needs the public key alone. Messages go to node:crypto; digests, which it does not take for ECDSA and Ed25519ph, to
 * @noble/curves, and for RSA to the padding check after the public power.
 */
import { constants, createHash, createPublicKey, type KeyObject, publicEncrypt, verify } from 'node:crypto';
import { ed25519 } from '@noble/curves/ed25519.js';
import { p256, p384, p521 } from '@noble/curves/nist.js';
import { secp256k1 } from '@noble/curves/secp256k1.js';
import { hashOf, type MessageType } from '../message-sizes.ts';
import { type KeySpec, rsaBits } from '../specs.ts';
import { signatureFromDer } from './ecdsa-signature.ts';
import { isEncodedFor } from './emsa.ts';
import { orderBytes } from './public-key.ts';

export interface SignatureClaim {
  readonly spec: KeySpec;
  readonly algorithm: string;
  readonly type: MessageType;
  readonly message: Uint8Array;
  readonly signature: Uint8Array;
}

const curves = {
  ECC_NIST_P256: p256,
  ECC_NIST_P384: p384,
  ECC_NIST_P521: p521,
  ECC_SECG_P256K1: secp256k1,
} as const;

/** @param publicKey SubjectPublicKeyInfo */
export function isSignature(publicKey: Uint8Array, claim: SignatureClaim): boolean {
  const key = createPublicKey({ key: Buffer.from(publicKey), format: 'der', type: 'spki' });
  if (claim.spec === 'ECC_NIST_EDWARDS25519') return isEdwards(key, publicKey.slice(-32), claim);
  if (rsaBits(claim.spec) !== undefined) return isRsa(key, claim);
  return isEcdsa(key, publicKey, claim);
}

/** SHA-2 of the message, or the digest that came instead of one. */
export function digestOf({
  algorithm,
  type,
  message,
}: Pick<SignatureClaim, 'algorithm' | 'type' | 'message'>): Uint8Array {
  if (type === 'DIGEST') return message;
  return new Uint8Array(createHash(hashOf(algorithm)).update(message).digest());
}

function isRsa(key: KeyObject, claim: SignatureClaim): boolean {
  if (claim.signature.length !== (rsaBits(claim.spec) ?? 0) / 8) return false;
  let encoded: Uint8Array;
  try {
    encoded = publicEncrypt({ key, padding: constants.RSA_NO_PADDING }, claim.signature);
  } catch {
    // A number that is not below the modulus.
    return false;
  }
  return isEncodedFor(claim.algorithm, encoded, digestOf(claim));
}

function isEcdsa(key: KeyObject, publicKey: Uint8Array, claim: SignatureClaim): boolean {
  const curve = curves[claim.spec as keyof typeof curves];
  const size = orderBytes(claim.spec);
  const raw = size === undefined ? undefined : signatureFromDer(claim.signature, size);
  if (raw === undefined || size === undefined) return false;
  if (claim.type === 'RAW')
    return verify(hashOf(claim.algorithm), claim.message, { key, dsaEncoding: 'ieee-p1363' }, raw);
  const point = publicKey.slice(publicKey.length - 1 - 2 * size);
  return curve.verify(raw, digestOf(claim), point, { prehash: false, lowS: false });
}

/** Ed25519 by node:crypto; Ed25519ph (RFC 8032, 5.1) by its equation, as there is no call that takes the digest. */
function isEdwards(key: KeyObject, raw: Uint8Array, claim: SignatureClaim): boolean {
  const { signature } = claim;
  if (claim.algorithm === 'ED25519_SHA_512') return verify(null, claim.message, key, signature);
  if (signature.length !== 64) return false;
  const { Fn } = ed25519.Point;
  const s = littleEndian(signature.subarray(32));
  if (s >= Fn.ORDER) return false;
  const hash = createHash('sha512')
    .update('SigEd25519 no Ed25519 collisions')
    .update(Uint8Array.of(1, 0))
    .update(signature.subarray(0, 32))
    .update(raw)
    .update(claim.message)
    .digest();
  try {
    const r = ed25519.Point.fromBytes(signature.subarray(0, 32));
    const a = ed25519.Point.fromBytes(raw);
    const k = Fn.create(littleEndian(hash));
    const right = r.add(k === 0n ? ed25519.Point.ZERO : a.multiplyUnsafe(k));
    const left = s === 0n ? ed25519.Point.ZERO : ed25519.Point.BASE.multiplyUnsafe(s);
    return left.subtract(right).clearCofactor().is0();
  } catch {
    // Bytes that are no point of the curve.
    return false;
  }
}

function littleEndian(bytes: Uint8Array): bigint {
  return BigInt(`0x${Buffer.from(bytes).reverse().toString('hex')}`);
}
