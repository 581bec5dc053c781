/**
 * Distributed key generation, at a custodian. Joint Feldman sharing with proofs of possession (see create.ts for the papers).
 *
 * 1. `dkg.commit` (access `task`): the custodian finds that the key may be made, chooses its polynomial and gives the hash of its
 *    commitments.
 * 2. `dkg.open`: once it has the hashes of all dealers, it shows its commitments and deals. Once in a session: a second list of
 *    hashes gets nothing.
 * 3. `dkg.confirm`: it checks all dealings, puts its share on the disk as pending, and only then signs what is common.
 * 4. `key.finish` with n - t such signatures makes the share active; `dkg.adopt` does for a custodian that was absent.
 *
 * Rounds 2 and 3 are `free`: they go on with a session that round 1 opened for an authorised task, and take handle and scheme from
 * there, never from the message. They are used once, and are gone when the process is. `dkg.adopt` is `free` because n - t custodians
 * signed that they made this key, each for a task it checked itself.
 */
import { MessageWriter, readMessage } from '../codec.ts';
import { indicesOf } from '../committee.ts';
import { malformed, ThresholdAbort } from '../errors.ts';
import { type Group, randomScalar } from '../groups/index.ts';
import type { Handler, KeyCommon, KeyShare, Party } from '../party.ts';
import { evaluate, type Polynomial } from '../sharing/shamir.ts';
import { isDealing } from './dealing.ts';
import { dealAndRemember, openRound, readRevealed, receiveValues, sumOf, takeRound } from './dispute.ts';
import { fieldGroup, keyShareOf } from './field-group.ts';
import { activateShare, confirmShare } from './key-slots.ts';
import { hexOf, judgeOf, type KeyCertificate, readCertificate } from './key-statement.ts';
import { keyLifeLimits as limits } from './limits.ts';
import {
  type Choice,
  checkOpening,
  commonOf,
  dealingContext,
  dealtOf,
  type Hashes,
  hashChoice,
  hashesOf,
  nonceBytes,
  type Opening,
  readHashes,
  readOpenings,
  type Session,
  sessionContext,
  writeOpening,
} from './openings.ts';
import { provePossession } from './possession.ts';

interface Committed {
  readonly session: Session;
  readonly polynomial: Polynomial;
  readonly choice: Choice;
}

interface Opened {
  readonly session: Session;
  readonly hashes: Hashes;
}

const commitHandler: Handler = {
  kind: 'dkg.commit',
  access: 'task',
  bodyBytesMax: limits.sessionBytes,
  async handle(party, { body, task }) {
    if (task?.kind !== 'create') malformed(undefined, 'no task to create a key');
    const group = fieldGroup(task.scheme);
    const name = readMessage(body, undefined, (reader) => reader.bytes(limits.sessionBytes, 'the session'));
    if ((await party.keys.get(task.handle)) !== undefined)
      throw new ThresholdAbort('refused', undefined, 'there is a key with this handle');
    const session: Session = { name, handle: task.handle, scheme: task.scheme };
    const context = sessionContext(party.committee, session);
    const polynomial = Array.from({ length: party.committee.threshold + 1 }, () =>
      randomScalar(group, party.random),
    );
    const commitments = polynomial.map((coefficient) => group.baseMultiply(coefficient));
    const statement = { dealer: party.me, element: commitments[0]!, context };
    const choice: Choice = {
      commitments,
      proof: provePossession(group, statement, polynomial[0]!, party.random),
      nonce: Uint8Array.from(party.random.bytes(nonceBytes)),
    };
    openRound(party, `dkg.commit/${hexOf(name)}`, { session, polynomial, choice } satisfies Committed);
    return hashChoice(context, party.me, choice);
  },
};

const openHandler: Handler = {
  kind: 'dkg.open',
  access: 'free',
  bodyBytesMax: limits.transcriptBytesMax,
  async handle(party, { body }) {
    const { name, hashes } = readMessage(body, undefined, (reader) => ({
      name: reader.bytes(limits.sessionBytes, 'the session'),
      hashes: readHashes(reader, party.committee),
    }));
    const { session, polynomial, choice } = takeRound(party, `dkg.commit/${hexOf(name)}`) as Committed;
    const group = fieldGroup(session.scheme);
    const context = sessionContext(party.committee, session);
    const mine = hashes.get(party.me);
    if (mine === undefined || hexOf(mine) !== hexOf(hashChoice(context, party.me, choice)))
      malformed(undefined, 'its own hash is not in the list');
    const values = new Map(
      indicesOf(party.committee).map((index) => [index, evaluate(polynomial, index, group.order)]),
    );
    const dealt = dealingContext(context, hashes);
    const { commitments, proof, nonce } = choice;
    const dealing = dealAndRemember(party, group, dealt, commitments, values);
    openRound(party, `dkg.open/${hexOf(name)}`, { session, hashes } satisfies Opened);
    const writer = new MessageWriter();
    writeOpening(writer, { proof, nonce, dealing });
    return writer.done();
  },
};

