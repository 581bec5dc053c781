/** Messages of threshold ECDSA, and the hashes that say what they were about. */
import { createHash } from 'node:crypto';
import type { Bytes } from '../../../api/index.ts';
import { type MessageReader, MessageWriter, readMessage } from '../codec.ts';
import type { Committee } from '../committee.ts';
import { malformed } from '../errors.ts';
import type { Group } from '../groups/index.ts';
import { thresholdLimits } from '../limits.ts';
import type { KeyCommon } from '../party.ts';
import type { PrssName } from '../prss/index.ts';
import { prssLimits } from '../prss/index.ts';
import { curveGroup } from './curve.ts';
import { ecdsaLimits } from './limits.ts';

export const beginPurpose = 'ecdsa.begin';
export const sharePurpose = 'ecdsa.share';
export const transcriptPurpose = 'ecdsa.transcript';
export const hashBytes = 32;

/** What a batch of presignatures is made of. */
export interface BatchPlan {
  readonly group: Group;
  readonly prss: PrssName;
  /** 2t + 1, ascending. */
  readonly signers: readonly number[];
  readonly count: number;
}

export function encodePlan({ group, prss, signers, count }: BatchPlan): Bytes {
  const writer = new MessageWriter().field(Buffer.from(group.name)).u32(prss.epoch).bytes(prss.id);
  return writer
    .list(signers, (index) => void writer.u16(index))
    .u16(count)
    .done();
}

/** @throws ThresholdAbort `malformed` for a plan that this committee cannot have */
export function readPlan(reader: MessageReader, committee: Committee): BatchPlan {
  const group = curveGroup(Buffer.from(reader.field(16, 'the group')).toString('latin1'));
  const epoch = reader.u32('the epoch');
  const id = reader.bytes(prssLimits.labelBytes, 'the name of the keys');
  const signers = reader.list(thresholdLimits.custodiansMax, 'signers', () => reader.u16('a signer'));
  const count = reader.u16('the number of presignatures');
  if (group === undefined) malformed(undefined, 'no curve of ECDSA');
  if (signers.length !== 2 * committee.threshold + 1) malformed(undefined, 'number of signers');
  const ascending = signers.every((index, at) => index > (at === 0 ? 0 : signers[at - 1]!));
  if (!ascending || signers.at(-1)! > committee.members.length) malformed(undefined, 'signers');
  if (count < 1 || count > ecdsaLimits.batchMax) malformed(undefined, 'number of presignatures');
  return { group, prss: { epoch, id }, signers, count };
}

export interface SignedBytes {
  readonly bytes: Bytes;
  readonly signature: Bytes;
}

export function writeSigned(writer: MessageWriter, { bytes, signature }: SignedBytes): void {
  writer.field(bytes).field(signature);
}

export function readSigned(reader: MessageReader, bytesMax: number): SignedBytes {
  const bytes = reader.field(bytesMax, 'what is signed');
  return { bytes, signature: reader.field(ecdsaLimits.signatureBytesMax, 'a signature') };
}

/** What a signer signs of its nonce. */
export function beginStatement(plan: BatchPlan, nonce: Bytes): Bytes {
  return new MessageWriter().field(encodePlan(plan)).field(nonce).done();
}

/** Names a batch, and is the label of its sharings: has a nonce of each signer in it (see prss/sharing.ts). */
export function batchLabel(plan: BatchPlan, nonces: readonly Bytes[]): Bytes {
  const writer = new MessageWriter().text('hypergate/ecdsa/batch/v1\0').field(encodePlan(plan));
  return sha256(writer.list(nonces, (nonce) => void writer.field(nonce)).done());
}

/** What a signer signs of its shares. */
export function shareStatement(label: Bytes, payload: Bytes): Bytes {
  return new MessageWriter().bytes(label).field(payload).done();
}

/** Everything that signers have to have seen alike. @param payloads in the order of signers */
export function transcriptOf(label: Bytes, payloads: readonly Bytes[]): Bytes {
  const writer = new MessageWriter().text('hypergate/ecdsa/transcript/v1\0').bytes(label);
  return sha256(writer.list(payloads, (payload) => void writer.field(payload)).done());
}

/** One signer's part of one presignature. */
export interface NonceShare {
  /** R_i = k_i G. */
  readonly element: Bytes;
  /** w_i = a_i k_i + b_i. */
  readonly product: bigint;
}

export function payloadBytes({ group, count }: BatchPlan): number {
  return count * (group.elementBytes + group.scalarBytes);
}

export function encodePayload(group: Group, shares: readonly NonceShare[]): Bytes {
  const writer = new MessageWriter();
  for (const { element, product } of shares) writer.bytes(element).bytes(group.encodeScalar(product));
  return writer.done();
}

/** @throws ThresholdAbort `malformed`, which names the sender */
export function decodePayload(plan: BatchPlan, payload: Bytes, from: number): NonceShare[] {
  const { group, count } = plan;
  return readMessage(payload, from, (reader) =>
    Array.from({ length: count }, () => {
      const element = reader.bytes(group.elementBytes, 'an element');
      const scalar = reader.bytes(group.scalarBytes, 'a scalar');
      if (!group.isElement(element)) malformed(from, 'no element');
      return { element, product: scalarOf(group, scalar, from) };
    }),
  );
}

/** @throws ThresholdAbort `malformed`, which names the sender */
export function scalarOf(group: Group, bytes: Bytes, from: number | undefined): bigint {
  try {
    return group.decodeScalar(bytes);
  } catch (error) {
    if (error instanceof RangeError) return malformed(from, error.message);
    throw error;
  }
}

/**
 * What one signature is about, whole: the batch as this signer saw it, the key, the digest. It is the label of the zero that hides
 * the signer's share, so what signers see differently does not fit together (see sign-handler.ts).
 */
export function viewOf(transcript: Bytes, index: number, key: KeyCommon, message: Bytes): Bytes {
  const writer = new MessageWriter().text('hypergate/ecdsa/view/v1\0').bytes(transcript).u16(index);
  writer.field(Buffer.from(key.scheme)).field(key.handle).u32(key.generation).bytes(sha256(key.common));
  return sha256(writer.field(message).done());
}

/** The factor that the nonce of a presignature is multiplied with for this signature; public, and not 0. */
export function blindingOf(group: Group, view: Bytes): bigint {
  const hash = createHash('sha512').update('hypergate/ecdsa/nonce/v1\0').update(view).digest('hex');
  const factor = BigInt(`0x${hash}`) % group.order;
  return factor === 0n ? 1n : factor;
}

function sha256(bytes: Uint8Array): Bytes {
  return createHash('sha256').update(bytes).digest();
}
