/** One batch of presignatures, at the coordinator: passes on what signers say, and finds out who is to blame when they do not agree. */
import type { Bytes } from '../../../api/index.ts';
import { MessageWriter, readMessage } from '../codec.ts';
import { cheater, malformed, ThresholdAbort } from '../errors.ts';
import type { Group } from '../groups/index.ts';
import type { Custodians } from '../party.ts';
import { blameNonces } from './blame.ts';
import { ecdsaLimits } from './limits.ts';
import {
  type BatchPlan,
  batchLabel,
  beginPurpose,
  beginStatement,
  decodePayload,
  encodePlan,
  type NonceShare,
  payloadBytes,
  readSigned,
  type SignedBytes,
  sharePurpose,
  shareStatement,
  transcriptOf,
  transcriptPurpose,
  writeSigned,
} from './messages.ts';
import { openNonce } from './presign-handlers.ts';

export interface CommonBatch {
  readonly plan: BatchPlan;
  readonly label: Bytes;
  readonly transcript: Bytes;
  /** In the order of signers. */
  readonly payloads: readonly Bytes[];
}

/** A presignature as the coordinator has it: its place in a batch that all signers hold. */
export interface CommonPresignature {
  readonly batch: CommonBatch;
  readonly index: number;
}

/** @throws ThresholdAbort which names who failed, if it can; cheaters among them are accused */
export async function makeBatch(custodians: Custodians, plan: BatchPlan): Promise<CommonBatch> {
  const { signers } = plan;
  const encoded = encodePlan(plan);
  const begun = await askEach(custodians, signers, 'ecdsa.presign.begin', encoded, (reply, from) => {
    const part = readMessage(reply, from, (reader) => readSigned(reader, 32));
    if (!custodians.verify(from, beginPurpose, beginStatement(plan, part.bytes), part.signature))
      cheater(from, 'a nonce that it did not sign');
    return part;
  });
  const label = batchLabel(
    plan,
    begun.map(({ bytes }) => bytes),
  );
  const toShare = withParts(new MessageWriter().bytes(encoded), begun);
  const shares = await askEach(custodians, signers, 'ecdsa.presign.share', toShare, (reply, from) => {
    const part = readMessage(reply, from, (reader) => readSigned(reader, ecdsaLimits.messageBytesMax));
    if (part.bytes.length !== payloadBytes(plan)) malformed(from, 'length of its shares');
    if (!custodians.verify(from, sharePurpose, shareStatement(label, part.bytes), part.signature))
      cheater(from, 'shares that it did not sign');
    return part;
  });
  const payloads = shares.map(({ bytes }) => bytes);
  const transcript = transcriptOf(label, payloads);
  const batch = { plan, label, transcript, payloads };
  const signatures = await confirm(custodians, batch, shares);
  const toOpen = new MessageWriter().bytes(label);
  toOpen.list(signatures, (signature) => void toOpen.field(signature));
  await askEach(custodians, signers, 'ecdsa.presign.open', toOpen.done(), () => true);
  return batch;
}

async function confirm(
  custodians: Custodians,
  batch: CommonBatch,
  shares: readonly SignedBytes[],
): Promise<Bytes[]> {
  const { plan, label, transcript } = batch;
  const toConfirm = withParts(new MessageWriter().bytes(label), shares);
  try {
    return await askEach(custodians, plan.signers, 'ecdsa.presign.confirm', toConfirm, (reply, from) => {
      if (!custodians.verify(from, transcriptPurpose, transcript, reply))
        cheater(from, 'it confirms something else than was sent to it');
      return reply;
    });
  } catch (error) {
    if (error instanceof ThresholdAbort && error.reason === 'malformed') await checkShares(custodians, batch);
    throw error;
  }
}

/** A signer refuses the shares of others. @throws ThresholdAbort if it is right */
async function checkShares(custodians: Custodians, batch: CommonBatch): Promise<void> {
  const { plan, label } = batch;
  const { threshold } = custodians.committee;
  for (let index = 0; index < plan.count; index += 1) {
    const shares = sharesAt(batch, index);
    if (openNonce(plan.group, plan.signers, threshold, shares) !== undefined) continue;
    const [first] = await blameNonces(custodians, { plan, label, index, shares });
    throw new ThresholdAbort('unavailable', first, 'nonce shares are not of one polynomial');
  }
}

/** @throws ThresholdAbort `malformed`, which names the sender */
export function sharesAt({ plan, payloads }: CommonBatch, index: number): NonceShare[] {
  const { elementBytes, scalarBytes } = plan.group;
  const width = elementBytes + scalarBytes;
  return payloads.map((payload, at) => {
    const part = payload.subarray(index * width, (index + 1) * width);
    return decodePayload({ ...plan, count: 1 }, part, plan.signers[at]!)[0]!;
  });
}

/**
 * All of these signers have to answer.
 *
 * @returns what they answered, in their order
 * @throws ThresholdAbort: of a cheater if there is one, else the first
 */
export async function askEach<Answer>(
  custodians: Custodians,
  signers: readonly number[],
  kind: string,
  body: Bytes,
  read: (reply: Bytes, from: number) => Answer,
): Promise<Answer[]> {
  const replies = await Promise.allSettled(
    signers.map(async (index) => read(await custodians.ask(index, kind, body), index)),
  );
  const failures = replies.flatMap((reply) => (reply.status === 'rejected' ? [reply.reason] : []));
  const isCheater = (failure: unknown) => failure instanceof ThresholdAbort && failure.reason === 'cheater';
  if (failures.length > 0) throw failures.find(isCheater) ?? failures[0];
  return replies.map((reply) => (reply as PromiseFulfilledResult<Answer>).value);
}

export function groupKey(group: Group, signers: readonly number[]): string {
  return `${group.name}/${signers.join()}`;
}

function withParts(writer: MessageWriter, parts: readonly SignedBytes[]): Bytes {
  return writer.list(parts, (part) => writeSigned(writer, part)).done();
}
