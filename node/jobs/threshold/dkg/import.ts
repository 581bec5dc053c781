/**
 * Sharing of a secret scalar that the coordinator has for a moment. It deals Feldman's sharing of it alone ("A practical scheme for
 * non-interactive verifiable secret sharing", FOCS 1987): each custodian checks its share against the commitments, keeps it as
 * pending, and signs what is common; the rest is as in create.ts.
 *
 * The coordinator is the dealer, and knows the secret anyway: it has no key to seal with, and needs none, since a request is
 * confidential to its custodian. What allows the sharing is the task. For the same reason nothing is kept for custodians that are
 * absent, which would be shares at rest at the coordinator: they get theirs by `recover` when they are back.
 *
 * The secret is a scalar in the group's encoding, in [1, order). Buffers with it are overwritten; the numbers computed from it are the
 * engine's to collect (SECURITY.md).
 */

import type { KeyTask } from '../../../api/index.ts';
import { MessageWriter, readMessage } from '../codec.ts';
import { type Committee, indicesOf } from '../committee.ts';
import { malformed, ThresholdAbort } from '../errors.ts';
import { type Group, randomScalar } from '../groups/index.ts';
import { thresholdLimits } from '../limits.ts';
import type { AuthorisedTask, Custodians, Handler, KeyCommon } from '../party.ts';
import { encodeFieldKey, fieldKeyOf } from '../sharing/field-key.ts';
import { evaluate, evaluateCommitments } from '../sharing/shamir.ts';
import { type Attempt, askAll, askOptions, requireQuorum, withAllBut } from './attempts.ts';
import { orUndefined, scalarOf } from './dealing.ts';
import { fieldGroup, keyShareOf } from './field-group.ts';
import { checkStatement, finishKey } from './finish.ts';
import { confirmShare } from './key-slots.ts';
import { type KeyStatement, quorumOf, sameBytes } from './key-statement.ts';
import { keyLifeLimits as limits } from './limits.ts';
import { finishEarlier, readKeyStates, withoutKey } from './states.ts';

/** Body: commitments, share. Answers with the signature of `confirmed`. */
const importHandler: Handler = {
  kind: 'dkg.import',
  access: 'task',
  bodyBytesMax: limits.importBytesMax,
  async handle(party, { body, task }) {
    if (task?.kind !== 'import') malformed(undefined, 'no task to import a key');
    const { handle, scheme } = task;
    const group = fieldGroup(scheme);
    const { commitments, plain } = readMessage(body, undefined, (reader) => ({
      commitments: reader.list(thresholdLimits.custodiansMax, 'commitments', () =>
        reader.bytes(group.elementBytes, 'a commitment'),
      ),
      plain: reader.bytes(group.scalarBytes, 'the share'),
    }));
    body.fill(0);
    const scalar = scalarOf(group, plain);
    plain.fill(0);
    const { committee } = party;
    if (commitments.length !== committee.threshold + 1 || !commitments.every((one) => group.isElement(one)))
      malformed(undefined, 'commitments that do not do');
    const common = commonOf(group, committee, commitments);
    if (scalar === undefined) malformed(undefined, 'a share that is no scalar');
    const share = keyShareOf(party.me, { handle, scheme, generation: 0, common }, scalar);
    return confirmShare(party, { share, base: undefined });
  },
};

export const importHandlers: readonly Handler[] = [importHandler];

/**
 * @param material the scalar in the group's encoding; overwritten when it has been shared
 * @throws ThresholdAbort; RangeError when it is no scalar of the group, or 0
 */
export async function importFieldKey(
  custodians: Custodians,
  authorised: AuthorisedTask,
  material: Uint8Array,
  signal?: AbortSignal,
): Promise<KeyCommon> {
  const { task } = authorised;
  if (task.kind !== 'import') throw new RangeError('no task to import a key');
  const { handle } = task;
  const group = fieldGroup(task.scheme);
  const secret = group.decodeScalar(material);
  const publicKey = group.baseMultiply(secret);
  const key = await withAllBut(custodians, quorumOf(custodians.committee), async (attempt) => {
    const states = await readKeyStates(custodians, attempt.taking, handle, attempt.leaveOut, signal);
    const isSame = (key: KeyCommon): boolean => sameBytes(publicKeyOf(key), publicKey);
    const earlier = await finishEarlier(custodians, states, isSame, signal);
    if (earlier !== undefined) return earlier;
    const taking = withoutKey(custodians, states);
    return share(custodians, authorised, secret, { ...attempt, taking }, signal);
  });
  material.fill(0);
  return key;
}

async function share(
  custodians: Custodians,
  authorised: AuthorisedTask,
  secret: bigint,
  { taking, leaveOut }: Attempt,
  signal: AbortSignal | undefined,
): Promise<KeyCommon> {
  const { committee, random } = custodians;
  const { handle, scheme } = authorised.task as KeyTask & { readonly kind: 'import' };
  const group = fieldGroup(scheme);
  const polynomial = [
    secret,
    ...Array.from({ length: committee.threshold }, () => randomScalar(group, random)),
  ];
  const commitments = polynomial.map((coefficient) => group.baseMultiply(coefficient));
  const key: KeyCommon = { handle, scheme, generation: 0, common: commonOf(group, committee, commitments) };
  const confirmed = await askAll(
    taking,
    async (custodian): Promise<KeyStatement> => {
      const value = group.encodeScalar(evaluate(polynomial, custodian, group.order));
      const writer = new MessageWriter();
      writer.list(commitments, (one) => void writer.bytes(one));
      const body = writer.bytes(value).done();
      try {
        const options = askOptions(signal, authorised);
        const signature = await custodians.ask(custodian, importHandler.kind, body, options);
        return checkStatement(custodians, key, { custodian, kind: 'confirmed', signature });
      } finally {
        value.fill(0);
        body.fill(0);
      }
    },
    leaveOut,
  );
  requireQuorum(custodians, confirmed.size);
  return finishKey(custodians, { key, statements: [...confirmed.values()] }, undefined, signal);
}

/** Of what custodians stated: it may be a key of another scheme, or none. */
function publicKeyOf(key: KeyCommon): Uint8Array {
  try {
    return fieldKeyOf(key).publicKey;
  } catch (error) {
    if (error instanceof ThresholdAbort || error instanceof RangeError) return new Uint8Array(0);
    throw error;
  }
}

function commonOf(group: Group, committee: Committee, commitments: readonly Uint8Array[]): Uint8Array {
  const common = orUndefined(() =>
    encodeFieldKey({
      publicKey: commitments[0]!,
      verificationKeys: indicesOf(committee).map((at) => evaluateCommitments(commitments, at, group)),
    }),
  );
  return common ?? malformed(undefined, 'commitments that are those of no key');
}
