/**
 * Gives a custodian its own share back, which nobody else learns. At the coordinator.
 *
 * Herzberg, Jarecki, Krawczyk and Yung, "Proactive secret sharing, or: how to cope with perpetual leakage", CRYPTO 1995, section 5: helpers
 * blind the sharing polynomial with ones that vanish at the lacking place, and send it their values of the sum. Here t + 1 helpers
 * take part, one of them honest, and one that fails is replaced; in the paper all do.
 */
import { MessageWriter, readMessage } from '../codec.ts';
import { type Attempt, askAll, askOptions, withAllBut } from '../dkg/attempts.ts';
import { readConfirmation } from '../dkg/create.ts';
import { type Dealing, isDealing, readDealing } from '../dkg/dealing.ts';
import { checkByReceivers } from '../dkg/dispute.ts';
import { fieldGroup } from '../dkg/field-group.ts';
import { checkStatement, encodeCertificate, settleKey } from '../dkg/finish.ts';
import {
  commonPart,
  type KeyCertificate,
  type KeyStatement,
  quorumOf,
  sameKey,
} from '../dkg/key-statement.ts';
import { keyLifeLimits as limits } from '../dkg/limits.ts';
import { readKeyStates } from '../dkg/states.ts';
import { cheater, malformed, ThresholdAbort } from '../errors.ts';
import type { Custodians, KeyCommon } from '../party.ts';
import {
  blindedDealt,
  isVanishingDealing,
  type Recovery,
  recoveryContext,
  vanishingDealt,
  writeDealings,
  writeRecovery,
} from './vanishing.ts';

/** One recovery at the coordinator. */
interface Run {
  readonly custodians: Custodians;
  readonly recovery: Recovery;
  readonly context: Uint8Array;
  readonly attempt: Attempt;
  readonly signal: AbortSignal | undefined;
}

/** @throws ThresholdAbort; RangeError for a key that is no scalar */
export async function recoverFieldKey(
  custodians: Custodians,
  key: KeyCommon,
  lacking: readonly number[],
  signal?: AbortSignal,
): Promise<void> {
  for (const index of lacking) await recoverShare(custodians, commonPart(key), index, signal);
}

function recoverShare(
  custodians: Custodians,
  key: KeyCommon,
  lacking: number,
  signal: AbortSignal | undefined,
): Promise<void> {
  const { committee, random } = custodians;
  const quorum = quorumOf(committee);
  return withAllBut(custodians, committee.threshold + 2, async (attempt) => {
    if (!attempt.taking.includes(lacking))
      throw new ThresholdAbort('unavailable', undefined, 'who lacks its share does not take part');
    const states = await readKeyStates(custodians, attempt.taking, key.handle, attempt.leaveOut, signal);
    const statements = [...states.values()].flatMap(({ active }) =>
      active !== undefined && sameKey(active.key, key) ? [active.statement] : [],
    );
    if (statements.some(({ custodian }) => custodian === lacking)) return;
    const helpers = statements.map(({ custodian }) => custodian).slice(0, committee.threshold + 1);
    if (helpers.length <= committee.threshold)
      throw new ThresholdAbort('unavailable', undefined, 'too few custodians hold this key');
    const session = Uint8Array.from(random.bytes(limits.sessionBytes));
    const recovery: Recovery = { session, key, lacking, helpers };
    const context = recoveryContext(committee, recovery);
    const run: Run = { custodians, recovery, context, attempt, signal };
    const dealings = await collect(run);
    const blinded = await blind(run, dealings);
    const held = await take(run, { key, statements }, dealings, blinded);
    const all = [...statements, held];
    // What it had of an older generation can go.
    if (key.generation > 0 && all.length >= quorum) await settleKey(custodians, key, all);
  });
}

async function collect({ custodians, recovery, context, attempt, signal }: Run): Promise<Dealing[]> {
  const { helpers, key, lacking } = recovery;
  const group = fieldGroup(key.scheme);
  const counts = { commitments: helpers.length, receivers: helpers.length };
  const body = encodeRecovery(recovery).done();
  const dealings = await askAll(
    helpers,
    async (index) => {
      const answer = await custodians.ask(index, 'recover.deal', body, askOptions(signal));
      const dealing = readMessage(answer, index, (reader) => readDealing(reader, group, counts));
      if (dealing.dealer !== index) malformed(index, 'a dealing of another dealer');
      if (!isVanishingDealing(custodians, group, context, dealing, lacking))
        cheater(index, 'its dealing is none that it signed, or does not vanish');
      return dealing;
    },
    attempt.leaveOut,
  );
  return allOf(dealings, helpers);
}

async function blind(run: Run, dealings: readonly Dealing[]): Promise<Dealing[]> {
  const { custodians, recovery, context, attempt, signal } = run;
  const group = fieldGroup(recovery.key.scheme);
  const writer = encodeRecovery(recovery);
  writeDealings(writer, dealings);
  const body = writer.done();
  const blinding = blindedDealt(recovery, context, dealings, []).context;
  const blinded = await checkByReceivers({
    custodians,
    dealt: vanishingDealt(group, context, dealings),
    receivers: recovery.helpers,
    ask: (index, revealed) =>
      custodians.ask(index, 'recover.blind', Buffer.concat([body, revealed]), askOptions(signal)),
    read(index, answer): Dealing {
      const dealing = readMessage(answer, index, (reader) => {
        if (reader.u8('the kind') !== 1) malformed(index, 'unknown kind of answer');
        return readDealing(reader, group, { commitments: 0, receivers: 1 });
      });
      if (dealing.dealer !== index) malformed(index, 'a share of another');
      if (!isDealing(custodians, group, blinding, dealing))
        cheater(index, 'its blinded share is none that it signed');
      return dealing;
    },
    failed: attempt.leaveOut,
    signal,
  });
  return allOf(blinded, recovery.helpers);
}

async function take(
  { custodians, recovery, context, attempt, signal }: Run,
  certificate: KeyCertificate,
  dealings: readonly Dealing[],
  blinded: readonly Dealing[],
): Promise<KeyStatement> {
  const { key, lacking } = recovery;
  const writer = encodeRecovery(recovery);
  writeDealings(writer, dealings);
  writeDealings(writer, blinded);
  const body = Buffer.concat([encodeCertificate(certificate), writer.done()]);
  const taken = await checkByReceivers({
    custodians,
    dealt: blindedDealt(recovery, context, dealings, blinded),
    receivers: [lacking],
    ask: (index, revealed) =>
      custodians.ask(index, 'recover.take', Buffer.concat([body, revealed]), askOptions(signal)),
    read(custodian, answer): KeyStatement {
      const signature = readConfirmation(custodian, answer);
      return checkStatement(custodians, key, { custodian, kind: 'held', signature });
    },
    failed: attempt.leaveOut,
    signal,
  });
  return allOf(taken, [lacking])[0]!;
}

function encodeRecovery(recovery: Recovery): MessageWriter {
  const writer = new MessageWriter();
  writeRecovery(writer, recovery);
  return writer;
}

/** Helpers are fixed for a run: without one of them it begins anew. */
function allOf<Answer>(answers: ReadonlyMap<number, Answer>, indices: readonly number[]): Answer[] {
  if (answers.size < indices.length)
    throw new ThresholdAbort('unavailable', undefined, 'a custodian does not take part to the end');
  return indices.map((index) => answers.get(index)!);
}
