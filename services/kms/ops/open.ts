/**
 * Decryption under a KMS key. Symmetric: custodians evaluate their function at the point that the blob's header names. RSA: custodians
 * raise the ciphertext to the private exponent, and the gateway takes the padding off.
 *
 * What is wrong with a ciphertext is not told: one error without a sentence, and for RSA the same steps whatever the padding holds
 * (engine/crypto/oaep.ts). A number that is no ciphertext under any key of this modulus is refused before; everybody can see that.
 */
import type { Admission } from '../engine/admit.ts';
import { encodePoint, openBlob, pointOf } from '../engine/crypto/blob.ts';
import { decodeOaep } from '../engine/crypto/oaep.ts';
import { kmsError } from '../engine/errors.ts';
import { hashOf } from '../engine/message-sizes.ts';
import type { Perform } from '../store/use-key.ts';
import { handleOf, usableVersion, versionOf } from './key-versions.ts';
import { publicKeyOf } from './public-keys.ts';

export interface Opened {
  /** Whoever takes it overwrites it. */
  readonly message: Uint8Array;
  /** Of symmetric keys: `KeyMaterialId` of the answer. */
  readonly materialId: string | undefined;
}

/** @throws KmsError */
export async function open(perform: Perform, admission: Admission, ciphertext: Uint8Array): Promise<Opened> {
  const { key, context, blob } = admission;
  if (blob === undefined)
    return { message: await openRsa(perform, admission, ciphertext), materialId: undefined };
  const version = versionOf(key, blob.handle);
  const input = encodePoint(pointOf(blob, context));
  const element = await perform({ kind: 'evaluate', handle: handleOf(version), input });
  try {
    return { message: openBlob(ciphertext, context, element), materialId: version.materialId };
  } finally {
    element.fill(0);
  }
}

async function openRsa(
  perform: Perform,
  { key, algorithm = '' }: Admission,
  value: Uint8Array,
): Promise<Uint8Array> {
  const { modulus } = publicKeyOf(key);
  if (modulus === undefined || value.length !== modulus.length || Buffer.compare(value, modulus) >= 0)
    throw kmsError('InvalidCiphertextException');
  const encoded = await perform({ kind: 'power', handle: handleOf(usableVersion(key)), value });
  try {
    return decodeOaep(encoded, hashOf(algorithm));
  } finally {
    encoded.fill(0);
  }
}
