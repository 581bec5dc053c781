/**
 * New shares of the same key: what a thief has of the old ones goes with none of the new. At the coordinator.
 *
 * Herzberg, Jarecki, Krawczyk and Yung, "Proactive secret sharing, or: how to cope with perpetual leakage", CRYPTO 1995, section 4: custodians
 * deal sharings of zero with Feldman's commitments, and add what they get to their shares. Here t + 1 dealers are enough, one of them
 * being honest; in the paper all deal, and those that were wrong are left out.
 *
 * All n - t switch together, in two phases: each has its new share on the disk and says so, before any uses it; and keeps the old one until
 * n - t hold the new one. What a crash leaves between is completed by the next refresh, or replaced: see key-slots.ts, which
 * also says why no order of messages loses the key. A custodian that never confirmed what is completed gets its share by `recover`.
 */
import { MessageWriter, readMessage } from '../codec.ts';
import { type Attempt, askAll, askOptions, requireQuorum, withAllBut } from '../dkg/attempts.ts';
import { readConfirmation } from '../dkg/create.ts';
import { type Dealing, isDealing } from '../dkg/dealing.ts';
import { checkByReceivers } from '../dkg/dispute.ts';
import { fieldGroup } from '../dkg/field-group.ts';
import { checkStatement, encodeCertificate, finishKey, settleKey } from '../dkg/finish.ts';
import { commonPart, type KeyStatement, latestAfter, quorumOf, sameKey } from '../dkg/key-statement.ts';
import { keyLifeLimits as limits } from '../dkg/limits.ts';
import { certificatesOf, finishEarlier, type KeyState, readKeyStates } from '../dkg/states.ts';
import { cheater, malformed } from '../errors.ts';
import type { Custodians, KeyCommon } from '../party.ts';
import {
  type Refresh,
  readZeroDealing,
  refreshContext,
  refreshedKey,
  writeRefresh,
  writeZeroDealings,
  zeroDealt,
} from './zero-sharing.ts';

/** @throws ThresholdAbort; RangeError for a key that is no scalar */
export async function refreshFieldKey(
  custodians: Custodians,
  key: KeyCommon,
  signal?: AbortSignal,
): Promise<KeyCommon> {
  const base = commonPart(key);
  const isLater = ({ scheme, generation }: KeyCommon): boolean =>
    scheme === base.scheme && generation > base.generation;
  return withAllBut(custodians, quorumOf(custodians.committee), async (attempt) => {
    const states = await completed(custodians, base, attempt, signal);
    const earlier = await finishEarlier(custodians, states, isLater, signal);
    if (earlier !== undefined) return earlier;
    const holders = await holdersOf(custodians, base, states);
    const session = Uint8Array.from(custodians.random.bytes(limits.sessionBytes));
    const refresh: Refresh = { session, base, generation: nextGeneration(states, base.generation) };
    const dealings = await collect(custodians, refresh, holders, attempt, signal);
    return confirm(custodians, refresh, dealings, attempt, signal);
  });
}

/** States, after those that confirmed this very key and did not hear of its end were told. */
async function completed(
  custodians: Custodians,
  base: KeyCommon,
  { taking, leaveOut }: Attempt,
  signal: AbortSignal | undefined,
): Promise<Map<number, KeyState>> {
  const states = await readKeyStates(custodians, taking, base.handle, leaveOut, signal);
  const waits = ({ pending }: KeyState): boolean => pending !== undefined && sameKey(pending.key, base);
  const certificate = certificatesOf(states, 'any').find(({ key }) => sameKey(key, base));
  if (certificate === undefined || ![...states.values()].some(waits)) return states;
  await finishKey(custodians, certificate, undefined, signal);
  return readKeyStates(custodians, taking, base.handle, leaveOut, signal);
}

/** Those that can refresh this key: it is settled with them, or they came from it and nothing came of that. */
async function holdersOf(
  custodians: Custodians,
  base: KeyCommon,
  states: ReadonlyMap<number, KeyState>,
): Promise<number[]> {
  const active = [...states.values()].flatMap((state) =>
    state.active !== undefined && sameKey(state.active.key, base) ? [state.active.statement] : [],
  );
  const settled = active.length >= quorumOf(custodians.committee);
  const unsettled = [...states.values()].some(({ previous }) => previous !== undefined);
  if (settled && unsettled) await settleKey(custodians, base, active);
  const holders = [...states].filter(([, { active, previous }]) => {
    const isActive = active !== undefined && sameKey(active.key, base);
    const isPrevious = previous !== undefined && sameKey(previous, base);
    return (isActive && (settled || previous === undefined)) || isPrevious;
  });
  requireQuorum(custodians, holders.length);
  return holders.map(([index]) => index);
}

/**
 * Above all that custodians have, also of what came to nothing: who confirmed a generation takes no lower one. One that claims a
 * generation beyond the limit moves it there, and no further.
 */
export function nextGeneration(states: ReadonlyMap<number, KeyState>, base: number): number {
  const all = [...states.values()].flatMap(({ active, pending, previous }) => [
    active?.key.generation ?? 0,
    pending?.key.generation ?? 0,
    previous?.generation ?? 0,
  ]);
  return Math.min(Math.max(base, ...all) + 1, latestAfter(base));
}

async function collect(
  custodians: Custodians,
  refresh: Refresh,
  holders: readonly number[],
  attempt: Attempt,
  signal: AbortSignal | undefined,
): Promise<Dealing[]> {
  const { committee } = custodians;
  const group = fieldGroup(refresh.base.scheme);
  const context = refreshContext(committee, refresh);
  const writer = new MessageWriter();
  writeRefresh(writer, refresh);
  const body = writer.done();
  const dealings = await askAll(
    holders,
    async (index) => {
      const answer = await custodians.ask(index, 'refresh.deal', body, askOptions(signal));
      const dealing = readMessage(answer, index, (reader) => readZeroDealing(reader, group, committee));
      if (dealing.dealer !== index) malformed(index, 'a dealing of another dealer');
      if (!isDealing(custodians, group, context, dealing))
        cheater(index, 'its dealing is none that it signed');
      return dealing;
    },
    attempt.leaveOut,
  );
  requireQuorum(custodians, dealings.size);
  return [...dealings.values()];
}

async function confirm(
  custodians: Custodians,
  refresh: Refresh,
  dealings: readonly Dealing[],
  attempt: Attempt,
  signal: AbortSignal | undefined,
): Promise<KeyCommon> {
  const group = fieldGroup(refresh.base.scheme);
  const key = refreshedKey(refresh, dealings);
  const writer = new MessageWriter();
  writeRefresh(writer, refresh);
  writeZeroDealings(writer, dealings);
  const transcript = writer.done();
  const statements = await checkByReceivers({
    custodians,
    dealt: zeroDealt(group, refreshContext(custodians.committee, refresh), dealings),
    receivers: dealings.map(({ dealer }) => dealer),
    ask: (custodian, revealed) =>
      custodians.ask(custodian, 'refresh.confirm', Buffer.concat([transcript, revealed]), askOptions(signal)),
    read(custodian, answer): KeyStatement {
      const signature = readConfirmation(custodian, answer);
      return checkStatement(custodians, key, { custodian, kind: 'confirmed', signature });
    },
    failed: attempt.leaveOut,
    signal,
  });
  requireQuorum(custodians, statements.size);
  const certificate = { key, statements: [...statements.values()] };
  const late = Buffer.concat([encodeCertificate(certificate), transcript]);
  return finishKey(custodians, certificate, { kind: 'refresh.adopt', body: late }, signal);
}
