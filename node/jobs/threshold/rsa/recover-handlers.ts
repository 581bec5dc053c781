/**
 * Gives a custodian its share again (Herzberg, Jarecki, Krawczyk and Yung, "Proactive secret sharing", CRYPTO 1995, section 4), over the integers.
 * t + 1 helpers mask their shares by polynomials (X - l) Q(X) that vanish at the lacking custodian's place l, so the masked ones,
 * F(i) = f(i) + (i - l) sum of Q_k(i), are those of a random polynomial with F(l) = f(l), which the lacking custodian interpolates: an
 * integer, as F has integer coefficients. Everything is checked against commitments.
 *
 *   mask    a helper commits to Q and seals its values to the helpers; nothing is kept
 *   masked  a helper adds all masks of this set of helpers to its share and seals the sum to the lacking custodian
 *   take    the lacking custodian checks, interpolates, stores
 *
 * Secrecy, also when the coordinator lies and repeats: a mask is bound by its seals to the generation, the place and the set of helpers, and
 * every sum for that set has exactly one mask of each of them, of whom one is honest. Another secret's polynomial
 * f + (d' - d) h, h as in integer-sharing.ts with the lacking place among T, gives the very same sums if (d' - d) h / (X - l) is taken
 * away from each of that helper's Q, which keeps its values at T and is hidden by the size of random coefficients.
 */
import type { Bytes } from '../../../api/index.ts';
import { equalConstantTime } from '../../../crypto/compare.ts';
import { cheater, malformed, ThresholdAbort } from '../errors.ts';
import { thresholdLimits } from '../limits.ts';
import type { Handler, HandlerRequest, Party } from '../party.ts';
import {
  commitmentTerms,
  evaluateInteger,
  interpolateInteger,
  randomCoefficients,
} from './integer-sharing.ts';
import {
  fromSignedBytes,
  type PowerTerm,
  productOfPowers,
  toBytes,
  toInteger,
  toSignedBytes,
} from './integers.ts';
import { type RsaKey, rsaKeyOf } from './key.ts';
import {
  decodeHead,
  decodeMaskedRequest,
  decodeRecovery,
  encodeMask,
  encodeMasked,
  type Mask,
  maskContext,
  maskedBytes,
  maskedContext,
  maskedPurpose,
  maskPurpose,
  type Recovery,
  type RecoveryHead,
} from './recover-messages.ts';
import { requireStatements, statementPurposes } from './statements.ts';
import {
  encodeStoredShare,
  isCommittedShare,
  requireStored,
  type ShareSlot,
  storedShareOf,
} from './stored-share.ts';

export const maskKind = 'rsa.recover.mask';
export const maskedKind = 'rsa.recover.masked';
export const takeKind = 'rsa.recover.take';

async function mask(party: Party, { body }: HandlerRequest): Promise<Bytes> {
  const head = decodeHead(body);
  const { key } = await currentSlot(party, head);
  const { threshold, powers } = key;
  const coefficients = randomCoefficients(threshold, key.coefficientBits, party.random);
  const commitments = coefficients.map((coefficient) => powers.power(key.base, coefficient));
  const bare = { from: party.me, commitments };
  const sealed = head.helpers.map((helper) => {
    const value = toBytes(evaluateInteger(coefficients, helper), key.shareBytes);
    const one = party.identity.seal(helper, maskPurpose, maskContext(key, head, bare, helper), value);
    value.fill(0);
    return one;
  });
  return encodeMask(key, { ...bare, sealed });
}

async function masked(party: Party, { body }: HandlerRequest): Promise<Bytes> {
  const stored = await requireStored(party, decodeHeadOf(body).handle);
  const { head, masks } = decodeMaskedRequest(stored.current.key, body);
  const { key, share } = await currentSlot(party, head);
  const factor = BigInt(party.me - head.lacking);
  let sum = share;
  for (const one of masks) sum += factor * maskValue(party, key, head, one);
  const bytes = toSignedBytes(sum, maskedBytes(key) - 1);
  const context = maskedContext(key, head, masks, party.me);
  const sealed = party.identity.seal(head.lacking, maskedPurpose, context, bytes);
  bytes.fill(0);
  return encodeMasked({ sealed, signature: party.identity.sign(statementPurposes.current, key.digest) });
}

