/**
 * Wrapping of imported key material: RSAES-OAEP of the material, or RSA-OAEP of an AES-256 key with which it is wrapped by AES key
 * wrap with padding (RFC 5649; PKCS #11's CKM_RSA_AES_KEY_WRAP). Unwrapping is node:crypto's.
 * https://docs.aws.amazon.com/kms/latest/developerguide/importing-keys-get-public-key-and-token.html
 */
import { constants, createDecipheriv, type KeyObject, privateDecrypt } from 'node:crypto';
import { invalid, kmsError, unsupported } from '../errors.ts';
import { type KeySpec, rsaBits } from '../specs.ts';

/** Alternative initial value of RFC 5649, section 3. */
const initialValue = Buffer.from('A65959A6', 'hex');
/** Of one block and what it is wrapped with. */
const wrapBytesMin = 16;

/** @throws KmsError when this wrapping is not offered, or not for this kind of key */
export function checkWrapping(spec: KeySpec, algorithm: string, wrappingKeySpec: string): void {
  if (algorithm === 'SM2PKE' || wrappingKeySpec === 'SM2')
    throw unsupported('SM2 wrapping keys are not supported in this region.');
  // AWS ended it in October 2023.
  if (algorithm === 'RSAES_PKCS1_V1_5')
    throw unsupported('The RSAES_PKCS1_V1_5 wrapping algorithm is not supported.');
  const direct = algorithm.startsWith('RSAES_OAEP');
  if (direct && rsaBits(spec) !== undefined)
    throw invalid(`Wrapping algorithm ${algorithm} cannot wrap key material of key spec ${spec}.`);
  if (direct && spec === 'ECC_NIST_P521' && wrappingKeySpec === 'RSA_2048')
    throw invalid(`Wrapping algorithm ${algorithm} with RSA_2048 cannot wrap key material of ${spec}.`);
  if (!direct && (spec === 'SYMMETRIC_DEFAULT' || spec.startsWith('HMAC_')))
    throw invalid(`Wrapping algorithm ${algorithm} cannot wrap key material of key spec ${spec}.`);
}

/**
 * @returns the key material in the clear: whoever takes it overwrites it
 * @throws KmsError InvalidCiphertextException
 */
export function unwrapMaterial(privateKey: KeyObject, algorithm: string, wrapped: Uint8Array): Buffer {
  const oaepHash = algorithm.endsWith('SHA_1') ? 'sha1' : 'sha256';
  if (algorithm.startsWith('RSAES_OAEP')) return decrypt(privateKey, oaepHash, wrapped);
  const bytes = (privateKey.asymmetricKeyDetails?.modulusLength ?? 0) / 8;
  const key = decrypt(privateKey, oaepHash, wrapped.subarray(0, bytes));
  try {
    if (wrapped.length < bytes + wrapBytesMin) throw new RangeError('nothing is wrapped');
    const decipher = createDecipheriv('id-aes256-wrap-pad', key, initialValue);
    return Buffer.concat([decipher.update(wrapped.subarray(bytes)), decipher.final()]);
  } catch (cause) {
    throw refused(cause);
  } finally {
    key.fill(0);
  }
}

function decrypt(key: KeyObject, oaepHash: string, wrapped: Uint8Array): Buffer {
  try {
    return privateDecrypt({ key, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash }, wrapped);
  } catch (cause) {
    throw refused(cause);
  }
}

function refused(cause: unknown): Error {
  const error = kmsError('InvalidCiphertextException');
  error.cause = cause;
  return error;
}
