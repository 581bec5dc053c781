/** HKDF with SHA-256 (RFC 5869) over node:crypto. */
import { createSecretKey, hkdfSync, type KeyObject } from 'node:crypto';
import { cryptoLimits } from './limits.ts';

/**
 * Keys are held as `KeyObject`: node:crypto spends about 13 us per call on a key given as bytes (it probes whether the
 * bytes are a key object by catching an exception), and under 1 us on a key object.
 */
export function secretKey(bytes: Uint8Array): KeyObject {
  return createSecretKey(bytes);
}

/**
 * @param secret input key material
 * @param salt may be empty
 * @param length bytes of output, at most 255 * 32
 */
export function hkdf(secret: KeyObject, salt: Uint8Array, info: Uint8Array, length: number): Buffer {
  if (!(length > 0 && length <= cryptoLimits.hkdfBytesMax)) throw new RangeError('HKDF output length');
  return Buffer.from(hkdfSync('sha256', secret, salt, info, length));
}

const noSalt = new Uint8Array(0);

/** A key of `length` bytes for one labelled purpose; `context` must have a fixed length per label. */
export function deriveLabelled(
  secret: KeyObject,
  label: string,
  context: Uint8Array,
  length: number,
): Buffer {
  const name = Buffer.from(label, 'ascii');
  return hkdf(secret, noSalt, Buffer.concat([Buffer.from([name.length]), name, context]), length);
}
