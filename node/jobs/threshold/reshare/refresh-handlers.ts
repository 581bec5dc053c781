/**
 * Proactive refresh of shares, at a custodian (refresh.ts names the paper).
 *
 * 1. `refresh.deal`: it deals a sharing of zero.
 * 2. `refresh.confirm`: it checks all dealings, adds its values to its share, puts the sum on the disk as pending and signs what is
 *    common then.
 * 3. `key.finish` makes that the active share and keeps the old one; `refresh.adopt` does for a custodian that was absent;
 *    `key.settle` erases the old one.
 *
 * All are `free`: the key stays what it is, nothing of it leaves a custodian, and no order of these messages loses it (key-slots.ts).
 * Nothing is remembered between the rounds: whatever transcript a custodian is shown, it has t + 1 dealers of this session, one of them
 * honest, whose values are fresh.
 */
import { MessageWriter, readMessage } from '../codec.ts';
import { indicesOf } from '../committee.ts';
import type { Dealing } from '../dkg/dealing.ts';
import { isDealing, writeDealing } from '../dkg/dealing.ts';
import { dealAndRemember, type Revealed, readRevealed, receiveValues, sumOf } from '../dkg/dispute.ts';
import { fieldGroup, keyShareOf } from '../dkg/field-group.ts';
import {
  activateShare,
  confirmShare,
  type KeySlots,
  loadSlots,
  type PendingShare,
  shareOf,
} from '../dkg/key-slots.ts';
import { judgeOf, readCertificate, sameKey } from '../dkg/key-statement.ts';
import { keyLifeLimits as limits } from '../dkg/limits.ts';
import { malformed, ThresholdAbort } from '../errors.ts';
import { modulo, randomScalar } from '../groups/index.ts';
import type { Handler, KeyShare, Party } from '../party.ts';
import { shareScalarOf } from '../sharing/field-key.ts';
import { evaluate } from '../sharing/shamir.ts';
import {
  type Refresh,
  readRefresh,
  readZeroDealings,
  refreshContext,
  refreshedKey,
  zeroDealt,
} from './zero-sharing.ts';

const dealHandler: Handler = {
  kind: 'refresh.deal',
  access: 'free',
  bodyBytesMax: limits.transcriptBytesMax,
  async handle(party, { body }) {
    const refresh = readMessage(body, undefined, readRefresh);
    const group = fieldGroup(refresh.base.scheme);
    baseShare(await loadSlots(party.keys, refresh.base.handle), refresh);
    const context = refreshContext(party.committee, refresh);
    const coefficients = Array.from({ length: party.committee.threshold }, () =>
      randomScalar(group, party.random),
    );
    const commitments = coefficients.map((coefficient) => group.baseMultiply(coefficient));
    const values = new Map(
      indicesOf(party.committee).map((index) => [index, evaluate([0n, ...coefficients], index, group.order)]),
    );
    const dealing = dealAndRemember(party, group, context, commitments, values);
    const writer = new MessageWriter();
    writeDealing(writer, dealing);
    return writer.done();
  },
};

/** Answers 1 and the signature of `confirmed`, or a complaint. */
const confirmHandler: Handler = {
  kind: 'refresh.confirm',
  access: 'free',
  bodyBytesMax: limits.transcriptBytesMax,
  async handle(party, { body }) {
    const { refresh, dealings, revealed } = readMessage(body, undefined, (reader) => {
      const refresh = readRefresh(reader);
      const group = fieldGroup(refresh.base.scheme);
      const dealings = readZeroDealings(reader, group, party.committee);
      return { refresh, dealings, revealed: readRevealed(reader, group) };
    });
    const base = baseShare(await loadSlots(party.keys, refresh.base.handle), refresh);
    const share = refreshedShare(party, refresh, dealings, revealed, base);
    if (share instanceof Uint8Array) return share;
    const signature = await confirmShare(party, { share, base: base.generation });
    return new MessageWriter().u8(1).bytes(signature).done();
  },
};

/** Certificate, refresh, dealings. Answers with the signature of `held`. */
const adoptHandler: Handler = {
  kind: 'refresh.adopt',
  access: 'free',
  bodyBytesMax: limits.transcriptBytesMax,
  async handle(party, { body }) {
    const { certificate, refresh, dealings } = readMessage(body, undefined, (reader) => {
      const certificate = readCertificate(reader);
      const refresh = readRefresh(reader);
      const group = fieldGroup(refresh.base.scheme);
      return { certificate, refresh, dealings: readZeroDealings(reader, group, party.committee) };
    });
    return activateShare(party, certificate, (slots): PendingShare => {
      const base = baseShare(slots, refresh);
      const share = refreshedShare(party, refresh, dealings, new Map(), base);
      if (share instanceof Uint8Array || !sameKey(share, certificate.key))
        throw new ThresholdAbort('unknown-key', undefined, 'its part of this refresh is wrong');
      return { share, base: base.generation };
    });
  },
};

export const refreshHandlers: readonly Handler[] = [dealHandler, confirmHandler, adoptHandler];

function baseShare(slots: KeySlots, { base }: Refresh): KeyShare {
  const share = shareOf(slots, base.generation);
  if (!sameKey(share, base)) throw new ThresholdAbort('stale', undefined, 'it has another share of this key');
  return share;
}

/** @returns the answer with a complaint when a dealer dealt it a wrong value */
function refreshedShare(
  party: Party,
  refresh: Refresh,
  dealings: readonly Dealing[],
  revealed: Revealed,
  base: KeyShare,
): KeyShare | Uint8Array {
  const group = fieldGroup(refresh.base.scheme);
  const dealt = zeroDealt(group, refreshContext(party.committee, refresh), dealings);
  if (!dealings.every((dealing) => isDealing(judgeOf(party), group, dealt.context, dealing)))
    malformed(undefined, 'a dealing that its dealer did not sign');
  const received = receiveValues(party, dealt, party.me - 1, revealed);
  if ('complaint' in received) return received.complaint;
  const scalar = modulo(shareScalarOf(base) + sumOf(received.values, group.order), group.order);
  return keyShareOf(party.me, refreshedKey(refresh, dealings), scalar);
}
