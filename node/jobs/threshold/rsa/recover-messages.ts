/** What the recovery of a share is made of: masks that vanish at the lacking place, and masked shares of t + 1 helpers. */
import { createHash } from 'node:crypto';
import { type MessageReader, MessageWriter, readMessage } from '../codec.ts';
import { malformed } from '../errors.ts';
import { thresholdLimits } from '../limits.ts';
import type { KeyCommon } from '../party.ts';
import { toBytes, toInteger } from './integers.ts';
import { type RsaKey, rsaKeyOf } from './key.ts';
import { rsaLimits } from './limits.ts';
import { readStatements, type Statements, writeStatements } from './statements.ts';

/** Of an identity's seal: salt and tag, with room. */
const sealOverheadBytes = 64;
const digestBytes = 32;
export const maskPurpose = 'rsa.recover.mask';
export const maskedPurpose = 'rsa.recover.masked';

/** Which share, and who helps: masks are bound to it. */
export interface RecoveryHead {
  readonly handle: Uint8Array;
  /** Digest of the generation. */
  readonly digest: Uint8Array;
  readonly lacking: number;
  /** t + 1 custodians, ascending. */
  readonly helpers: readonly number[];
}

/** Commits to Q of degree t - 1; the mask is (X - lacking) Q(X). */
export interface Mask {
  readonly from: number;
  readonly commitments: readonly bigint[];
  /** Q at each helper's place, sealed to it, in the order of helpers. */
  readonly sealed: readonly Uint8Array[];
}

export interface MaskedShare {
  /** The share plus all masks at the helper's place, sealed to the lacking custodian. */
  readonly sealed: Uint8Array;
  /** That this is the generation in use. */
  readonly signature: Uint8Array;
}

export interface Recovery {
  readonly key: KeyCommon;
  readonly head: RecoveryHead;
  readonly masks: readonly Pick<Mask, 'from' | 'commitments'>[];
  /** In the order of helpers. */
  readonly masked: readonly Uint8Array[];
  readonly statements: Statements;
}

export function encodeHead(head: RecoveryHead): Uint8Array {
  return writeHead(new MessageWriter(), head).done();
}

export function decodeHead(bytes: Uint8Array): RecoveryHead {
  return readMessage(bytes, undefined, readHead);
}

export function encodeMask(key: RsaKey, { from, commitments, sealed }: Mask): Uint8Array {
  const writer = writeCommitments(new MessageWriter(), key, { from, commitments });
  return writer.list(sealed, (one) => void writer.field(one)).done();
}

/** @throws ThresholdAbort `malformed` */
export function decodeMask(key: RsaKey, from: number, bytes: Uint8Array): Mask {
  const mask = readMessage(bytes, from, (reader) => ({
    ...readCommitments(reader, key),
    sealed: readSealed(reader, key),
  }));
  if (mask.from !== from || mask.sealed.length !== key.threshold + 1)
    malformed(from, 'a mask that is not whole');
  return mask;
}

export function encodeMaskedRequest(key: RsaKey, head: RecoveryHead, masks: readonly Mask[]): Uint8Array {
  const writer = writeHead(new MessageWriter(), head);
  return writer.list(masks, (mask) => void writer.field(encodeMask(key, mask))).done();
}

/** @param helper who reads it @throws ThresholdAbort `malformed` */
export function decodeMaskedRequest(key: RsaKey, bytes: Uint8Array): { head: RecoveryHead; masks: Mask[] } {
  return readMessage(bytes, undefined, (reader) => {
    const head = readHead(reader);
    let at = 0;
    const masks = reader.list(head.helpers.length, 'masks', () =>
      decodeMask(key, head.helpers[at++]!, reader.field(thresholdLimits.messageBytesMax, 'a mask')),
    );
    if (masks.length !== head.helpers.length) malformed(undefined, 'masks of some helpers are missing');
    return { head, masks };
  });
}

export function encodeMasked({ sealed, signature }: MaskedShare): Uint8Array {
  return new MessageWriter().field(sealed).field(signature).done();
}

export function decodeMasked(key: RsaKey, from: number, bytes: Uint8Array): MaskedShare {
  return readMessage(bytes, from, (reader) => ({
    sealed: reader.field(maskedBytes(key) + sealOverheadBytes, 'a masked share'),
    signature: reader.field(256, 'a signature'),
  }));
}

