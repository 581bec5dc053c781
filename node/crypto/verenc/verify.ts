/** The verifier (index.ts has the scheme): needs no secret, runs in browsers, and never throws on foreign bytes. */
import { pippenger } from '@noble/curves/abstract/curve.js';
import { ristretto255 } from '@noble/curves/ed25519.js';
import { accepted, type Checked, refused } from '../checked.ts';
import { DecryptionError } from '../errors.ts';
import {
  decodeElement,
  decodeScalar,
  encodeElement,
  encodeScalar,
  type GroupElement,
  generator,
  groupOrder,
  identity,
} from '../ristretto-portable.ts';
import { decodeProof, type HiddenParty, isCiphertext, type Proof } from './format/v1.ts';
import { type Parameters, parametersV1 } from './parameters.ts';
import { powers } from './polynomial.ts';
import {
  challengeOf,
  contextDigest,
  type EpochStatement,
  isStatement,
  maskOf,
  openedParties,
  weightOf,
} from './transcript.ts';

/** As in the prover. A table for a few multiplications only (other parameters than version 1's) costs more than it saves. */
const readKeyWindowBits = 6;
const tableOpeningsMin = 16;

interface Opening {
  readonly index: number;
  readonly share: bigint;
  readonly randomness: bigint;
}

/**
 * Whether the holder of the read key can recover the epoch key from these bytes.
 * @param statement from the domain's configuration, not from whoever shows the proof
 */
export function verifyEncryption(
  statement: EpochStatement,
  bytes: Uint8Array,
  parameters: Parameters = parametersV1,
): Checked<undefined> {
  if (!isStatement(statement)) return refused('the statement has no valid domain, epoch or key');
  if (isCiphertext(bytes))
    return refused('these bytes were cut to what recovery needs; only the full proof can be verified');
  const proof = decodeProof(bytes, parameters);
  if (proof === undefined) return refused('the proof has an unknown format or a wrong length');
  if (proof.epoch !== statement.epoch) return refused('the proof is for another epoch');
  if (!statement.commitment.every((byte, index) => byte === proof.commitment[index]))
    return refused('the proof is for another epoch key');
  try {
    return check(statement, proof, parameters);
  } catch (error) {
    if (!(error instanceof DecryptionError)) throw error;
    return refused('an element or scalar is not canonical, or the identity or zero');
  }
}

/** @throws DecryptionError `format` */
function check(statement: EpochStatement, proof: Proof, parameters: Parameters): Checked<undefined> {
  const { parties } = parameters;
  const context = contextDigest(statement, parameters);
  const recipient = decodeElement(statement.readKey);
  const constant = decodeElement(statement.commitment);
  const coefficients = proof.coefficients.map(decodeElement);
  const openings = openedParties(proof.challenge, parameters).map((index, at): Opening => {
    const { share, randomness } = proof.opened[at]!;
    return { index, share: decodeScalar(share), randomness: decodeScalar(randomness) };
  });
  for (const { element, masked } of proof.hidden) {
    decodeElement(element);
    decodeScalar(masked);
  }

  const again = encryptAgain(openings, recipient, context);
  if (again === undefined) return refused('the ciphertext of an opened party is none');
  const hidden = proof.hidden.values();
  const ciphertexts = Array.from(
    { length: parties },
    (_, index) => again.get(index + 1) ?? (hidden.next().value as HiddenParty),
  );
  const challenge = challengeOf(context, proof.coefficients, ciphertexts);
  if (!challenge.every((byte, index) => byte === proof.challenge[index]))
    return refused(
      'the challenge does not belong to this proof: something in it or in the statement changed',
    );
  // The order matters: the weights may be used once everything in the equations is known to be under the challenge.
  if (!areOnPolynomial(openings, [constant, ...coefficients], challenge))
    return refused('an opened share is not on the committed polynomial');
  return accepted(undefined);
}

/** The ciphertexts of the opened parties from their shares and randomness. */
function encryptAgain(
  openings: readonly Opening[],
  recipient: GroupElement,
  context: Uint8Array,
): Map<number, HiddenParty> | undefined {
  if (openings.length >= tableOpeningsMin) recipient.precompute(readKeyWindowBits, false);
  const ciphertexts = new Map<number, HiddenParty>();
  for (const { index, share, randomness } of openings) {
    const element = encodeElement(generator.multiplyUnsafe(randomness));
    const mask = maskOf(context, index, element, recipient.multiplyUnsafe(randomness));
    const masked = (share + mask) % groupOrder;
    if (masked === 0n) return undefined;
    ciphertexts.set(index, { element, masked: encodeScalar(masked) });
  }
  return ciphertexts;
}

/**
 * x_i G = sum_j i^j A_j for every opened i, with A_0 = K, as one sum with weights w_i that nobody could know before the
 * shares were fixed: (sum_i w_i x_i) G = sum_j (sum_i w_i i^j) A_j. A false equation passes with probability 1 / order.
 */
function areOnPolynomial(
  openings: readonly Opening[],
  coefficients: readonly GroupElement[],
  challenge: Uint8Array,
): boolean {
  let shares = 0n;
  const factors: bigint[] = coefficients.map(() => 0n);
  for (const { index, share } of openings) {
    const weight = weightOf(challenge, index);
    shares = (shares + weight * share) % groupOrder;
    for (const [degree, power] of powers(index, coefficients.length).entries())
      factors[degree] = (factors[degree]! + weight * power) % groupOrder;
  }
  const left = generator.multiplyUnsafe(shares);
  const right = pippenger(ristretto255.Point, [...coefficients], factors);
  return left.subtract(right).equals(identity);
}