async function take(party: Party, { body }: HandlerRequest): Promise<Bytes> {
  const recovery = readRecovery(body);
  const { key: common, head, statements } = recovery;
  const key = rsaKeyOf(common);
  const { committee, identity } = party;
  const named = equalConstantTime(key.digest, head.digest) && head.lacking === party.me;
  if (!named || key.custodians !== committee.members.length || key.threshold !== committee.threshold)
    malformed(undefined, 'a recovery of another share');
  checkHelpers(head, key);
  requireStatements(identity, statementPurposes.current, key.digest, statements, committee.threshold + 1);
  const kept = await party.keys.get(head.handle);
  if (kept !== undefined) {
    const { current } = storedShareOf(kept);
    if (equalConstantTime(current.key.digest, key.digest)) return new Uint8Array(0);
    if (current.key.generation > key.generation)
      throw new ThresholdAbort('refused', undefined, 'a later generation of the share is here');
  }
  const values = new Map(head.helpers.map((helper, at) => [helper, openMasked(party, key, recovery, at)]));
  const slot: ShareSlot = { key, share: interpolateInteger(values, party.me, key.delta) };
  if (slot.share < 0n || !isCommittedShare(slot, party.me))
    malformed(undefined, 'a recovered share that is not what was committed to');
  await party.keys.put(encodeStoredShare({ current: slot }));
  return new Uint8Array(0);
}

function decodeHeadOf(body: Uint8Array): Pick<RecoveryHead, 'handle'> {
  // Length (4) and handle (16) come first.
  if (body.length < 20) malformed(undefined, 'a request without a key');
  return { handle: body.slice(4, 20) };
}

/** @throws ThresholdAbort `malformed` */
function readRecovery(body: Uint8Array): Recovery {
  try {
    return decodeRecovery(body);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new ThresholdAbort('malformed', undefined, error.message, { cause: error });
  }
}

/** @throws ThresholdAbort `unknown-key`, `stale`, `malformed` */
async function currentSlot(party: Party, head: RecoveryHead): Promise<ShareSlot> {
  const { current } = await requireStored(party, head.handle);
  if (!equalConstantTime(current.key.digest, head.digest))
    throw new ThresholdAbort('stale', undefined, 'another generation of the key is in use');
  checkHelpers(head, current.key);
  if (!head.helpers.includes(party.me)) malformed(undefined, 'helps where it is none of the helpers');
  return current;
}

function checkHelpers({ lacking, helpers }: RecoveryHead, { threshold, custodians }: RsaKey): void {
  const ascending = helpers.every((helper, at) => at === 0 || helper > helpers[at - 1]!);
  const known = [lacking, ...helpers].every((index) => index >= 1 && index <= custodians);
  if (helpers.length !== threshold + 1 || !ascending || !known || helpers.includes(lacking))
    malformed(undefined, 'a set of helpers that is none');
}

function maskValue(party: Party, key: RsaKey, head: RecoveryHead, one: Mask): bigint {
  const context = maskContext(key, head, one, party.me);
  const sealed = one.sealed[head.helpers.indexOf(party.me)]!;
  const opened = party.identity.open(one.from, maskPurpose, context, sealed);
  if (opened.length !== key.shareBytes) cheater(one.from, 'its mask has another length');
  const value = toInteger(opened);
  opened.fill(0);
  const expected = productOfPowers(commitmentTerms(one.commitments, party.me), key.modulus);
  if (key.powers.power(key.base, value) !== expected)
    cheater(one.from, 'its mask is not what it committed to');
  return value;
}

function openMasked(party: Party, key: RsaKey, { head, masks, masked }: Recovery, at: number): bigint {
  const helper = head.helpers[at]!;
  const context = maskedContext(key, head, masks, helper);
  const opened = party.identity.open(helper, maskedPurpose, context, masked[at]!);
  if (opened.length !== maskedBytes(key)) cheater(helper, 'its masked share has another length');
  const sign = opened[0]!;
  if (sign > 1) cheater(helper, 'its masked share is no number');
  const value = fromSignedBytes(opened);
  opened.fill(0);
  const factor = BigInt(helper - head.lacking);
  const terms: PowerTerm[] = [
    ...commitmentTerms(key.commitments, helper),
    ...masks.flatMap(({ commitments }) => commitmentTerms(commitments, helper, factor)),
  ];
  // Powers of OpenSSL have no sign: that of a negative number is inverted on the other side.
  const magnitude = key.powers.power(key.base, value < 0n ? -value : value);
  const expected = productOfPowers(
    value < 0n ? terms.map(({ base, exponent }) => ({ base, exponent: -exponent })) : terms,
    key.modulus,
  );
  if (magnitude !== expected) cheater(helper, 'its masked share is not what was committed to');
  return value;
}

export const recoverHandlers: readonly Handler[] = [
  { kind: maskKind, access: 'free', bodyBytesMax: 256, handle: mask },
  { kind: maskedKind, access: 'free', bodyBytesMax: thresholdLimits.messageBytesMax, handle: masked },
  { kind: takeKind, access: 'free', bodyBytesMax: thresholdLimits.messageBytesMax, handle: take },
];
