/**
 * Equality of discrete logarithms: X = xG and Y = xH for one x that stays secret. Chaum and Pedersen, "Wallet Databases with
 * Observers" (CRYPTO 1992), section 3.2, made non-interactive as in RFC 9497, section 2.2 (one pair of elements instead of a
 * composite, SHA-512, and the statement named in full):
 *
 *   A = tG, B = tH, c = hash(statement, A, B), s = t - c x; verified by A = sG + cX, B = sH + cY
 *
 * Two answers to one (A, B) under different c give (s - s') / (c' - c) as the logarithm of both X and Y, so for a false
 * statement at most one c in about 2^252 can be answered. The nonce t comes from x, the statement and fresh randomness
 * together: bad randomness alone does not reveal x, and neither does a fault that repeats.
 *
 * proof (64 B) = c (32) ‖ s (32), scalars from 1 to order - 1. Runs in browsers.
 */
import { hmac } from '@noble/hashes/hmac.js';
import { sha512 } from '@noble/hashes/sha2.js';
import { concatBytes } from '@noble/hashes/utils.js';
import {
  baseMultiply,
  decodeScalar,
  encodeElement,
  encodeScalar,
  type GroupElement,
  generator,
  groupOrder,
  reduceWide,
  scalarBytes,
  scalarFromWide,
} from '../ristretto-portable.ts';

export const equalityProofBytes = 2 * scalarBytes;
const nonceRandomBytes = 32;

/** None of the elements is the identity. */
export interface EqualityStatement {
  /** What the proof is for: an injective encoding. */
  readonly context: Uint8Array;
  /** H */
  readonly base: GroupElement;
  /** X = xG */
  readonly commitment: GroupElement;
  /** Y = xH */
  readonly product: GroupElement;
}

const ascii = (text: string) => new TextEncoder().encode(text);
const challengeLabel = ascii('hypergate/dleq/v1/challenge');
const nonceLabel = ascii('hypergate/dleq/v1/nonce');

function encodeStatement({ context, base, commitment, product }: EqualityStatement): Uint8Array {
  const length = new Uint8Array(4);
  new DataView(length.buffer).setUint32(0, context.length);
  const elements = [generator, commitment, base, product].map(encodeElement);
  return concatBytes(length, context, ...elements);
}

/** c for A and B: over the whole statement, so that none of its elements can be chosen after it. */
export function equalityChallenge(
  statement: EqualityStatement,
  left: GroupElement,
  right: GroupElement,
): bigint {
  const commitments = [left, right].map(encodeElement);
  return reduceWide(sha512(concatBytes(challengeLabel, encodeStatement(statement), ...commitments)));
}

/** @param random 32 fresh bytes */
export function proveEquality(secret: bigint, statement: EqualityStatement, random: Uint8Array): Uint8Array {
  if (random.length !== nonceRandomBytes) throw new RangeError('32 random bytes make a nonce');
  const encoded = encodeStatement(statement);
  const nonce = scalarFromWide(hmac(sha512, encodeScalar(secret), concatBytes(nonceLabel, random, encoded)));
  const challenge = equalityChallenge(statement, baseMultiply(nonce), statement.base.multiply(nonce));
  const response = (nonce + challenge * (groupOrder - secret)) % groupOrder;
  return concatBytes(encodeScalar(challenge), encodeScalar(response));
}

/** @throws DecryptionError `format` when the proof's scalars are not canonical */
export function verifyEquality(statement: EqualityStatement, proof: Uint8Array): boolean {
  const challenge = decodeScalar(proof.subarray(0, scalarBytes));
  const response = decodeScalar(proof.subarray(scalarBytes));
  const { base, commitment, product } = statement;
  // Everything here is public: the faster multiplication may be used.
  const left = generator.multiplyUnsafe(response).add(commitment.multiplyUnsafe(challenge));
  const right = base.multiplyUnsafe(response).add(product.multiplyUnsafe(challenge));
  return equalityChallenge(statement, left, right) === challenge;
}
