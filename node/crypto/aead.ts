/** AES-256-GCM under a key that is used once (zero or counter nonces) or with a given nonce. */
import { createCipheriv, createDecipheriv, type KeyObject } from 'node:crypto';
import { DecryptionError } from './errors.ts';

export const tagBytes = 16;
export const nonceBytes = 12;
const options = { authTagLength: tagBytes };

/** Writes ciphertext ‖ tag into `target` at `at`; it must have room for `plaintext.length + tagBytes`. */
export function sealInto(
  target: Buffer,
  at: number,
  key: KeyObject,
  nonce: Uint8Array,
  associated: Uint8Array,
  plaintext: Uint8Array,
): void {
  const cipher = createCipheriv('aes-256-gcm', key, nonce, options);
  cipher.setAAD(associated);
  target.set(cipher.update(plaintext), at);
  cipher.final();
  target.set(cipher.getAuthTag(), at + plaintext.length);
}

/**
 * @param sealed ciphertext ‖ tag
 * @throws DecryptionError `format` when too short, `authentication`
 */
export function open(key: KeyObject, nonce: Uint8Array, associated: Uint8Array, sealed: Uint8Array): Buffer {
  const length = sealed.length - tagBytes;
  if (length < 0) throw new DecryptionError('format');
  const decipher = createDecipheriv('aes-256-gcm', key, nonce, options);
  decipher.setAAD(associated);
  decipher.setAuthTag(sealed.subarray(length));
  const plaintext = decipher.update(sealed.subarray(0, length));
  try {
    decipher.final();
  } catch (error) {
    throw new DecryptionError('authentication', { cause: error });
  }
  return plaintext;
}
