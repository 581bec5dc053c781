/** The holder of the read key: recovery, and the part of a proof that it needs. */
import { DecryptionError } from '../errors.ts';
import {
  baseMultiply,
  decodeElement,
  decodeScalar,
  encodeElement,
  encodeScalar,
  groupOrder,
} from '../ristretto-portable.ts';
import {
  type Ciphertext,
  decodeCiphertext,
  decodeProof,
  encodeCiphertext,
  type HiddenParty,
} from './format/v1.ts';
import { type Parameters, parametersV1 } from './parameters.ts';
import { ZeroInterpolation } from './polynomial.ts';
import { contextDigest, maskOf, openedParties } from './transcript.ts';

export interface RecoveredKey {
  readonly epoch: number;
  /** k, 32 bytes. */
  readonly secret: Uint8Array;
  /** K = kG, as the proof says and as was checked. */
  readonly commitment: Uint8Array;
}

/**
 * Drops what only verification needs (commitments to coefficients, encryption randomness): a third of the bytes. Every
 * hidden party is kept, so recovery is as certain as from the proof; nobody can verify what is left.
 * @throws DecryptionError `format`
 */
export function compressProof(bytes: Uint8Array, parameters: Parameters = parametersV1): Uint8Array {
  const proof = decodeProof(bytes, parameters);
  if (proof === undefined) throw new DecryptionError('format');
  return encodeCiphertext({ ...proof, shares: proof.opened.map(({ share }) => share) });
}

function decodeEither(bytes: Uint8Array, parameters: Parameters): Ciphertext {
  const proof = decodeProof(bytes, parameters);
  if (proof !== undefined) return { ...proof, shares: proof.opened.map(({ share }) => share) };
  const ciphertext = decodeCiphertext(bytes, parameters);
  if (ciphertext === undefined) throw new DecryptionError('format');
  return ciphertext;
}

/**
 * The epoch key from a proof or its ciphertext. Need not be verified first: one hidden party that decrypts is enough, and
 * what comes out is checked against K.
 * @param readSecret r
 * @param domain 32 bytes
 * @throws DecryptionError `format`; `commitment` when no party gives the scalar of K (another read key or domain, or damage)
 */
export function recoverEncrypted(
  readSecret: bigint,
  domain: Uint8Array,
  bytes: Uint8Array,
  parameters: Parameters = parametersV1,
): RecoveredKey {
  if (domain.length !== 32) throw new RangeError('length of a domain address');
  const ciphertext = decodeEither(bytes, parameters);
  const { epoch, commitment, challenge, shares, hidden } = ciphertext;
  const readKey = encodeElement(baseMultiply(readSecret));
  const context = contextDigest({ domain, epoch, readKey, commitment }, parameters);
  const opened = openedParties(challenge, parameters);
  const interpolation = new ZeroInterpolation(opened, shares.map(decodeScalar));
  const isOpened = new Set(opened);
  const left = Array.from({ length: parameters.parties }, (_, index) => index + 1).filter(
    (index) => !isOpened.has(index),
  );
  for (const [at, index] of left.entries()) {
    const share = decrypt(readSecret, context, index, hidden[at]!);
    if (share === undefined) continue;
    const secret = interpolation.at(index, share);
    if (secret === 0n) continue;
    const found = encodeElement(baseMultiply(secret));
    if (found.every((byte, position) => byte === commitment[position]))
      return { epoch, secret: encodeScalar(secret), commitment };
  }
  throw new DecryptionError('commitment');
}

/** The share of a hidden party; undefined when its ciphertext is none. */
function decrypt(
  readSecret: bigint,
  context: Uint8Array,
  index: number,
  { element, masked }: HiddenParty,
): bigint | undefined {
  try {
    const shared = decodeElement(element).multiply(readSecret);
    const difference = decodeScalar(masked) - maskOf(context, index, element, shared);
    return ((difference % groupOrder) + groupOrder) % groupOrder;
  } catch (error) {
    if (error instanceof DecryptionError) return undefined;
    throw error;
  }
}
