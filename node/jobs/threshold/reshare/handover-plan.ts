/** Who hands keys over to whom, and what they say. */
import { createHash } from 'node:crypto';
import { type MessageReader, MessageWriter } from '../codec.ts';
import type { Committee } from '../committee.ts';
import { type Dealing, isDealing, orUndefined, readDealing, writeDealing } from '../dkg/dealing.ts';
import type { Dealt } from '../dkg/dispute.ts';
import { fieldGroup } from '../dkg/field-group.ts';
import { checkGeneration, type Judge, readKey, sameBytes, writeKey } from '../dkg/key-statement.ts';
import { keyLifeLimits as limits } from '../dkg/limits.ts';
import { checkDealers } from '../dkg/openings.ts';
import { malformed } from '../errors.ts';
import type { Group } from '../groups/index.ts';
import { thresholdLimits } from '../limits.ts';
import type { KeyCommon } from '../party.ts';
import { encodeFieldKey, fieldKeyOf } from '../sharing/field-key.ts';
import { evaluateCommitments, lagrange } from '../sharing/shamir.ts';

export interface HandoverPlan {
  readonly from: Committee;
  /** With an epoch of its own, and any number of members and threshold that a committee may have. */
  readonly to: Committee;
}

/**
 * Both committees in one, for identities alone: members of `from` under their indices, those of `to` behind them. Who is in both
 * has two identities here, of the same keys.
 */
export function handoverCommittee({ from, to }: HandoverPlan): Committee {
  const members = [...from.members, ...to.members].map((member, at) => ({ ...member, index: at + 1 }));
  return { epoch: to.epoch, threshold: from.threshold, members };
}

/** Of a member of `to`, among both. */
export function receiverOf({ from }: HandoverPlan, index: number): number {
  return from.members.length + index;
}

export interface Handover {
  /** Chosen by the coordinator, 16 bytes. */
  readonly session: Uint8Array;
  /** As `from` has it. */
  readonly key: KeyCommon;
  /** Of the shares to be; above that of the key. */
  readonly generation: number;
}

export function writeHandover(writer: MessageWriter, { session, key, generation }: Handover): void {
  writeKey(writer.bytes(session), key);
  writer.u64(generation);
}

/** @throws ThresholdAbort `malformed` */
export function readHandover(reader: MessageReader): Handover {
  const session = reader.bytes(limits.sessionBytes, 'the session');
  const key = readKey(reader);
  const generation = reader.u64('the generation');
  checkGeneration(key.generation, generation);
  return { session, key, generation };
}

/** The committees go in with all their members' keys: what is sealed for this handover opens in no other. */
export function handoverContext(plan: HandoverPlan, handover: Handover): Uint8Array {
  const writer = new MessageWriter();
  for (const { epoch, threshold, members } of [plan.from, plan.to]) {
    writer.u64(epoch).u16(threshold);
    writer.list(members, ({ key, sealingKey }) => void writer.field(key).field(sealingKey));
  }
  writeHandover(writer, handover);
  return createHash('sha256').update('hypergate/handover/v1\0').update(writer.done()).digest();
}

export function readHandoverDealing(reader: MessageReader, group: Group, { to }: HandoverPlan): Dealing {
  const counts = { commitments: to.threshold + 1, receivers: to.members.length };
  return readDealing(reader, group, counts);
}

/** From t + 1 of the old committee, ascending: as many as make the secret. @throws ThresholdAbort `malformed` */
export function readHandoverDealings(reader: MessageReader, group: Group, plan: HandoverPlan): Dealing[] {
  const { from } = plan;
  const dealings = reader.list(thresholdLimits.custodiansMax, 'dealings', () =>
    readHandoverDealing(reader, group, plan),
  );
  checkDealers(
    dealings.map(({ dealer }) => dealer),
    from.threshold + 1,
    from,
  );
  if (dealings.length > from.threshold + 1) malformed(undefined, 'more dealers than share the secret');
  return dealings;
}

export function writeHandoverDealings(writer: MessageWriter, dealings: readonly Dealing[]): void {
  writer.list(dealings, (dealing) => writeDealing(writer, dealing));
}

/** Whether its dealer signed it, and shares what it has: the commitment to the constant is its verification key. */
export function isHandoverDealing(
  judge: Judge,
  key: KeyCommon,
  context: Uint8Array,
  dealing: Dealing,
): boolean {
  const { group, verificationKeys } = fieldKeyOf(key);
  const own = verificationKeys[dealing.dealer - 1];
  return (
    own !== undefined && isDealing(judge, group, context, dealing) && sameBytes(dealing.commitments[0]!, own)
  );
}

/** Receivers stand under their indices among both committees. */
export function handoverDealt(plan: HandoverPlan, handover: Handover, dealings: readonly Dealing[]): Dealt {
  const group = fieldGroup(handover.key.scheme);
  return {
    group,
    context: handoverContext(plan, handover),
    dealings,
    expected: ({ commitments }, receiver) =>
      orUndefined(() => evaluateCommitments(commitments, receiver - plan.from.members.length, group)),
  };
}

/** The key as the new committee has it. @throws ThresholdAbort `malformed` */
export function handedKey({ to }: HandoverPlan, handover: Handover, dealings: readonly Dealing[]): KeyCommon {
  const { key, generation } = handover;
  const { group, publicKey } = fieldKeyOf(key);
  const factors = lagrange(
    dealings.map(({ dealer }) => dealer),
    group.order,
  );
  const common = orUndefined(() => {
    const sum = dealings[0]!.commitments.map((_, power) =>
      group.combine(
        dealings.map(({ commitments }, at) => ({ element: commitments[power]!, factor: factors[at]! })),
      ),
    );
    if (!sameBytes(sum[0]!, publicKey)) malformed(undefined, 'what is handed over is another key');
    return encodeFieldKey({
      publicKey,
      verificationKeys: to.members.map(({ index }) => evaluateCommitments(sum, index, group)),
    });
  });
  if (common === undefined) malformed(undefined, 'the sum of all dealings is none of a key');
  return { handle: key.handle, scheme: key.scheme, generation, common };
}
