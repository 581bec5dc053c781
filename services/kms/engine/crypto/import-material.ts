/** Key material as callers import it, checked against the key's spec: bytes of symmetric keys, PKCS #8 of private keys. */
import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';
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

const namedCurves: Readonly<Partial<Record<KeySpec, string>>> = {
  ECC_NIST_P256: 'prime256v1',
  ECC_NIST_P384: 'secp384r1',
  ECC_NIST_P521: 'secp521r1',
  ECC_SECG_P256K1: 'secp256k1',
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
        ? namedCurve === namedCurves[spec]
        : key.asymmetricKeyType === 'rsa' &&
          modulusLength === rsaBits(spec) &&
          (publicExponent ?? 0n) >= 65_537n;
  if (!fits) throw wrong();
  const publicKey = new Uint8Array(createPublicKey(key).export({ format: 'der', type: 'spki' }));
  if (key.asymmetricKeyType === 'rsa') return { secret: material, publicKey };
  const { d } = key.export({ format: 'jwk' });
  if (d === undefined) throw wrong();
  return { secret: material, publicKey, scalar: Buffer.from(d, 'base64url') };
}

function privateKey(material: Buffer): KeyObject {
  try {
    return createPrivateKey({ key: material, format: 'der', type: 'pkcs8' });
  } catch {
    // What OpenSSL says may quote the material.
    throw wrong();
  }
}
