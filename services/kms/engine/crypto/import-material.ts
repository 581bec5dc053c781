/** Key material as callers import it, checked against the key's spec: bytes of symmetric keys, PKCS #8 of private keys. */
import { createPrivateKey, createPublicKey, type JsonWebKey, type KeyObject } from 'node:crypto';
import { p256, p384, p521 } from '@noble/curves/nist.js';
import { secp256k1 } from '@noble/curves/secp256k1.js';
import { kmsError } from '../errors.ts';
import { type KeySpec, rsaBits } from '../specs.ts';

/** Bytes of an HMAC key are the bits of its name, as those of its hash. */
const secretBytes: Readonly<Partial<Record<KeySpec, number>>> = {
  SYMMETRIC_DEFAULT: 32,
  HMAC_224: 28,
  HMAC_256: 32,
  HMAC_384: 48,
  HMAC_512: 64,
};

const curves: Readonly<Partial<Record<KeySpec, readonly [openssl: string, order: bigint]>>> = {
  ECC_NIST_P256: ['prime256v1', p256.Point.Fn.ORDER],
  ECC_NIST_P384: ['secp384r1', p384.Point.Fn.ORDER],
  ECC_NIST_P521: ['secp521r1', p521.Point.Fn.ORDER],
  ECC_SECG_P256K1: ['secp256k1', secp256k1.Point.Fn.ORDER],
};

export interface CheckedMaterial {
  /** Of a symmetric or HMAC key the key, of others PKCS #8 in DER. */
  readonly secret: Buffer;
  /** SubjectPublicKeyInfo of asymmetric keys. */
  readonly publicKey?: Uint8Array;
  /** Private scalar of a curve, big-endian, or seed of Ed25519. */
  readonly scalar?: Buffer;
}

const wrong = (): Error =>
  kmsError('IncorrectKeyMaterialException', 'The key material does not fit the key spec of the KMS key.');

/** @throws KmsError IncorrectKeyMaterialException */
export function checkMaterial(spec: KeySpec, material: Buffer): CheckedMaterial {
  const bytes = secretBytes[spec];
  if (bytes !== undefined) {
    if (material.length !== bytes) throw wrong();
    return { secret: material };
  }
  const key = privateKey(material);
  const { modulusLength, namedCurve, publicExponent } = key.asymmetricKeyDetails ?? {};
  const fits =
    spec === 'ECC_NIST_EDWARDS25519'
      ? key.asymmetricKeyType === 'ed25519'
      : rsaBits(spec) === undefined
        ? namedCurve === curves[spec]?.[0]
        : key.asymmetricKeyType === 'rsa' &&
          modulusLength === rsaBits(spec) &&
          (publicExponent ?? 0n) >= 65_537n;
  if (!fits) throw wrong();
  const publicOf = () => new Uint8Array(createPublicKey(key).export({ format: 'der', type: 'spki' }));
  if (key.asymmetricKeyType === 'rsa') return { secret: material, publicKey: publicOf() };
  const scalar = scalarOf(key, curves[spec]?.[1]);
  return { secret: material, publicKey: publicOf(), scalar };
}

/** OpenSSL reads scalars of any size. @param order of a curve; Ed25519 has seeds, of which each is one */
function scalarOf(key: KeyObject, order: bigint | undefined): Buffer {
  const scalar = Buffer.from(jwkOf(key).d ?? '', 'base64url');
  if (order === undefined) return scalar;
  const bound = Buffer.from(order.toString(16).padStart(2 * scalar.length, '0'), 'hex');
  const isInRange = scalar.length === bound.length && scalar.some((byte) => byte !== 0);
  if (isInRange && scalar.compare(bound) < 0) return scalar;
  scalar.fill(0);
  throw wrong();
}

function jwkOf(key: KeyObject): JsonWebKey {
  try {
    return key.export({ format: 'jwk' });
  } catch {
    // It has no public key: its scalar is a multiple of the order.
    throw wrong();
  }
}

function privateKey(material: Buffer): KeyObject {
  try {
    return createPrivateKey({ key: material, format: 'der', type: 'pkcs8' });
  } catch {
    // What OpenSSL says may quote the material.
    throw wrong();
  }
}
