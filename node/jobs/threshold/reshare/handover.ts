/**
 * Hands a key over to another committee: other members, another n, another t. The key stays what it is, and is nowhere whole. At the
 * coordinator, which is one of both committees for this.
 *
 * Desmedt and Jajodia, "Redistributing secret shares to new access structures and its applications", George Mason University
 * ISSE-TR-97-01, 1997; made verifiable by Wong, Wang and Wing, "Verifiable secret redistribution for archive systems", IEEE Security in
 * Storage Workshop 2002: t + 1 old custodians share their shares with the new ones, with Feldman's commitments, of which the first has to
 * be the old verification key; new shares are the interpolation of what was received.
 *
 * Both committees can use the key until `handover.leave`: shares of the two go together in nothing. An old custodian that does not hear of
 * the end keeps a share; those who run it take its store away with it.
 */
import { MessageWriter, readMessage } from '../codec.ts';
import { indicesOf } from '../committee.ts';
import {
  type Attempt,
  abortOf,
  askAll,
  askOptions,
  deliverQuietly,
  requireQuorum,
  withAllBut,
} from '../dkg/attempts.ts';
import { readConfirmation } from '../dkg/create.ts';
import type { Dealing } from '../dkg/dealing.ts';
import { checkByReceivers } from '../dkg/dispute.ts';
import { fieldGroup } from '../dkg/field-group.ts';
import { checkStatement, encodeCertificate, finishKey } from '../dkg/finish.ts';
import { commonPart, type KeyCertificate, type KeyStatement, sameKey } from '../dkg/key-statement.ts';
import { keyLifeLimits as limits } from '../dkg/limits.ts';
import { finishEarlier, readKeyStates } from '../dkg/states.ts';
import { cheater, malformed, ThresholdAbort } from '../errors.ts';
import type { Custodians, KeyCommon } from '../party.ts';
import {
  type Handover,
  type HandoverPlan,
  handedKey,
  handoverContext,
  handoverDealt,
  isHandoverDealing,
  readHandoverDealing,
  receiverOf,
  writeHandover,
  writeHandoverDealings,
} from './handover-plan.ts';
import { nextGeneration } from './refresh.ts';

interface Run {
  readonly plan: HandoverPlan;
  readonly old: Custodians;
  readonly next: Custodians;
  readonly handover: Handover;
  readonly attempt: Attempt;
  readonly signal: AbortSignal | undefined;
}

/**
 * @param old the committee that has the key: its custodians have `leavingHandlers`
 * @param next the committee that gets it: its custodians have `joiningHandlers`, and `handlers` of dkg
 * @returns the key as the new committee has it
 * @throws ThresholdAbort; RangeError for a key that is no scalar
 */
export async function handOverFieldKey(
  old: Custodians,
  next: Custodians,
  key: KeyCommon,
  signal?: AbortSignal,
): Promise<KeyCommon> {
  const plan: HandoverPlan = { from: old.committee, to: next.committee };
  const handed = await withAllBut(old, old.committee.threshold + 1, async (attempt) => {
    const newStates = await readKeyStates(next, next.available(), key.handle, failedAt(next), signal);
    const isLater = ({ generation }: KeyCommon): boolean => generation > key.generation;
    const earlier = await finishEarlier(next, newStates, isLater, signal);
    if (earlier !== undefined) return earlier;
    const states = await readKeyStates(old, attempt.taking, key.handle, attempt.leaveOut, signal);
    const statements = [...states.values()].flatMap(({ active }) =>
      active !== undefined && sameKey(active.key, key) ? [active.statement] : [],
    );
    if (statements.length <= old.committee.threshold)
      throw new ThresholdAbort('unavailable', undefined, 'too few custodians hold this key');
    const session = Uint8Array.from(next.random.bytes(limits.sessionBytes));
    const generation = Math.max(
      nextGeneration(newStates, key.generation),
      nextGeneration(states, key.generation),
    );
    const handover: Handover = { session, key: commonPart(key), generation };
    const run: Run = { plan, old, next, handover, attempt, signal };
    const dealers = statements.map(({ custodian }) => custodian).slice(0, old.committee.threshold + 1);
    const dealings = await collect(run, dealers);
    return confirm(run, { key: handover.key, statements }, dealings);
  });
  await leave(old, next, handed, signal);
  return handed;
}

