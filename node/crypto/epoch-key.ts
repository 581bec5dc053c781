/**
 * The epoch content key: a scalar k with K = kG on ristretto255, encrypted to the domain's read key R = rG by hashed
 * ElGamal: E = eG, c = k + H(eR; domain, epoch, E, R, K) mod order. K stands beside it, so whoever decrypts sees at once
 * whether the right scalar came out. That an epoch key is recoverable by the holder of r will be proved to others by a
 * proof of the relation {k: K = kG and Dec(r, ciphertext) = k}; c is kept additive for it, and version 2 of the encoding
 * will carry it.
 *
 * Encoding, version 1 (101 B): version (1) ‖ epoch (4, big-endian) ‖ K (32) ‖ E (32) ‖ c (32)
 */
import { equalConstantTime } from './compare.ts';
import { DecryptionError } from './errors.ts';
import { deriveLabelled, secretKey } from './hkdf.ts';
import { cryptoLimits } from './limits.ts';
import type { RandomSource } from './random.ts';
import {
  baseMultiply,
  decodeElement,
  decodeScalar,
  encodeElement,
  encodeScalar,
  groupOrder,
  scalarFromWide,
} from './ristretto.ts';
import type { ContentKey } from './sealed-keys.ts';

const version = 1;
export const epochCiphertextBytes = 101;

function mask(
  shared: Uint8Array,
  domain: Uint8Array,
  epoch: number,
  publicParts: readonly Uint8Array[],
): bigint {
  if (domain.length !== 32) throw new RangeError('length of a domain address');
  const number = Buffer.alloc(4);
  number.writeUInt32BE(epoch);
  const context = Buffer.concat([domain, number, ...publicParts]);
  return scalarFromWide(deriveLabelled(secretKey(shared), 'hypergate/epoch-key/v1', context, 64));
}

export interface NewEpochKey {
  readonly content: ContentKey;
  readonly ciphertext: Buffer;
}

/** @param readKey R, 32 bytes */
export function createEpochKey(
  domain: Uint8Array,
  epoch: number,
  readKey: Uint8Array,
  random: RandomSource,
): NewEpochKey {
  if (!(Number.isInteger(epoch) && epoch >= 0 && epoch <= cryptoLimits.epochMax))
    throw new RangeError('epoch');
  const recipient = decodeElement(readKey);
  const content = scalarFromWide(random.bytes(64));
  const ephemeral = scalarFromWide(random.bytes(64));
  const commitment = encodeElement(baseMultiply(content));
  const share = encodeElement(baseMultiply(ephemeral));
  const shared = encodeElement(recipient.multiply(ephemeral));
  const masked = (content + mask(shared, domain, epoch, [share, readKey, commitment])) % groupOrder;
  // Once in 2^252: the masked scalar is zero, which the canonical encoding has no room for.
  if (masked === 0n) return createEpochKey(domain, epoch, readKey, random);
  const ciphertext = Buffer.alloc(epochCiphertextBytes);
  ciphertext[0] = version;
  ciphertext.writeUInt32BE(epoch, 1);
  ciphertext.set(commitment, 5);
  ciphertext.set(share, 37);
  ciphertext.set(encodeScalar(masked), 69);
  return { content: { epoch, secret: secretKey(encodeScalar(content)) }, ciphertext };
}

/**
 * @param readSecret r
 * @throws DecryptionError `format`; `commitment` when what comes out is not the scalar of K (another read key or domain, or damage)
 */
export function recoverEpochKey(readSecret: bigint, domain: Uint8Array, ciphertext: Uint8Array): ContentKey {
  if (ciphertext.length !== epochCiphertextBytes || ciphertext[0] !== version)
    throw new DecryptionError('format');
  const bytes = Buffer.from(ciphertext);
  const epoch = bytes.readUInt32BE(1);
  const commitment = bytes.subarray(5, 37);
  const share = bytes.subarray(37, 69);
  const masked = decodeScalar(bytes.subarray(69));
  const readKey = encodeElement(baseMultiply(readSecret));
  const shared = encodeElement(decodeElement(share).multiply(readSecret));
  const difference = masked - mask(shared, domain, epoch, [share, readKey, commitment]);
  const content = ((difference % groupOrder) + groupOrder) % groupOrder;
  if (content === 0n || !equalConstantTime(encodeElement(baseMultiply(content)), commitment))
    throw new DecryptionError('commitment');
  return { epoch, secret: secretKey(encodeScalar(content)) };
}
