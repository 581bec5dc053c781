/** The prover (index.ts has the scheme). Holds the epoch key; multiplications of secrets take constant time, BigInts do not. */
import { hmac } from '@noble/hashes/hmac.js';
import { sha512 } from '@noble/hashes/sha2.js';
import { concatBytes } from '@noble/hashes/utils.js';
import {
  baseMultiply,
  decodeElement,
  decodeScalar,
  encodeElement,
  encodeScalar,
  groupOrder,
  scalarFromWide,
} from '../ristretto-portable.ts';
import { encodeProof, type HiddenParty } from './format/v1.ts';
import { type Parameters, parametersV1 } from './parameters.ts';
import { evaluate } from './polynomial.ts';
import {
  challengeOf,
  contextDigest,
  type EpochStatement,
  isStatement,
  maskOf,
  openedParties,
} from './transcript.ts';

export const proofRandomBytes = 32;
/** Bits of the windows of the table of multiples of R: for 136 multiplications, 6 costs 7 ms once and saves 0.6 ms each. */
const readKeyWindowBits = 6;
const rootLabel = new TextEncoder().encode('hypergate/verenc/v1/prover');

/** One of the prover's secrets, all drawn from one root. */
type Draw = (kind: 'coefficient' | 'encryption', index: number) => bigint;

/**
 * Hedged: bad randomness alone reveals nothing, because the epoch key is in the root, and the same root is never used for
 * two statements.
 */
function drawFrom(secret: Uint8Array, random: Uint8Array, context: Uint8Array): Draw {
  const root = hmac(sha512, secret, concatBytes(rootLabel, random, context));
  return (kind, index) => scalarFromWide(hmac(sha512, root, new TextEncoder().encode(`${kind} ${index}`)));
}

/**
 * Proves that the epoch key is recoverable by the holder of the read key.
 * @param secret k, 32 bytes canonical
 * @param random 32 fresh bytes; the proof is a function of the arguments
 * @throws RangeError, DecryptionError `format`: the arguments are the caller's own
 */
export function proveEncryption(
  secret: Uint8Array,
  target: Omit<EpochStatement, 'commitment'>,
  random: Uint8Array,
  parameters: Parameters = parametersV1,
): Uint8Array {
  if (random.length !== proofRandomBytes) throw new RangeError('32 random bytes make a proof');
  const key = decodeScalar(secret);
  const statement = { ...target, commitment: encodeElement(baseMultiply(key)) };
  if (!isStatement(statement)) throw new RangeError('domain, epoch or read key of a proof');
  const { parties, opened } = parameters;
  const context = contextDigest(statement, parameters);
  const draw = drawFrom(secret, random, context);

  const coefficients = [key];
  for (let index = 1; index <= opened; index += 1) coefficients.push(draw('coefficient', index));
  const commitments = coefficients.slice(1).map((scalar) => encodeElement(baseMultiply(scalar)));

  const recipient = decodeElement(target.readKey).precompute(readKeyWindowBits, false);
  const shares: bigint[] = [];
  const randomness: bigint[] = [];
  const ciphertexts: HiddenParty[] = [];
  for (let index = 1; index <= parties; index += 1) {
    const share = evaluate(coefficients, index);
    const ephemeral = draw('encryption', index);
    const element = encodeElement(baseMultiply(ephemeral));
    const mask = maskOf(context, index, element, recipient.multiply(ephemeral));
    // Once in 2^252 a share or a masked share is zero, which has no encoding: then this throws.
    ciphertexts.push({ element, masked: encodeScalar((share + mask) % groupOrder) });
    shares.push(share);
    randomness.push(ephemeral);
  }

  const challenge = challengeOf(context, commitments, ciphertexts);
  const isOpened = new Set(openedParties(challenge, parameters));
  return encodeProof({
    epoch: statement.epoch,
    commitment: statement.commitment,
    challenge,
    coefficients: commitments,
    opened: [...isOpened].map((index) => ({
      share: encodeScalar(shares[index - 1]!),
      randomness: encodeScalar(randomness[index - 1]!),
    })),
    hidden: ciphertexts.filter((_, index) => !isOpened.has(index + 1)),
  });
}
