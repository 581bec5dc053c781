/** FROST at a custodian: it commits to nonces ahead, and signs with one pair of them what its task says. */
import { malformed } from '../errors.ts';
import { ed25519 } from '../groups/index.ts';
import type { Handler, Party } from '../party.ts';
import { fieldShareFor } from '../sharing/share-for.ts';
import { openSession, type Session, type Subject } from './ciphersuite.ts';
import {
  challengeBytes,
  commitPurpose,
  commitStatement,
  encodeCommitAnswer,
  encodeSignAnswer,
  readCommitRequest,
  readSignRequest,
  type SignRequest,
  signRequestBytesMax,
} from './messages.ts';
import { noncesOf } from './nonces.ts';
import { signShare } from './shares.ts';

export const prehashBytes = 64;
export const schemes = ['frost-ed25519'] as const;

const commit: Handler = {
  kind: 'frost.commit',
  access: 'free',
  bodyBytesMax: challengeBytes + 2,
  async handle(party, { body }) {
    const { challenge, count } = readCommitRequest(body);
    const pairs = noncesOf(party).make(count, party.random);
    return encodeCommitAnswer(pairs, party.identity.sign(commitPurpose, commitStatement(challenge, pairs)));
  },
};

const sign: Handler = {
  kind: 'frost.sign',
  access: 'task',
  bodyBytesMax: signRequestBytesMax,
  async handle(party, { body, task }) {
    if (task?.kind !== 'sign') malformed(undefined, 'the task is no signature');
    const request = readSignRequest(body);
    const mine = request.commitments.findIndex(({ custodian }) => custodian === party.me);
    if (mine < 0) malformed(undefined, 'not among the signers');
    const nonces = noncesOf(party).take(request.commitments[mine]!);
    if (nonces === undefined) return encodeSignAnswer(undefined);
    const share = await fieldShareFor(party, task.handle, request.generation, schemes);
    const { message, prehashed = false } = task;
    if (prehashed && message.length !== prehashBytes) malformed(undefined, 'length of a digest');
    const session = sessionOf(party, { publicKey: share.publicKey, message, prehashed }, request);
    return encodeSignAnswer(signShare(session.signers[mine]!, nonces, share.scalar));
  },
};

/**
 * With new shares come new nonces: whoever saw those that wait would have the new share from the first signature made with one.
 * Who asks can cost signatures one more round, and nothing else.
 */
const forget: Handler = {
  kind: 'frost.forget',
  access: 'free',
  bodyBytesMax: 0,
  async handle(party) {
    noncesOf(party).clear();
    return new Uint8Array(0);
  },
};

export const handlers: readonly Handler[] = [commit, sign, forget];

/** What others commit to comes through a coordinator that may lie: it has to be elements, and the signers enough. */
function sessionOf(party: Party, subject: Subject, { commitments }: SignRequest): Session {
  const { members, threshold } = party.committee;
  if (commitments.length <= threshold) malformed(undefined, 'too few signers');
  for (const { custodian, hiding, binding } of commitments) {
    if (custodian > members.length) malformed(undefined, 'a signer that is no custodian');
    if (custodian === party.me) continue;
    if (!ed25519.isElement(hiding) || !ed25519.isElement(binding))
      malformed(undefined, 'a commitment that is no element');
  }
  try {
    return openSession(subject, commitments);
  } catch (error) {
    if (error instanceof RangeError) malformed(undefined, 'commitments that add up to nothing');
    throw error;
  }
}
