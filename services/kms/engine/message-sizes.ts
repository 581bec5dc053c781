/** How long messages, digests and data keys are, per algorithm. Sizes in bytes. */
import { invalid } from './errors.ts';
import { kmsLimits } from './limits.ts';
import { type KeySpec, rsaBits } from './specs.ts';

export type HashName = 'sha1' | 'sha224' | 'sha256' | 'sha384' | 'sha512';

export const hashBytes: Readonly<Record<HashName, number>> = {
  sha1: 20,
  sha224: 28,
  sha256: 32,
  sha384: 48,
  sha512: 64,
};

/** Last number of an algorithm's name: `RSASSA_PSS_SHA_384` hashes with SHA-384. */
export function hashOf(algorithm: string): HashName {
  const name = `sha${/_SHA_(\d+)$/.exec(algorithm)?.[1]}`;
  if (!(name in hashBytes)) throw new Error(`${algorithm} names no hash`);
  return name as HashName;
}

/** RSAES-OAEP: k - 2 hLen - 2 (RFC 8017, 7.1.1). */
export function plaintextBytesMax(spec: KeySpec, algorithm: string): number {
  const bits = rsaBits(spec);
  return bits === undefined ? kmsLimits.messageBytesMax : bits / 8 - 2 * hashBytes[hashOf(algorithm)] - 2;
}

/** @throws KmsError */
export function checkPlaintext(spec: KeySpec, algorithm: string, plaintext: Uint8Array): void {
  const max = plaintextBytesMax(spec, algorithm);
  if (plaintext.length > max) {
    throw invalid(
      `Algorithm ${algorithm} and key spec ${spec} cannot encrypt data larger than ${max} bytes.`,
    );
  }
}

export type MessageType = 'RAW' | 'DIGEST' | 'EXTERNAL_MU';

/**
 * Ed25519 hashes twice, so it wants the message itself; Ed25519ph wants the digest (FIPS 186-5, 7.6 and 7.8).
 * @throws KmsError
 */
export function checkSignedMessage(algorithm: string, type: MessageType, message: Uint8Array): void {
  const only =
    algorithm === 'ED25519_SHA_512' ? 'RAW' : algorithm === 'ED25519_PH_SHA_512' ? 'DIGEST' : undefined;
  if (type === 'EXTERNAL_MU' || (only !== undefined && type !== only))
    throw invalid(`MessageType ${type} is not compatible with algorithm ${algorithm}.`);
  if (type === 'DIGEST' && message.length !== hashBytes[hashOf(algorithm)])
    throw invalid(`Digest is invalid length for algorithm ${algorithm}.`);
}

/** Bytes of a data key. @throws KmsError unless exactly one of the two is given */
export function dataKeyBytes(keySpec: string | undefined, numberOfBytes: number | undefined): number {
  if ((keySpec === undefined) === (numberOfBytes === undefined))
    throw invalid('Please specify either number of bytes or key spec.');
  if (numberOfBytes !== undefined) return numberOfBytes;
  return keySpec === 'AES_128' ? 16 : 32;
}