async function collect(run: Run, dealers: readonly number[]): Promise<Dealing[]> {
  const { plan, old, handover, attempt, signal } = run;
  const group = fieldGroup(handover.key.scheme);
  const context = handoverContext(plan, handover);
  const writer = new MessageWriter();
  writeHandover(writer, handover);
  const body = writer.done();
  const dealings = await askAll(
    dealers,
    async (index) => {
      const answer = await old.ask(index, 'handover.deal', body, askOptions(signal));
      const dealing = readMessage(answer, index, (reader) => readHandoverDealing(reader, group, plan));
      if (dealing.dealer !== index) malformed(index, 'a dealing of another dealer');
      if (!isHandoverDealing(old, handover.key, context, dealing))
        cheater(index, 'its dealing is none that it signed, or not of its share');
      return dealing;
    },
    attempt.leaveOut,
  );
  if (dealings.size < dealers.length)
    throw new ThresholdAbort('unavailable', undefined, 'a custodian does not take part to the end');
  return [...dealings.values()];
}

async function confirm(run: Run, old: KeyCertificate, dealings: readonly Dealing[]): Promise<KeyCommon> {
  const { plan, next, handover, signal } = run;
  const key = handedKey(plan, handover, dealings);
  const writer = new MessageWriter();
  writeHandover(writer, handover);
  writeHandoverDealings(writer, dealings);
  const transcript = Buffer.concat([encodeCertificate(old), writer.done()]);
  const first = receiverOf(plan, 0);
  const statements = await checkByReceivers({
    custodians: run.old,
    dealt: handoverDealt(plan, handover, dealings),
    receivers: next.available().map((index) => first + index),
    judge: {
      committee: plan.to,
      verify: (receiver, ...signed) => next.verify(receiver - first, ...signed),
    },
    ask(receiver, revealed) {
      const body = Buffer.concat([transcript, revealed]);
      return next.ask(receiver - first, 'handover.confirm', body, askOptions(signal));
    },
    read(receiver, answer): KeyStatement {
      const custodian = receiver - first;
      const signature = readConfirmation(custodian, answer);
      return checkStatement(next, key, { custodian, kind: 'confirmed', signature });
    },
    failed: (receiver, error) => failedAt(next)(receiver - first, error),
    revealKind: 'handover.reveal',
    signal,
  });
  requireQuorum(next, statements.size);
  const certificate = { key, statements: [...statements.values()] };
  const late = Buffer.concat([encodeCertificate(certificate), transcript]);
  return finishKey(next, certificate, { kind: 'handover.adopt', body: late }, signal);
}

/** Old custodians erase their shares. */
async function leave(
  old: Custodians,
  next: Custodians,
  key: KeyCommon,
  signal: AbortSignal | undefined,
): Promise<void> {
  const states = await readKeyStates(next, next.available(), key.handle, failedAt(next), signal);
  const statements = [...states.values()].flatMap(({ active }) =>
    active !== undefined && sameKey(active.key, key) ? [active.statement] : [],
  );
  requireQuorum(next, statements.length);
  const body = encodeCertificate({ key, statements });
  await Promise.all(
    indicesOf(old.committee).map((index) => deliverQuietly(old, index, 'handover.leave', body)),
  );
}

/** A new custodian that fails is done without, and accused when it cheats; attempts are counted by old ones. */
function failedAt(next: Custodians): (custodian: number, error: unknown) => void {
  return (custodian, error) => {
    const { reason, message } = abortOf(error);
    if (reason === 'cheater') next.accuse(custodian, message);
  };
}
