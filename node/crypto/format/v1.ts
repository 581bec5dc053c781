/**
 * Stored bytes of the encryption layer, version 1. Never changed once released; golden files prove that old bytes still read.
 *
 * sealed header (69 B)  purpose (1) ‖ epoch (4, big-endian) ‖ salt (32) ‖ key commitment (32)
 * sealed record         header ‖ ciphertext ‖ tag (16)
 * key ‖ commitment      HKDF-SHA-256(content key, salt, info, 64);
 *                       info = `hypergate/sealed/v1` ‖ purpose (1) ‖ domain (32) ‖ epoch (4) ‖ slot (24) ‖ incarnation (8)
 * stream piece          ciphertext ‖ tag (16); nonce = 0 (7) ‖ counter (4) ‖ last (1); associated = header ‖ piece bytes (4)
 * data piece            the same under a random key of its own; associated = `hypergate/data/v1` ‖ piece bytes (4)
 *
 * Verifiers in browsers use this file too.
 */
import { DecryptionError } from '../errors.ts';
import { cryptoLimits } from '../limits.ts';

/** First byte of everything that is sealed. A future format takes new numbers, below 0x40. */
export const Purpose = {
  /** A row of a table, in its vertex. */
  record: 0x01,
  /** What a removal tells followers of the log. */
  note: 0x02,
  /** One chunk of large data (STREAM) under a key of its atom; the header stands in its vertex. No longer written. */
  chunk: 0x03,
  /** The hyperedge that orders the chunks of large data. */
  relation: 0x04,
  /** The key and lengths of one chunk of large data, in its vertex. */
  chunkKey: 0x05,
} as const;
export type Purpose = (typeof Purpose)[keyof typeof Purpose];

/** First byte of payloads that are not sealed, from 0x40 on. */
export const publicMark = {
  /** A verifiable encryption of an epoch key (verenc/epoch-proof.ts). */
  epochProof: 0x40,
} as const;

export const saltBytes = 32;
export const commitmentBytes = 32;
export const saltOffset = 5;
export const commitmentOffset = saltOffset + saltBytes;
export const headerBytes = commitmentOffset + commitmentBytes;

const ascii = (text: string) => new TextEncoder().encode(text);

/** Associated data of chunks that are sealed under a key of their own, before the piece bytes. */
export const dataLabel: Uint8Array = ascii('hypergate/data/v1');

const infoLabel = ascii('hypergate/sealed/v1');
export const infoBytes = infoLabel.length + 1 + 32 + 4 + 24 + 8;

/** The atom whose content is sealed. */
export interface SealedAtom {
  readonly domain: Uint8Array;
  readonly slot: Uint8Array;
  readonly incarnation: Uint8Array;
}

/** All fields have fixed lengths, so the encoding is injective. */
export function encodeInfo(purpose: Purpose, epoch: number, atom: SealedAtom): Uint8Array {
  if (atom.domain.length !== 32 || atom.slot.length !== 24 || atom.incarnation.length !== 8)
    throw new RangeError('lengths of an atom id');
  if (!(Number.isInteger(epoch) && epoch >= 0 && epoch <= cryptoLimits.epochMax))
    throw new RangeError('epoch');
  const info = new Uint8Array(infoBytes);
  const at = infoLabel.length + 1;
  info.set(infoLabel);
  info[at - 1] = purpose;
  info.set(atom.domain, at);
  writeUint32(info, epoch, at + 32);
  info.set(atom.slot, at + 36);
  info.set(atom.incarnation, at + 60);
  return info;
}

function writeUint32(target: Uint8Array, value: number, at: number): void {
  target[at] = value >>> 24;
  target[at + 1] = value >>> 16;
  target[at + 2] = value >>> 8;
  target[at + 3] = value;
}

/** Writes purpose, epoch, salt and commitment at the start of `target`. */
export function writeHeader(
  target: Uint8Array,
  purpose: Purpose,
  epoch: number,
  salt: Uint8Array,
  commitment: Uint8Array,
): void {
  target[0] = purpose;
  writeUint32(target, epoch, 1);
  target.set(salt, saltOffset);
  target.set(commitment, commitmentOffset);
}

/** @throws DecryptionError `format` when it is too short or of another purpose */
export function readEpoch(sealed: Uint8Array, purpose: Purpose): number {
  if (sealed.length < headerBytes || sealed[0] !== purpose) throw new DecryptionError('format');
  return ((sealed[1]! << 24) | (sealed[2]! << 16) | (sealed[3]! << 8) | sealed[4]!) >>> 0;
}
