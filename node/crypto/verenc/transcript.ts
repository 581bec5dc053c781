/**
 * The hashes of the scheme, all SHA-512 over a label of their own and fields of fixed lengths, modelled as independent
 * random oracles. Every one takes the digest of the context, which holds the whole statement.
 */
import { sha512 } from '@noble/hashes/sha2.js';
import { concatBytes } from '@noble/hashes/utils.js';
import { cryptoLimits } from '../limits.ts';
import { encodeElement, type GroupElement, reduceWide } from '../ristretto-portable.ts';
import type { HiddenParty } from './format/v1.ts';
import type { Parameters } from './parameters.ts';

/** What is proved, and for what. */
export interface EpochStatement {
  /** 32 bytes. */
  readonly domain: Uint8Array;
  readonly epoch: number;
  /** R = rG, 32 bytes: to whom the epoch key is encrypted. */
  readonly readKey: Uint8Array;
  /** K = kG, 32 bytes: the epoch key. */
  readonly commitment: Uint8Array;
}

const encoder = new TextEncoder();
const labels = {
  context: encoder.encode('hypergate/verenc/v1/context'),
  mask: encoder.encode('hypergate/verenc/v1/mask'),
  challenge: encoder.encode('hypergate/verenc/v1/challenge'),
  subset: encoder.encode('hypergate/verenc/v1/subset'),
  weight: encoder.encode('hypergate/verenc/v1/weight'),
};

function uint32(value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value);
  return bytes;
}

/** Lengths and range of what a caller states; elements are checked where they are decoded. */
export function isStatement({ domain, epoch, readKey, commitment }: EpochStatement): boolean {
  const isEpoch = Number.isInteger(epoch) && epoch >= 0 && epoch <= cryptoLimits.epochMax;
  return isEpoch && domain.length === 32 && readKey.length === 32 && commitment.length === 32;
}

export function contextDigest(
  { domain, epoch, readKey, commitment }: EpochStatement,
  { parties, opened }: Parameters,
): Uint8Array {
  const numbers = [uint32(parties), uint32(opened), uint32(epoch)];
  return sha512(concatBytes(labels.context, ...numbers, domain, readKey, commitment));
}

/** What is added to the share of party `index` (from 1). @param shared r_i R = r E_i */
export function maskOf(
  context: Uint8Array,
  index: number,
  element: Uint8Array,
  shared: GroupElement,
): bigint {
  return reduceWide(sha512(concatBytes(labels.mask, context, uint32(index), element, encodeElement(shared))));
}

/** Over the statement, all coefficients, and the ciphertexts of all parties. 64 bytes. */
export function challengeOf(
  context: Uint8Array,
  coefficients: readonly Uint8Array[],
  ciphertexts: readonly HiddenParty[],
): Uint8Array {
  const hash = sha512.create().update(labels.challenge).update(context);
  for (const coefficient of coefficients) hash.update(coefficient);
  for (const { element, masked } of ciphertexts) hash.update(element).update(masked);
  return hash.digest();
}

/**
 * The parties that a challenge opens, rising: `opened` of 1 … `parties`, by a Fisher-Yates shuffle cut short. Each draw
 * takes 64 bits modulo the number of parties left, so that no subset is likelier than (1 + 2^-50) / C(N, t).
 */
export function openedParties(challenge: Uint8Array, { parties, opened }: Parameters): number[] {
  const order = Array.from({ length: parties }, (_, index) => index + 1);
  let block = new DataView(new ArrayBuffer(0));
  for (let drawn = 0; drawn < opened; drawn += 1) {
    const at = 8 * (drawn % 8);
    if (at === 0) {
      const bytes = sha512(concatBytes(labels.subset, challenge, uint32(drawn)));
      block = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    }
    const other = drawn + Number(block.getBigUint64(at) % BigInt(parties - drawn));
    const [left, right] = [order[drawn]!, order[other]!];
    order[drawn] = right;
    order[other] = left;
  }
  return order.slice(0, opened).sort((left, right) => left - right);
}

/** Weight of one equation in the sum that checks all of them at once: unknown before everything in it was fixed. */
export function weightOf(challenge: Uint8Array, index: number): bigint {
  return reduceWide(sha512(concatBytes(labels.weight, challenge, uint32(index))));
}
