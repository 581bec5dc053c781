/**
 * Handing keys over to another committee, at custodians (handover.ts names the papers).
 *
 * Old custodians: `handover.deal` shares a share with the new ones, `handover.reveal` answers complaints, `handover.leave` erases what was
 * handed over, once n - t of the new committee hold it. New custodians: `handover.confirm`, and `handover.adopt` for one that was
 * absent.
 *
 * Whoever these handlers deal to can use the keys. So no message says who that is: the plan with both committees is given to a
 * custodian by who runs it, as its own committee was, and handlers are made for that plan alone and taken away when it is
 * carried out. With the plan given all are `free`.
 */
import { MessageWriter, readMessage } from '../codec.ts';
import { type Dealing, writeDealing } from '../dkg/dealing.ts';
import {
  dealAndRemember,
  makeRevealHandler,
  type Revealed,
  readRevealed,
  receiveValues,
} from '../dkg/dispute.ts';
import { fieldGroup, keyShareOf } from '../dkg/field-group.ts';
import {
  activateShare,
  confirmShare,
  eraseSlots,
  type KeySlots,
  loadSlots,
  type PendingShare,
} from '../dkg/key-slots.ts';
import {
  countStatements,
  type KeyCertificate,
  quorumOf,
  readCertificate,
  sameKey,
} from '../dkg/key-statement.ts';
import { keyLifeLimits as limits } from '../dkg/limits.ts';
import { malformed, ThresholdAbort } from '../errors.ts';
import { modulo, randomScalar } from '../groups/index.ts';
import type { Handler, KeyShare, Party, PartyIdentity } from '../party.ts';
import { shareScalarOf } from '../sharing/field-key.ts';
import { evaluate, lagrange } from '../sharing/shamir.ts';
import {
  type Handover,
  type HandoverPlan,
  handedKey,
  handoverContext,
  handoverDealt,
  isHandoverDealing,
  readHandover,
  readHandoverDealings,
  receiverOf,
} from './handover-plan.ts';

/** @param identity in `handoverCommittee(plan)`, as a member of `from` */
export function leavingHandlers(plan: HandoverPlan, identity: PartyIdentity): readonly Handler[] {
  const dealHandler: Handler = {
    kind: 'handover.deal',
    access: 'free',
    bodyBytesMax: limits.transcriptBytesMax,
    async handle(party, { body }) {
      const handover = readMessage(body, undefined, readHandover);
      const share = await party.keys.get(handover.key.handle);
      if (share === undefined) throw new ThresholdAbort('unknown-key', undefined, 'no share of this key');
      if (!sameKey(share, handover.key))
        throw new ThresholdAbort('stale', undefined, 'the share is of another generation');
      const group = fieldGroup(share.scheme);
      const context = handoverContext(plan, handover);
      const higher = Array.from({ length: plan.to.threshold }, () => randomScalar(group, party.random));
      const polynomial = [shareScalarOf(share), ...higher];
      const commitments = polynomial.map((coefficient) => group.baseMultiply(coefficient));
      const values = new Map(
        plan.to.members.map(({ index }) => [
          receiverOf(plan, index),
          evaluate(polynomial, index, group.order),
        ]),
      );
      const dealing = dealAndRemember(party, group, context, commitments, values, identity);
      const writer = new MessageWriter();
      writeDealing(writer, dealing);
      return writer.done();
    },
  };
  const leaveHandler: Handler = {
    kind: 'handover.leave',
    access: 'free',
    bodyBytesMax: limits.transcriptBytesMax,
    async handle(party, { body }) {
      const certificate = readMessage(body, undefined, readCertificate);
      const { key } = certificate;
      if (countStatements(judgeOfNew(plan, identity), certificate).held < quorumOf(plan.to))
        throw new ThresholdAbort('refused', undefined, 'too few new custodians hold this key');
      const share = await party.keys.get(key.handle);
      // Who is in both committees has the new share under the handle by now.
      if (share !== undefined && share.generation < key.generation) await eraseSlots(party.keys, key.handle);
      return new Uint8Array(0);
    },
  };
  return [dealHandler, leaveHandler, makeRevealHandler('handover.reveal', () => identity)];
}

