/** A prover that may lie about each party, put together from the format and the hashes alone. */
import { createHash } from 'node:crypto';
import {
  decodeElement,
  encodeElement,
  encodeScalar,
  type GroupElement,
  generator,
  groupOrder,
  reduceWide,
} from '../../ristretto-portable.ts';
import { encodeProof } from '../format/v1.ts';
import type { EpochStatement, Parameters } from '../index.ts';
import { challengeOf, contextDigest, maskOf, openedParties } from '../transcript.ts';

export interface Lies {
  readonly statement: EpochStatement;
  readonly parameters: Parameters;
  readonly seed: string;
  /** f(0): the scalar that is really shared. */
  readonly key: bigint;
  /** What is added to the share of a party before it is encrypted. */
  readonly shareError?: (index: number) => bigint;
  /** The key that a party's share is encrypted to, when not the read key. */
  readonly recipientOf?: (index: number) => Uint8Array;
}

export interface Attempt {
  readonly proof: Uint8Array;
  /** The parties that the challenge opened. */
  readonly opened: readonly number[];
}

/** Elements with a table of multiples: the tests make thousands of ciphertexts to the same few keys. */
const recipients = new Map<string, GroupElement>();

function recipient(key: Uint8Array): GroupElement {
  const name = Buffer.from(key).toString('hex');
  const known = recipients.get(name) ?? decodeElement(key).precompute(8, false);
  recipients.set(name, known);
  return known;
}

const baseMultiply = (scalar: bigint) => generator.multiplyUnsafe(scalar);

export function cheat(lies: Lies): Attempt {
  const { statement, parameters, seed, key, shareError, recipientOf } = lies;
  const scalar = (name: string) => reduceWide(createHash('sha512').update(`${seed}/${name}`).digest());
  const context = contextDigest(statement, parameters);
  const coefficients = [key];
  for (let index = 1; index <= parameters.opened; index += 1) coefficients.push(scalar(`a${index}`));
  const commitments = coefficients.slice(1).map((one) => encodeElement(baseMultiply(one)));
  const parties = Array.from({ length: parameters.parties }, (_, at) => {
    const index = at + 1;
    let share = shareError?.(index) ?? 0n;
    for (const [degree, coefficient] of coefficients.entries())
      share += coefficient * BigInt(index) ** BigInt(degree);
    share %= groupOrder;
    const randomness = scalar(`r${index}`);
    const element = encodeElement(baseMultiply(randomness));
    const shared = recipient(recipientOf?.(index) ?? statement.readKey).multiplyUnsafe(randomness);
    const mask = maskOf(context, index, element, shared);
    const masked = encodeScalar((share + mask) % groupOrder);
    return { share: encodeScalar(share), randomness: encodeScalar(randomness), element, masked };
  });
  const challenge = challengeOf(context, commitments, parties);
  const opened = openedParties(challenge, parameters);
  const { epoch, commitment } = statement;
  const proof = encodeProof({
    epoch,
    commitment,
    challenge,
    coefficients: commitments,
    opened: opened.map((index) => parties[index - 1]!),
    hidden: parties.filter((_, at) => !opened.includes(at + 1)),
  });
  return { proof, opened };
}
