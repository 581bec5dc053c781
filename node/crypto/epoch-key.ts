/**
 * The epoch content key: a scalar k with K = kG on ristretto255, encrypted to the domain's read key R = rG by hashed
 * ElGamal: E = eG, c = k + H(eR; domain, epoch, E, R, K) mod order. K stands beside it, so whoever decrypts sees at once
 * whether the right scalar came out. These 101 bytes (format/epoch-key-v1.ts) convince nobody else: that k is recoverable
 * by the holder of r is proved by a second, verifiable encryption of k for the same K and R (verenc/).
 */
import { equalConstantTime } from './compare.ts';
import { DecryptionError } from './errors.ts';
import { decodeEpochCiphertext, encodeEpochCiphertext } from './format/epoch-key-v1.ts';
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

export { epochCiphertextBytes } from './format/epoch-key-v1.ts';

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
  const fields = { epoch, commitment, element: share, masked: encodeScalar(masked) };
  const ciphertext = Buffer.from(encodeEpochCiphertext(fields));
  return { content: { epoch, secret: secretKey(encodeScalar(content)) }, ciphertext };
}

/**
 * @param readSecret r
 * @throws DecryptionError `format`; `commitment` when what comes out is not the scalar of K (another read key or domain, or damage)
 */
export function recoverEpochKey(readSecret: bigint, domain: Uint8Array, ciphertext: Uint8Array): ContentKey {
  const fields = decodeEpochCiphertext(ciphertext);
  if (fields === undefined) throw new DecryptionError('format');
  const { epoch, commitment, element: share } = fields;
  const masked = decodeScalar(fields.masked);
  const readKey = encodeElement(baseMultiply(readSecret));
  const shared = encodeElement(decodeElement(share).multiply(readSecret));
  const difference = masked - mask(shared, domain, epoch, [share, readKey, commitment]);
  const content = ((difference % groupOrder) + groupOrder) % groupOrder;
  if (content === 0n || !equalConstantTime(encodeElement(baseMultiply(content)), commitment))
    throw new DecryptionError('commitment');
  return { epoch, secret: secretKey(encodeScalar(content)) };
}
