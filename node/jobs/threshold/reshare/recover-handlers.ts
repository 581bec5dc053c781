/**
 * Recovery of a share, at custodians (recover.ts names the paper).
 *
 * 1. `recover.deal`: each helper deals a polynomial that is 0 at the place of who lacks its share.
 * 2. `recover.blind`: each helper adds the values to its share, and seals the sum to who lacks its own.
 * 3. `recover.take`: that one checks all sums, and interpolates at its place, where the blinding is 0.
 *
 * All are `free`: a share goes to the custodian whose share it is, and to nobody else, however often it is asked for. Sums of one
 * session stay blinded even when the coordinator shows helpers different sets of dealings, because each sum has one value of every
 * helper, one of them honest. Who takes a share takes it on the word of t + 1 that they hold the key, or of n - t when it has
 * another of the same generation (key-slots.ts).
 */
import { MessageWriter, readMessage } from '../codec.ts';
import { isDealing, writeDealing } from '../dkg/dealing.ts';
import { dealAndRemember, readRevealed, receiveValues, sumOf } from '../dkg/dispute.ts';
import { fieldGroup, keyShareOf } from '../dkg/field-group.ts';
import { activateShare } from '../dkg/key-slots.ts';
import { judgeOf, readCertificate, sameKey } from '../dkg/key-statement.ts';
import { keyLifeLimits as limits } from '../dkg/limits.ts';
import { malformed, ThresholdAbort } from '../errors.ts';
import { modulo } from '../groups/index.ts';
import type { Handler, KeyShare, Party } from '../party.ts';
import { shareScalarOf } from '../sharing/field-key.ts';
import { evaluate, lagrange } from '../sharing/shamir.ts';
import {
  blindContext,
  blindedDealt,
  isVanishingDealing,
  type Recovery,
  randomVanishing,
  readBlinded,
  readRecovery,
  readVanishing,
  recoveryContext,
  vanishingDealt,
} from './vanishing.ts';

const dealHandler: Handler = {
  kind: 'recover.deal',
  access: 'free',
  bodyBytesMax: limits.transcriptBytesMax,
  async handle(party, { body }) {
    const recovery = readMessage(body, undefined, (reader) => readRecovery(reader, party.committee));
    await helperShare(party, recovery);
    const group = fieldGroup(recovery.key.scheme);
    const context = recoveryContext(party.committee, recovery);
    const polynomial = randomVanishing(group, party.committee.threshold, recovery.lacking, party.random);
    const commitments = polynomial.map((coefficient) => group.baseMultiply(coefficient));
    const values = new Map(
      recovery.helpers.map((helper) => [helper, evaluate(polynomial, helper, group.order)]),
    );
    const dealing = dealAndRemember(party, group, context, commitments, values);
    const writer = new MessageWriter();
    writeDealing(writer, dealing);
    return writer.done();
  },
};

/** Answers 1 and the sealed sum as a dealing, or a complaint. */
const blindHandler: Handler = {
  kind: 'recover.blind',
  access: 'free',
  bodyBytesMax: limits.transcriptBytesMax,
  async handle(party, { body }) {
    const { recovery, dealings, revealed } = readMessage(body, undefined, (reader) => {
      const recovery = readRecovery(reader, party.committee);
      const dealings = readVanishing(reader, recovery);
      return { recovery, dealings, revealed: readRevealed(reader, fieldGroup(recovery.key.scheme)) };
    });
    const share = await helperShare(party, recovery);
    const group = fieldGroup(share.scheme);
    const { lacking, helpers } = recovery;
    const context = recoveryContext(party.committee, recovery);
    const judge = judgeOf(party);
    if (!dealings.every((dealing) => isVanishingDealing(judge, group, context, dealing, lacking)))
      malformed(undefined, 'a dealing that blinds nothing');
    const dealt = vanishingDealt(group, context, dealings);
    const received = receiveValues(party, dealt, helpers.indexOf(party.me), revealed);
    if ('complaint' in received) return received.complaint;
    const sum = modulo(shareScalarOf(share) + sumOf(received.values, group.order), group.order);
    const blind = blindContext(context, dealings);
    const values = new Map([[lacking, sum]]);
    // A second request for the same has another dealing: sealing is randomised.
    const blinded = dealAndRemember(party, group, blind, [], values);
    const writer = new MessageWriter().u8(1);
    writeDealing(writer, blinded);
    return writer.done();
  },
};

/** Certificate, recovery, dealings, sums, revealed sums. Answers 1 and the signature of `held`, or a complaint. */
const takeHandler: Handler = {
  kind: 'recover.take',
  access: 'free',
  bodyBytesMax: limits.transcriptBytesMax,
  async handle(party, { body }) {
    const message = readMessage(body, undefined, (reader) => {
      const certificate = readCertificate(reader);
      const recovery = readRecovery(reader, party.committee);
      const dealings = readVanishing(reader, recovery);
      const blinded = readBlinded(reader, recovery);
      const revealed = readRevealed(reader, fieldGroup(recovery.key.scheme));
      return { certificate, recovery, dealings, blinded, revealed };
    });
    const { certificate, recovery, dealings, blinded, revealed } = message;
    if (recovery.lacking !== party.me || !sameKey(recovery.key, certificate.key))
      malformed(undefined, 'a share for somebody else');
    const context = recoveryContext(party.committee, recovery);
    const dealt = blindedDealt(recovery, context, dealings, blinded);
    const { group } = dealt;
    const judge = judgeOf(party);
    const signed =
      dealings.every((dealing) => isVanishingDealing(judge, group, context, dealing, party.me)) &&
      blinded.every((dealing) => isDealing(judge, group, dealt.context, dealing));
    if (!signed) malformed(undefined, 'a dealing that its dealer did not sign, or that blinds nothing');
    const received = receiveValues(party, dealt, 0, revealed);
    if ('complaint' in received) return received.complaint;
    const factors = lagrange(recovery.helpers, group.order, party.me);
    const terms = recovery.helpers.map((helper, at) => received.values.get(helper)! * factors[at]!);
    const scalar = terms.reduce((sum, term) => modulo(sum + term, group.order), 0n);
    const share = keyShareOf(party.me, certificate.key, scalar);
    const signature = await activateShare(party, certificate, () => ({ share, base: undefined }));
    return new MessageWriter().u8(1).bytes(signature).done();
  },
};

export const recoverHandlers: readonly Handler[] = [dealHandler, blindHandler, takeHandler];

async function helperShare(party: Party, { key, helpers }: Recovery): Promise<KeyShare> {
  if (!helpers.includes(party.me)) malformed(undefined, 'it is no helper');
  const share = await party.keys.get(key.handle);
  if (share === undefined) throw new ThresholdAbort('unknown-key', undefined, 'no share of this key');
  if (!sameKey(share, key))
    throw new ThresholdAbort('stale', undefined, 'the share is of another generation');
  return share;
}