/** Body: session, openings, revealed values. Answers 1 and the signature of `confirmed`, or a complaint. */
const confirmHandler: Handler = {
  kind: 'dkg.confirm',
  access: 'free',
  bodyBytesMax: limits.transcriptBytesMax,
  async handle(party, { body }) {
    const id = `dkg.open/${hexOf(body.subarray(0, limits.sessionBytes))}`;
    const opened = takeRound(party, id) as Opened;
    const { session, hashes } = opened;
    const group = fieldGroup(session.scheme);
    const { openings, revealed } = readMessage(body.subarray(limits.sessionBytes), undefined, (reader) => ({
      openings: readOpenings(reader, group, party.committee),
      revealed: readRevealed(reader, group),
    }));
    const context = sessionContext(party.committee, session);
    const dealt = dealtOf(group, dealingContext(context, hashes), openings);
    checkAll(party, group, context, dealt.context, hashes, openings);
    const received = receiveValues(party, dealt, party.me - 1, revealed);
    if ('complaint' in received) {
      // It is asked again, with what the dealer had to reveal.
      openRound(party, id, opened);
      return received.complaint;
    }
    const common = commonOf(group, party.committee, openings);
    const key: KeyCommon = { handle: session.handle, scheme: session.scheme, generation: 0, common };
    const share = keyShareOf(party.me, key, sumOf(received.values, group.order));
    const signature = await confirmShare(party, { share, base: undefined });
    return new MessageWriter().u8(1).bytes(signature).done();
  },
};

/** For a custodian that was absent: certificate, session, openings. Answers with the signature of `held`. */
const adoptHandler: Handler = {
  kind: 'dkg.adopt',
  access: 'free',
  bodyBytesMax: limits.transcriptBytesMax,
  async handle(party, { body }) {
    const { certificate, name, openings } = readMessage(body, undefined, (reader) => {
      const certificate = readCertificate(reader);
      const name = reader.bytes(limits.sessionBytes, 'the session');
      const group = fieldGroup(certificate.key.scheme);
      return { certificate, name, openings: readOpenings(reader, group, party.committee) };
    });
    return activateShare(party, certificate, () => ({
      share: absentShare(party, certificate, name, openings),
      base: undefined,
    }));
  },
};

export const createHandlers: readonly Handler[] = [commitHandler, openHandler, confirmHandler, adoptHandler];

/** The coordinator checked the same: what fails here was changed by it, or is a lie of this custodian. */
function checkAll(
  party: Party,
  group: Group,
  context: Uint8Array,
  dealt: Uint8Array,
  hashes: Hashes,
  openings: readonly Opening[],
): void {
  if (openings.length !== hashes.size) malformed(undefined, 'not the openings of all dealers');
  for (const opening of openings) {
    const hash = hashes.get(opening.dealing.dealer);
    if (hash === undefined) malformed(undefined, 'an opening of somebody who is no dealer');
    checkOpening(judgeOf(party), group, context, dealt, hash, opening);
  }
}

/** What is common was certified: hashes and proofs need no second check, and a share that fits it is the right one. */
function absentShare(
  party: Party,
  { key }: KeyCertificate,
  name: Uint8Array,
  openings: readonly Opening[],
): KeyShare {
  const group = fieldGroup(key.scheme);
  const context = sessionContext(party.committee, { name, handle: key.handle, scheme: key.scheme });
  const dealt = dealtOf(group, dealingContext(context, hashesOf(context, openings)), openings);
  if (!dealt.dealings.every((dealing) => isDealing(judgeOf(party), group, dealt.context, dealing)))
    malformed(undefined, 'a dealing that its dealer did not sign');
  const received = receiveValues(party, dealt, party.me - 1, new Map());
  if ('complaint' in received)
    throw new ThresholdAbort('unknown-key', undefined, 'a dealer of this key dealt a wrong share to it');
  return keyShareOf(party.me, key, sumOf(received.values, group.order));
}
