/**
 * Keys that are scalars, made by custodians together: nobody has the secret at any time. At the coordinator; what custodians do is in
 * create-handlers.ts.
 *
 * Joint Feldman verifiable secret sharing (Pedersen, EUROCRYPT 1991) with the proofs of possession of PedPoP (Komlo and Goldberg,
 * "FROST", SAC 2020), complaints as in Gennaro, Jarecki, Krawczyk and Rabin, "Secure distributed key generation for discrete-log based
 * cryptosystems", J. Cryptology 2007, and a round before in which dealers commit themselves to their commitments.
 *
 * Departures:
 * - That paper shows how the last dealer of a joint Feldman sharing bends the public key, and has dealers hide commitments in Pedersen's
 *   until the set of dealers is fixed. Here they are hidden in hashes, and the set is fixed when they are opened: the key of a run is
 *   uniform if one dealer is honest. Who sees the openings first can still make its run fail and have another, as can the
 *   coordinator. So it may choose among the few keys of its attempts, each uniform, and be left out of the next: k attempts make
 *   a discrete logarithm at most k times as easy to have hit.
 * - A dealer that fails in the second or third round is not reconstructed: the key is made anew without it. So no
 *   dealt polynomial of an honest dealer is ever opened.
 * - The broadcast channel is the coordinator. It is not trusted with that: a key becomes active only where n - t custodians
 *   signed the same public key and verification keys (key-statement.ts), so different stories to different custodians make no key.
 *
 * A crash between rounds leaves: before `dkg.confirm` nothing; before `key.finish` pending shares that no protocol uses; after it a key,
 * which the same call completes when it comes again (`finishEarlier`).
 */
import { MessageWriter, readMessage } from '../codec.ts';
import { malformed } from '../errors.ts';
import type { Group } from '../groups/index.ts';
import type { AuthorisedTask, Custodians, KeyCommon } from '../party.ts';
import { type Attempt, askAll, askOptions, requireQuorum, withAllBut } from './attempts.ts';
import { checkByReceivers } from './dispute.ts';
import { fieldGroup } from './field-group.ts';
import { checkStatement, encodeCertificate, finishKey } from './finish.ts';
import { type KeyStatement, quorumOf } from './key-statement.ts';
import { keyLifeLimits as limits } from './limits.ts';
import {
  checkOpening,
  commonOf,
  dealingContext,
  dealtOf,
  type Hashes,
  hashBytes,
  type Opening,
  readOpening,
  type Session,
  sessionContext,
  writeHashes,
  writeOpenings,
} from './openings.ts';
import { finishEarlier, readKeyStates, withoutKey } from './states.ts';

/** One session at the coordinator. */
interface Run {
  readonly custodians: Custodians;
  readonly authorised: AuthorisedTask;
  readonly signal: AbortSignal | undefined;
  readonly session: Session;
  readonly group: Group;
  readonly context: Uint8Array;
  readonly attempt: Attempt;
}

/** @throws ThresholdAbort; RangeError for a task that is not to create a key of scalars */
export async function createFieldKey(
  custodians: Custodians,
  authorised: AuthorisedTask,
  signal?: AbortSignal,
): Promise<KeyCommon> {
  const { task } = authorised;
  if (task.kind !== 'create') throw new RangeError('no task to create a key');
  const { handle, scheme } = task;
  const group = fieldGroup(scheme);
  const quorum = quorumOf(custodians.committee);
  return withAllBut(custodians, quorum, async (attempt) => {
    const states = await readKeyStates(custodians, attempt.taking, handle, attempt.leaveOut, signal);
    const earlier = await finishEarlier(custodians, states, (key) => key.scheme === scheme, signal);
    if (earlier !== undefined) return earlier;
    const name = Uint8Array.from(custodians.random.bytes(limits.sessionBytes));
    const session: Session = { name, handle, scheme };
    const context = sessionContext(custodians.committee, session);
    const taking = withoutKey(custodians, states);
    const run: Run = { custodians, authorised, signal, session, group, context, attempt };
    const hashes = await commit(run, taking);
    const openings = await open(run, hashes);
    return confirm(run, hashes, openings);
  });
}

/** Those that answer are the dealers. */
async function commit({ custodians, authorised, signal, session, attempt }: Run, taking: readonly number[]) {
  const hashes = await askAll(
    taking,
    async (index) => {
      const options = askOptions(signal, authorised);
      const hash = await custodians.ask(index, 'dkg.commit', session.name, options);
      return hash.length === hashBytes ? hash : malformed(index, 'a hash of another length');
    },
    attempt.leaveOut,
  );
  requireQuorum(custodians, hashes.size);
  return hashes;
}

async function open(run: Run, hashes: Hashes): Promise<Opening[]> {
  const { custodians, signal, session, group, context } = run;
  const { committee } = custodians;
  const writer = new MessageWriter().bytes(session.name);
  writeHashes(writer, hashes);
  const body = writer.done();
  const dealt = dealingContext(context, hashes);
  const failed: unknown[] = [];
  const openings = await askAll(
    [...hashes.keys()],
    async (index) => {
      const answer = await custodians.ask(index, 'dkg.open', body, askOptions(signal));
      const opening = readMessage(answer, index, (reader) => readOpening(reader, group, committee));
      if (opening.dealing.dealer !== index) malformed(index, 'an opening of another dealer');
      checkOpening(custodians, group, context, dealt, hashes.get(index)!, opening);
      return opening;
    },
    (index, error) => {
      run.attempt.leaveOut(index, error);
      failed.push(error);
    },
  );
  // The set of dealers is fixed by the hashes: without one of them all begin anew.
  if (failed.length > 0) throw failed[0];
  return [...openings.values()];
}

async function confirm(run: Run, hashes: Hashes, openings: readonly Opening[]): Promise<KeyCommon> {
  const { custodians, signal, session, group, context } = run;
  const { handle, scheme } = session;
  const common = commonOf(group, custodians.committee, openings);
  const key: KeyCommon = { handle, scheme, generation: 0, common };
  const writer = new MessageWriter().bytes(session.name);
  writeOpenings(writer, openings);
  const transcript = writer.done();
  const statements = await checkByReceivers({
    custodians,
    dealt: dealtOf(group, dealingContext(context, hashes), openings),
    receivers: [...hashes.keys()],
    ask: (custodian, revealed) =>
      custodians.ask(custodian, 'dkg.confirm', Buffer.concat([transcript, revealed]), askOptions(signal)),
    read(custodian, answer): KeyStatement {
      const signature = readConfirmation(custodian, answer);
      return checkStatement(custodians, key, { custodian, kind: 'confirmed', signature });
    },
    failed: run.attempt.leaveOut,
    signal,
  });
  requireQuorum(custodians, statements.size);
  const certificate = { key, statements: [...statements.values()] };
  const late = Buffer.concat([encodeCertificate(certificate), transcript]);
  return finishKey(custodians, certificate, { kind: 'dkg.adopt', body: late }, signal);
}

/** The signature after a 1. */
export function readConfirmation(custodian: number, answer: Uint8Array): Uint8Array {
  return readMessage(answer, custodian, (reader) => {
    if (reader.u8('the kind') !== 1) malformed(custodian, 'unknown kind of answer');
    return reader.bytes(limits.signatureBytes, 'a signature');
  });
}
