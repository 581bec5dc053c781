/**
 * A custodian's part of a refresh: proactive sharing (Herzberg, Jarecki, Krawczyk and Yung, "Proactive secret sharing", CRYPTO 1995) over the
 * integers (Rabin, CRYPTO 1998). Every contributor shares 0; the sum of these shares is added to the old ones. Values are checked against
 * commitments, so a wrong one names its contributor. Steps:
 *
 *   contribute  makes a sharing of 0 for this generation; nothing is kept
 *   check       whether all values that are meant for this custodian are right; nothing is kept
 *   apply       stores the new share beside the old one and says so; both can be used
 *   finish      with statements of n - t custodians that they have the new share: the old one is erased
 *
 * A crash anywhere leaves shares of the old or of the new generation at enough custodians: the new one is not used alone before n - t have it.
 * Two refreshes of the same generation cannot both be finished, as an honest custodian applies one of them, and two sets of n - t
 * have an honest custodian in common. Who applied the one that was not finished goes back to its old share.
 */
import type { Bytes } from '../../../api/index.ts';
import { equalConstantTime } from '../../../crypto/compare.ts';
import { cheater, malformed, ThresholdAbort } from '../errors.ts';
import { thresholdLimits } from '../limits.ts';
import type { Handler, HandlerRequest, Party } from '../party.ts';
import { commitmentTerms, evaluateInteger, randomCoefficients } from './integer-sharing.ts';
import { bitLength, productOfPowers, toBytes, toInteger } from './integers.ts';
import type { RsaKey } from './key.ts';
import { rsaLimits } from './limits.ts';
import {
  type Contribution,
  contributionContext,
  decodeContributeRequest,
  decodeFinish,
  decodeRefresh,
  encodeContributeReply,
  peekRefresh,
  type Refresh,
  refreshedKey,
  refreshPurpose,
} from './refresh-messages.ts';
import { requireStatements, statementPurposes } from './statements.ts';
import {
  encodeStoredShare,
  requireSlot,
  requireStored,
  type ShareSlot,
  type StoredShare,
  slotNamed,
} from './stored-share.ts';

export const contributeKind = 'rsa.refresh.contribute';
export const checkKind = 'rsa.refresh.check';
export const applyKind = 'rsa.refresh.apply';
export const finishKind = 'rsa.refresh.finish';

const empty = new Uint8Array(0);

async function contribute(party: Party, { body }: HandlerRequest): Promise<Bytes> {
  const { handle, base } = decodeContributeRequest(body);
  const { stored, slot } = await requireSlot(party, handle, base);
  const { key } = slot;
  if (stored.unfinished !== undefined)
    return encodeContributeReply(key, { unfinished: stored.unfinished.refresh });
  const coefficients = randomCoefficients(key.threshold, key.coefficientBits, party.random);
  const commitments = coefficients.map((coefficient) => key.powers.power(key.base, coefficient));
  const bare = { from: party.me, commitments };
  const sealed = party.committee.members.map(({ index }) => {
    const value = toBytes(evaluateInteger([0n, ...coefficients], index), key.shareBytes);
    const one = party.identity.seal(index, refreshPurpose, contributionContext(key, bare, index), value);
    value.fill(0);
    return one;
  });
  return encodeContributeReply(key, { contribution: { ...bare, sealed } });
}

async function check(party: Party, { body }: HandlerRequest): Promise<Bytes> {
  const { handle, base } = peekRefresh(body);
  const { slot } = await requireSlot(party, handle, base);
  successor(party, slot, decodeRefresh(slot.key, body));
  return empty;
}

async function apply(party: Party, { body }: HandlerRequest): Promise<Bytes> {
  const { handle, base, target } = peekRefresh(body);
  const { stored, slot } = await requireEither(party, handle, base, target);
  // What it has applied, finished or not, it says again.
  if (!isNamed(stored.current, target)) {
    if (slot !== stored.current)
      throw new ThresholdAbort('refused', undefined, 'another refresh of this key is unfinished');
    // Contributors have no unfinished refresh, and one of them is honest: the one before this one was finished.
    const current = successor(party, slot, decodeRefresh(slot.key, body));
    const unfinished = { previous: slot, refresh: Uint8Array.from(body) };
    await party.keys.put(encodeStoredShare({ current, unfinished }));
  }
  return party.identity.sign(statementPurposes.refreshed, target);
}

