/**
 * Sets of answers as the reference protocol takes them in join proofs and frame attestations. For reading its data only.
 *
 * WARNING: a set that passes here proves nothing about time or work.
 * - The common prime B is drawn from the challenge, the ids and the number of squarings, but not from the answers. Whoever knows
 *   B can take any elements pi and call y = pi^B * x^(r h) the answers: such a set passes and costs milliseconds
 *   (test/reference.test.ts makes one). Fiat-Shamir needs y in the hash, as in format/v1.ts.
 * - Only the product of all answers is checked. Permuted outputs pass, and so do wrong ones whose errors cancel; a failure names no
 *   prover, and a single output cannot be checked without the whole set.
 * Our own formats use one output per statement (verify.ts).
 *
 * Rule: the prover with `id` squares x^h, h = SHA-256("wesolowski-exp-multicommit" ‖ challenge ‖ u64 length ‖ id), and answers
 * y ‖ pi. B is the first prime among the first 16 bytes of SHA-256("wesolowski-fixed-multicommit" ‖ challenge ‖ u16 bits ‖
 * u64 iterations ‖ ids ‖ u64 counter), ids = SHA-256("wesolowski-ids-multicommit" ‖ (u64 length ‖ id) of the sorted ids).
 * Check: Pi^B * x^(r * sum of h) = Y with the products Pi and Y, and r = 2^T mod B.
 */
import { sha256 } from '@noble/hashes/sha2.js';
import { concat, counterBytes, unsignedFrom } from './bytes.ts';
import { firstPrime, powerOfTwoModulo } from './challenge-prime.ts';
import { compose, multiPower } from './compose.ts';
import { findPrime, type SearchOptions } from './discriminant.ts';
import { type ClassGroup, classGroup, equal, type Form, generator, isSupportedBits } from './form.ts';
import { decodeElement, elementBytes, outputBytes } from './format/v1.ts';
import { VdfInvariantError } from './invariant.ts';
import { vdfLimits } from './limits.ts';
import type { Statement } from './solve.ts';

const text = (value: string): Uint8Array => new TextEncoder().encode(value);

function compareBytes(left: Uint8Array, right: Uint8Array): number {
  for (let at = 0; at < Math.min(left.length, right.length); at++) {
    if (left[at] !== right[at]) return left[at]! - right[at]!;
  }
  return left.length - right.length;
}

const withLength = (id: Uint8Array): Uint8Array => concat(counterBytes(id.length, 8), id);

/** The exponent h of an id. */
export function multiProverExponent(challenge: Uint8Array, id: Uint8Array): bigint {
  return unsignedFrom(sha256(concat(text('wesolowski-exp-multicommit'), challenge, withLength(id))));
}

/** The common prime B of a set of ids. */
export function multiProverPrime(
  { challenge, iterations, bits }: Statement,
  ids: readonly Uint8Array[],
): bigint | undefined {
  const sorted = [...ids].sort(compareBytes);
  const commitment = sha256(concat(text('wesolowski-ids-multicommit'), ...sorted.map(withLength)));
  const head = concat(
    text('wesolowski-fixed-multicommit'),
    challenge,
    counterBytes(bits, 2),
    counterBytes(iterations, 8),
    commitment,
  );
  return firstPrime((counter) => concat(head, counterBytes(counter, 8)));
}

function isSupportedSet(
  { challenge, iterations, bits }: Statement,
  ids: readonly Uint8Array[],
  outputs: readonly Uint8Array[],
): boolean {
  return (
    isSupportedBits(bits) &&
    Number.isInteger(iterations) &&
    iterations >= 1 &&
    iterations <= vdfLimits.iterationsMax &&
    challenge.length <= vdfLimits.challengeBytesMax &&
    ids.length === outputs.length &&
    ids.length >= 1 &&
    ids.length <= vdfLimits.multiProversMax &&
    ids.every(({ length }) => length <= vdfLimits.multiProverIdBytesMax) &&
    outputs.every(({ length }) => length === outputBytes(bits))
  );
}

/** Whether the reference would take the set. Read the warning at the head of this file. Never throws on bytes from outside. */
export function referenceAcceptsSet(
  statement: Statement,
  ids: readonly Uint8Array[],
  outputs: readonly Uint8Array[],
  options: SearchOptions = {},
): boolean {
  const { challenge, bits } = statement;
  if (!isSupportedSet(statement, ids, outputs)) return false;
  const found = findPrime(challenge, bits, options);
  return (
    found !== undefined && referenceAcceptsSetIn(classGroup(-found.prime, bits), statement, ids, outputs)
  );
}

/** As `referenceAcceptsSet`, in a group whose discriminant the caller has already found for the challenge. */
export function referenceAcceptsSetIn(
  group: ClassGroup,
  statement: Statement,
  ids: readonly Uint8Array[],
  outputs: readonly Uint8Array[],
): boolean {
  const { challenge, iterations, bits } = statement;
  if (!isSupportedSet(statement, ids, outputs) || group.bits !== bits) return false;
  const prime = multiProverPrime(statement, ids);
  if (prime === undefined) return false;
  const half = elementBytes(bits);
  try {
    let y: Form | undefined;
    let pi: Form | undefined;
    for (const output of outputs) {
      const ownY = decodeElement(output.subarray(0, half), group);
      const ownPi = decodeElement(output.subarray(half), group);
      if (ownY === undefined || ownPi === undefined) return false;
      y = y === undefined ? ownY : compose(y, ownY, group);
      pi = pi === undefined ? ownPi : compose(pi, ownPi, group);
    }
    if (y === undefined || pi === undefined) return false;
    const sum = ids.reduce((total, id) => total + multiProverExponent(challenge, id), 0n);
    const rest = powerOfTwoModulo(iterations, prime);
    const product = multiPower(
      [
        [pi, prime],
        [generator(group), rest * sum],
      ],
      group,
    );
    return equal(product, y);
  } catch (error) {
    // Only a discriminant that is not prime breaks the arithmetic, and such a set is not to be accepted.
    if (error instanceof VdfInvariantError) return false;
    throw error;
  }
}
