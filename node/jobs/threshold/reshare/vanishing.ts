/** What custodians say when they recover a share: dealings of polynomials that are 0 at the place of who lacks it. */
import { createHash } from 'node:crypto';
import type { RandomSource } from '../../../crypto/random.ts';
import { type MessageReader, MessageWriter } from '../codec.ts';
import type { Committee } from '../committee.ts';
import {
  type Dealing,
  dealingDigest,
  isDealing,
  orUndefined,
  readDealing,
  writeDealing,
} from '../dkg/dealing.ts';
import type { Dealt } from '../dkg/dispute.ts';
import { fieldGroup } from '../dkg/field-group.ts';
import { type Judge, readKey, sameBytes, writeKey } from '../dkg/key-statement.ts';
import { keyLifeLimits as limits } from '../dkg/limits.ts';
import { checkDealers } from '../dkg/openings.ts';
import { malformed } from '../errors.ts';
import { type Group, modulo, randomScalar } from '../groups/index.ts';
import { thresholdLimits } from '../limits.ts';
import type { KeyCommon } from '../party.ts';
import { fieldKeyOf } from '../sharing/field-key.ts';
import { evaluateCommitments, type Polynomial } from '../sharing/shamir.ts';

export interface Recovery {
  /** Chosen by the coordinator, 16 bytes. */
  readonly session: Uint8Array;
  readonly key: KeyCommon;
  /** Who gets its share. */
  readonly lacking: number;
  /** t + 1 custodians that have theirs, ascending: as many as make the share. */
  readonly helpers: readonly number[];
}

export function writeRecovery(writer: MessageWriter, { session, key, lacking, helpers }: Recovery): void {
  writeKey(writer.bytes(session), key);
  writer.u16(lacking).list(helpers, (helper) => void writer.u16(helper));
}

/** @throws ThresholdAbort `malformed` */
export function readRecovery(reader: MessageReader, committee: Committee): Recovery {
  const session = reader.bytes(limits.sessionBytes, 'the session');
  const key = readKey(reader);
  const lacking = reader.u16('who lacks it');
  const helpers = reader.list(thresholdLimits.custodiansMax, 'helpers', () => reader.u16('a helper'));
  checkDealers([lacking], 1, committee);
  checkDealers(helpers, committee.threshold + 1, committee);
  if (helpers.length > committee.threshold + 1 || helpers.includes(lacking))
    malformed(undefined, 'helpers that do not do');
  return { session, key, lacking, helpers };
}

export function recoveryContext({ epoch }: Committee, recovery: Recovery): Uint8Array {
  const writer = new MessageWriter().u64(epoch);
  writeRecovery(writer, recovery);
  return createHash('sha256').update('hypergate/recovery/v1\0').update(writer.done()).digest();
}

/** Of degree t, 0 at this place, and random but for that. */
export function randomVanishing(
  group: Group,
  threshold: number,
  place: number,
  random: RandomSource,
): Polynomial {
  const higher = Array.from({ length: threshold }, () => randomScalar(group, random));
  const sum = higher.reduce(
    (sum, coefficient, at) => sum + coefficient * BigInt(place) ** BigInt(at + 1),
    0n,
  );
  return [modulo(-sum, group.order), ...higher];
}

/** Whether the polynomial behind these commitments is 0 there: the constant is what the others cancel. */
export function vanishesAt(group: Group, commitments: readonly Uint8Array[], place: number): boolean {
  const others = commitments
    .slice(1)
    .map((element, at) => ({ element, factor: -(BigInt(place) ** BigInt(at + 1)) }));
  const constant = orUndefined(() => group.combine(others));
  return constant !== undefined && sameBytes(constant, commitments[0]!);
}

export function isVanishingDealing(
  judge: Judge,
  group: Group,
  context: Uint8Array,
  dealing: Dealing,
  place: number,
): boolean {
  return isDealing(judge, group, context, dealing) && vanishesAt(group, dealing.commitments, place);
}

/** From the helpers, to the helpers. */
export function vanishingDealt(group: Group, context: Uint8Array, dealings: readonly Dealing[]): Dealt {
  return {
    group,
    context,
    dealings,
    expected: ({ commitments }, receiver) =>
      orUndefined(() => evaluateCommitments(commitments, receiver, group)),
  };
}

/** What blinded shares are bound to: the polynomials that blind them. */
export function blindContext(context: Uint8Array, dealings: readonly Dealing[]): Uint8Array {
  const hash = createHash('sha256').update('hypergate/recovery/blind/v1\0').update(context);
  for (const dealing of dealings) hash.update(dealingDigest(context, dealing));
  return hash.digest();
}

/** Shares blinded by these dealings, from the helpers, to who lacks its own. */
export function blindedDealt(
  { key }: Recovery,
  context: Uint8Array,
  dealings: readonly Dealing[],
  blinded: readonly Dealing[],
): Dealt {
  const { group, verificationKeys } = fieldKeyOf(key);
  return {
    group,
    context: blindContext(context, dealings),
    dealings: blinded,
    expected: ({ dealer }) =>
      orUndefined(() => {
        const share = { element: verificationKeys[dealer - 1]!, factor: 1n };
        const blinds = dealings.flatMap(({ commitments }) =>
          commitments.map((element, power) => ({ element, factor: BigInt(dealer) ** BigInt(power) })),
        );
        return group.combine([share, ...blinds]);
      }),
  };
}

export function writeDealings(writer: MessageWriter, dealings: readonly Dealing[]): void {
  writer.list(dealings, (dealing) => writeDealing(writer, dealing));
}

/** One of each helper, in their order. @throws ThresholdAbort `malformed` */
export function readVanishing(reader: MessageReader, { key, helpers }: Recovery): Dealing[] {
  const counts = { commitments: helpers.length, receivers: helpers.length };
  return readDealings(reader, key, helpers, counts);
}

/** One of each helper, in their order. @throws ThresholdAbort `malformed` */
export function readBlinded(reader: MessageReader, { key, helpers }: Recovery): Dealing[] {
  return readDealings(reader, key, helpers, { commitments: 0, receivers: 1 });
}

function readDealings(
  reader: MessageReader,
  { scheme }: KeyCommon,
  dealers: readonly number[],
  counts: { readonly commitments: number; readonly receivers: number },
): Dealing[] {
  const group = fieldGroup(scheme);
  const dealings = reader.list(dealers.length, 'dealings', () => readDealing(reader, group, counts));
  if (dealings.length !== dealers.length || !dealings.every(({ dealer }, at) => dealer === dealers[at]))
    malformed(undefined, 'not the dealings of all helpers');
  return dealings;
}