export function encodeRecovery(key: RsaKey, recovery: Recovery): Uint8Array {
  const { key: common, head, masks, masked, statements } = recovery;
  const writer = new MessageWriter().field(Buffer.from(common.scheme)).u32(common.generation);
  writeHead(writer.field(common.common), head);
  writer.list(masks, (mask) => void writeCommitments(writer, key, mask));
  writer.list(masked, (one) => void writer.field(one));
  return writeStatements(writer, statements).done();
}

/** @throws ThresholdAbort `malformed`; RangeError for another scheme */
export function decodeRecovery(bytes: Uint8Array): Recovery {
  return readMessage(bytes, undefined, (reader) => {
    const scheme = Buffer.from(reader.field(32, 'the scheme')).toString();
    const generation = reader.u32('the generation');
    const common = reader.field(rsaLimits.dealingBytesMax, 'what is common');
    const head = readHead(reader);
    const key: KeyCommon = { handle: head.handle, scheme, generation, common };
    const rsaKey = rsaKeyOf(key);
    const masks = reader.list(head.helpers.length, 'masks', () => readCommitments(reader, rsaKey));
    const masked = readSealed(reader, rsaKey);
    if (!masks.every(({ from }, at) => from === head.helpers[at]) || masked.length !== masks.length)
      malformed(undefined, 'a recovery that is not whole');
    return { key, head, masks, masked, statements: readStatements(reader) };
  });
}

/** A sign, then a magnitude: with room for (n - 1) times t + 1 masks. */
export function maskedBytes(key: RsaKey): number {
  return 1 + key.shareBytes + 4;
}

/** What the seal of a mask's value is bound to: all that decides which shares it may be added to. */
export function maskContext(
  key: RsaKey,
  head: RecoveryHead,
  { from, commitments }: Pick<Mask, 'from' | 'commitments'>,
  to: number,
): Uint8Array {
  const hash = createHash('sha256').update(encodeHead(head)).update(Uint8Array.of(from, to));
  for (const one of commitments) hash.update(toBytes(one, key.modulusBytes));
  return hash.digest();
}

/** What the seal of a masked share is bound to. */
export function maskedContext(
  key: RsaKey,
  head: RecoveryHead,
  masks: readonly Pick<Mask, 'from' | 'commitments'>[],
  from: number,
): Uint8Array {
  const hash = createHash('sha256').update(encodeHead(head)).update(Uint8Array.of(from));
  for (const mask of masks) hash.update(writeCommitments(new MessageWriter(), key, mask).done());
  return hash.digest();
}

function writeHead(writer: MessageWriter, { handle, digest, lacking, helpers }: RecoveryHead): MessageWriter {
  writer.field(handle).bytes(digest).u8(lacking);
  return writer.list(helpers, (helper) => void writer.u8(helper));
}

function readHead(reader: MessageReader): RecoveryHead {
  return {
    handle: reader.field(16, 'the handle'),
    digest: reader.bytes(digestBytes, 'the generation'),
    lacking: reader.u8('who lacks a share'),
    helpers: reader.list(thresholdLimits.custodiansMax, 'helpers', () => reader.u8('a helper')),
  };
}

function writeCommitments(
  writer: MessageWriter,
  key: RsaKey,
  { from, commitments }: Pick<Mask, 'from' | 'commitments'>,
): MessageWriter {
  return writer.u8(from).list(commitments, (one) => void writer.bytes(toBytes(one, key.modulusBytes)));
}

function readCommitments(reader: MessageReader, key: RsaKey): Pick<Mask, 'from' | 'commitments'> {
  const from = reader.u8('who masks');
  const commitments = reader.list(key.threshold, 'commitments', () =>
    toInteger(reader.bytes(key.modulusBytes, 'a commitment')),
  );
  if (commitments.length !== key.threshold || commitments.some((one) => one < 1n || one >= key.modulus))
    malformed(undefined, 'commitments to a mask that are none');
  return { from, commitments };
}

function readSealed(reader: MessageReader, key: RsaKey): Uint8Array[] {
  return reader.list(key.threshold + 1, 'values', () =>
    reader.field(maskedBytes(key) + sealOverheadBytes, 'a value'),
  );
}