/** @param identity in `handoverCommittee(plan)`, as a member of `to` */
export function joiningHandlers(plan: HandoverPlan, identity: PartyIdentity): readonly Handler[] {
  const confirmHandler: Handler = {
    kind: 'handover.confirm',
    access: 'free',
    bodyBytesMax: limits.transcriptBytesMax,
    async handle(party, { body }) {
      const { old, handover, dealings, revealed } = readMessage(body, undefined, (reader) => {
        const old = readCertificate(reader);
        const handover = readHandover(reader);
        const group = fieldGroup(handover.key.scheme);
        const dealings = readHandoverDealings(reader, group, plan);
        return { old, handover, dealings, revealed: readRevealed(reader, group) };
      });
      checkOld(plan, identity, old, handover);
      const share = handedShare(party, plan, identity, handover, dealings, revealed);
      if (share instanceof Uint8Array) return share;
      const base = baseOf(await loadSlots(party.keys, share.handle), handover);
      const signature = await confirmShare(party, { share, base });
      return new MessageWriter().u8(1).bytes(signature).done();
    },
  };
  const adoptHandler: Handler = {
    kind: 'handover.adopt',
    access: 'free',
    bodyBytesMax: limits.transcriptBytesMax,
    async handle(party, { body }) {
      const { certificate, old, handover, dealings } = readMessage(body, undefined, (reader) => {
        const certificate = readCertificate(reader);
        const old = readCertificate(reader);
        const handover = readHandover(reader);
        const group = fieldGroup(handover.key.scheme);
        return { certificate, old, handover, dealings: readHandoverDealings(reader, group, plan) };
      });
      checkOld(plan, identity, old, handover);
      return activateShare(party, certificate, (slots): PendingShare => {
        const share = handedShare(party, plan, identity, handover, dealings, new Map());
        if (share instanceof Uint8Array || !sameKey(share, certificate.key))
          throw new ThresholdAbort('unknown-key', undefined, 'its part of this key is wrong');
        return { share, base: baseOf(slots, handover) };
      });
    },
  };
  return [confirmHandler, adoptHandler];
}

/** That this is the key: t + 1 of the old committee hold it. */
function checkOld(
  { from }: HandoverPlan,
  identity: PartyIdentity,
  certificate: KeyCertificate,
  { key }: Handover,
): void {
  const judge = { committee: from, verify: identity.verify.bind(identity) };
  if (!sameKey(certificate.key, key) || countStatements(judge, certificate).held <= from.threshold)
    throw new ThresholdAbort('refused', undefined, 'too few old custodians hold this key');
}

/** Who was in the old committee as well goes on from its share there. */
function baseOf({ active }: KeySlots, { key }: Handover): number | undefined {
  return active !== undefined && sameKey(active, key) ? key.generation : undefined;
}

/** @returns the answer with a complaint when a dealer dealt it a wrong value */
function handedShare(
  { me }: Party,
  plan: HandoverPlan,
  identity: PartyIdentity,
  handover: Handover,
  dealings: readonly Dealing[],
  revealed: Revealed,
): KeyShare | Uint8Array {
  const dealt = handoverDealt(plan, handover, dealings);
  const { group, context } = dealt;
  const judge = { committee: plan.from, verify: identity.verify.bind(identity) };
  if (!dealings.every((dealing) => isHandoverDealing(judge, handover.key, context, dealing)))
    malformed(undefined, 'a dealing that is not of a share of this key');
  const received = receiveValues({ me: receiverOf(plan, me), identity }, dealt, me - 1, revealed);
  if ('complaint' in received) return received.complaint;
  const dealers = dealings.map(({ dealer }) => dealer);
  const factors = lagrange(dealers, group.order);
  const scalar = dealers.reduce(
    (sum, dealer, at) => modulo(sum + received.values.get(dealer)! * factors[at]!, group.order),
    0n,
  );
  return keyShareOf(me, handedKey(plan, handover, dealings), scalar);
}

function judgeOfNew(plan: HandoverPlan, identity: PartyIdentity) {
  return {
    committee: plan.to,
    verify: (from: number, purpose: string, message: Uint8Array, signature: Uint8Array) =>
      plan.to.members.some(({ index }) => index === from) &&
      identity.verify(receiverOf(plan, from), purpose, message, signature),
  };
}
