/** Public keys of records in the forms that operations need: made once per record that is in memory. */
import { createPublicKey, type KeyObject } from 'node:crypto';
import { subjectPublicKeyInfo } from '../engine/crypto/public-key.ts';
import { kmsError } from '../engine/errors.ts';
import type { KeyRecord } from '../engine/key-record.ts';

interface PublicKey {
  /** SubjectPublicKeyInfo in DER. */
  readonly der: Uint8Array;
  readonly object: KeyObject;
  /** Of RSA, big-endian. */
  readonly modulus: Buffer | undefined;
}

const known = new WeakMap<Uint8Array, PublicKey>();

/** @throws KmsError KeyUnavailableException while custodians have not said what it is */
export function publicKeyOf({ spec, publicKey: raw }: KeyRecord): PublicKey {
  if (raw === undefined || raw.length === 0) throw kmsError('KeyUnavailableException');
  let found = known.get(raw);
  if (found === undefined) {
    found = read(subjectPublicKeyInfo(spec, raw));
    known.set(raw, found);
  }
  return found;
}

function read(der: Uint8Array): PublicKey {
  const object = createPublicKey({ key: Buffer.from(der), format: 'der', type: 'spki' });
  const { n } = object.asymmetricKeyType === 'rsa' ? object.export({ format: 'jwk' }) : {};
  return { der, object, modulus: typeof n === 'string' ? Buffer.from(n, 'base64url') : undefined };
}
