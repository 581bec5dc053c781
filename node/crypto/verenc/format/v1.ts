/**
 * Bytes of a verifiable encryption, version 1. Never changed once released; golden files prove that old bytes still read.
 * N = 136 parties, t = 64 of them opened; indices count from 1, entries stand in rising order of their index.
 *
 * proof (10,853 B)      1 ‖ epoch (4, big-endian) ‖ K (32) ‖ challenge (64) ‖ A_1 … A_t (32 each) ‖
 *                       per opened party: share x_i (32) ‖ encryption randomness r_i (32) ‖
 *                       per hidden party: E_i (32) ‖ c_i (32)
 * ciphertext (6,757 B)  2 ‖ epoch (4) ‖ K (32) ‖ challenge (64) ‖ per opened party: x_i (32) ‖ per hidden party: E_i ‖ c_i
 *
 * Which parties are opened follows from the challenge (transcript.ts). The ciphertext is the proof without what only
 * verification needs. Elements and scalars are 32 bytes, canonical, not the identity and not zero.
 */
import { concatBytes } from '@noble/hashes/utils.js';
import { type Parameters, parametersV1 } from '../parameters.ts';

const proofMark = 1;
const ciphertextMark = 2;
const wordBytes = 32;
const challengeBytes = 64;
const headBytes = 1 + 4 + wordBytes + challengeBytes;

/** Every entry is the encoding of one element or scalar. */
export interface OpenedParty {
  readonly share: Uint8Array;
  readonly randomness: Uint8Array;
}

export interface HiddenParty {
  readonly element: Uint8Array;
  readonly masked: Uint8Array;
}

interface Head {
  readonly epoch: number;
  /** K */
  readonly commitment: Uint8Array;
  readonly challenge: Uint8Array;
  readonly hidden: readonly HiddenParty[];
}

export interface Proof extends Head {
  /** A_1 … A_t */
  readonly coefficients: readonly Uint8Array[];
  readonly opened: readonly OpenedParty[];
}

export interface Ciphertext extends Head {
  readonly shares: readonly Uint8Array[];
}

export function proofBytes({ parties, opened }: Parameters = parametersV1): number {
  return headBytes + wordBytes * (2 * parties + opened);
}

export function ciphertextBytes({ parties, opened }: Parameters = parametersV1): number {
  return headBytes + wordBytes * (2 * parties - opened);
}

function encodeHead(mark: number, { epoch, commitment, challenge }: Head): Uint8Array {
  const start = new Uint8Array(5);
  start[0] = mark;
  new DataView(start.buffer).setUint32(1, epoch);
  return concatBytes(start, commitment, challenge);
}

const pairs = (hidden: readonly HiddenParty[]) => hidden.flatMap(({ element, masked }) => [element, masked]);

export function encodeProof(proof: Proof): Uint8Array {
  const opened = proof.opened.flatMap(({ share, randomness }) => [share, randomness]);
  return concatBytes(encodeHead(proofMark, proof), ...proof.coefficients, ...opened, ...pairs(proof.hidden));
}

export function encodeCiphertext(ciphertext: Ciphertext): Uint8Array {
  const { shares, hidden } = ciphertext;
  return concatBytes(encodeHead(ciphertextMark, ciphertext), ...shares, ...pairs(hidden));
}

/** Cuts words of 32 bytes; the length was checked. */
class Words {
  readonly #bytes: Uint8Array;
  #at = headBytes;
  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }
  next(): Uint8Array {
    return this.#bytes.slice(this.#at, (this.#at += wordBytes));
  }
  many<Entry>(count: number, read: () => Entry): Entry[] {
    return Array.from({ length: count }, read);
  }
}

function decodeHead(bytes: Uint8Array) {
  const epoch = new DataView(bytes.buffer).getUint32(1);
  const commitment = bytes.slice(5, 5 + wordBytes);
  return { epoch, commitment, challenge: bytes.slice(5 + wordBytes, headBytes) };
}

/** Only cuts: what the words mean is checked by whoever uses them. @returns undefined for another format or length */
export function decodeProof(bytes: Uint8Array, parameters: Parameters = parametersV1): Proof | undefined {
  if (bytes.length !== proofBytes(parameters) || bytes[0] !== proofMark) return undefined;
  const { parties, opened } = parameters;
  // A copy: slices of a caller's `Buffer` would be its memory.
  const own = Uint8Array.from(bytes);
  const words = new Words(own);
  return {
    ...decodeHead(own),
    coefficients: words.many(opened, () => words.next()),
    opened: words.many(opened, () => ({ share: words.next(), randomness: words.next() })),
    hidden: words.many(parties - opened, () => ({ element: words.next(), masked: words.next() })),
  };
}

/** As `decodeProof`. */
export function decodeCiphertext(
  bytes: Uint8Array,
  parameters: Parameters = parametersV1,
): Ciphertext | undefined {
  if (bytes.length !== ciphertextBytes(parameters) || bytes[0] !== ciphertextMark) return undefined;
  const { parties, opened } = parameters;
  // A copy: slices of a caller's `Buffer` would be its memory.
  const own = Uint8Array.from(bytes);
  const words = new Words(own);
  return {
    ...decodeHead(own),
    shares: words.many(opened, () => words.next()),
    hidden: words.many(parties - opened, () => ({ element: words.next(), masked: words.next() })),
  };
}

export function isCiphertext(bytes: Uint8Array): boolean {
  return bytes[0] === ciphertextMark;
}