async function finish(party: Party, { body }: HandlerRequest): Promise<Bytes> {
  const { refresh, statements } = decodeFinish(body);
  const { handle, base, target } = peekRefresh(refresh);
  const { members, threshold } = party.committee;
  const { refreshed } = statementPurposes;
  requireStatements(party.identity, refreshed, target, statements, members.length - threshold);
  const { stored, slot } = await requireEither(party, handle, base, target);
  const { current, unfinished } = stored;
  if (isNamed(current, target)) {
    if (unfinished !== undefined) await party.keys.put(encodeStoredShare({ current }));
    return empty;
  }
  const next = successor(party, slot, decodeRefresh(slot.key, refresh));
  await party.keys.put(encodeStoredShare({ current: next }));
  return empty;
}

/** The share before, or the one after as the current one. @throws ThresholdAbort `unknown-key`, `stale` */
async function requireEither(
  party: Party,
  handle: Uint8Array,
  base: Uint8Array,
  target: Uint8Array,
): Promise<{ stored: StoredShare; slot: ShareSlot }> {
  const stored = await requireStored(party, handle);
  const slot = isNamed(stored.current, target) ? stored.current : slotNamed(stored, base);
  if (slot === undefined)
    throw new ThresholdAbort('stale', undefined, 'no share of this generation of the key');
  return { stored, slot };
}

function isNamed({ key }: ShareSlot, digest: Uint8Array): boolean {
  return equalConstantTime(key.digest, digest);
}

/** @throws ThresholdAbort `cheater`, which names a contributor; `malformed` */
function successor(party: Party, { key, share }: ShareSlot, refresh: Refresh): ShareSlot {
  const { contributions, target } = refresh;
  const values = contributions.map((contribution) => contributedValue(party, key, contribution));
  const sum = values.reduce((all, value) => all + value, 0n);
  // All at once: the base is the same.
  const terms = contributions.flatMap((contribution) => termsOf(contribution, party.me));
  if (key.powers.power(key.base, sum) !== productOfPowers(terms, key.modulus)) {
    for (const [at, contribution] of contributions.entries()) {
      const expected = productOfPowers(termsOf(contribution, party.me), key.modulus);
      if (key.powers.power(key.base, values[at]!) !== expected)
        cheater(contribution.from, 'it contributed a wrong value to a refresh');
    }
    throw new Error('a sum is wrong of which every term is right');
  }
  const next: ShareSlot = { key: refreshedKey(key, contributions), share: share + sum };
  if (!isNamed(next, target)) malformed(undefined, 'a refresh that makes another key than it says');
  return next;
}

function contributedValue(party: Party, key: RsaKey, contribution: Contribution): bigint {
  const { from, sealed } = contribution;
  const context = contributionContext(key, contribution, party.me);
  const opened = party.identity.open(from, refreshPurpose, context, sealed[party.me - 1]!);
  const value = toInteger(opened);
  // Each adds little to a share's length: see shareBytes.
  if (opened.length !== key.shareBytes || bitLength(value) > 8 * key.shareBytes - rsaLimits.refreshBits)
    cheater(from, 'it contributed a value out of range to a refresh');
  opened.fill(0);
  return value;
}

/** Of the value at a place: no constant. */
function termsOf({ commitments }: Contribution, at: number): ReturnType<typeof commitmentTerms> {
  return commitmentTerms([1n, ...commitments], at);
}

export const refreshHandlers: readonly Handler[] = [
  { kind: contributeKind, access: 'free', bodyBytesMax: 128, handle: contribute },
  { kind: checkKind, access: 'free', bodyBytesMax: thresholdLimits.messageBytesMax, handle: check },
  { kind: applyKind, access: 'free', bodyBytesMax: thresholdLimits.messageBytesMax, handle: apply },
  { kind: finishKind, access: 'free', bodyBytesMax: thresholdLimits.messageBytesMax, handle: finish },
];
