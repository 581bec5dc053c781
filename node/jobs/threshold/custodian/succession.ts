/**
 * How members of a committee are replaced: one at a time, each time by a committee of the next epoch in which that one has other keys and
 * nothing else is different. It counts when n - t members of the committee before it signed it.
 *
 * Why n - t: the gateway's key alone could replace one after the other until it has t + 1 shares; with t + 1 signatures two committees of
 * one epoch could be made, by t faulty members and one honest one each. Any two sets of n - t have t + 1 members in common, one of them
 * honest, which signs no two. Of the n - 1 that stay n - t are asked for, so a member is replaced without its own consent, and with t - 1
 * others away.
 *
 * Keys of a member that was replaced never come back: whoever has them could be a custodian again.
 */
import type { Bytes, TaggedKey } from '../../../api/index.ts';
import { MessageWriter } from '../codec.ts';
import type { Committee, Member } from '../committee.ts';
import { StatementVerifier } from '../identity.ts';
import { encodeCommittee } from './format/committee.ts';
import { custodianLimits } from './limits.ts';

/** Of signatures (PartyIdentity.sign). */
export const successionPurpose = 'committee.succession/v1';

export interface SuccessionSignature {
  readonly custodian: number;
  readonly signature: Bytes;
}

/** One epoch: who has new keys. */
export interface Handover {
  readonly member: Member;
  /** Of members of the committee before. */
  readonly signatures: readonly SuccessionSignature[];
}

/** A committee by what it came from. */
export interface Succession {
  readonly coordinator: TaggedKey;
  readonly first: Committee;
  /** In the order of epochs. */
  readonly handovers: readonly Handover[];
}

/** The committee after: not checked yet. */
export function successorOf(committee: Committee, member: Member): Committee {
  const members = committee.members.map((one) => (one.index === member.index ? member : one));
  return { ...committee, epoch: committee.epoch + 1, members };
}

/** What members sign. @throws RangeError for a committee that is none */
export function successionStatement(from: Committee, to: Committee, coordinator: TaggedKey): Bytes {
  const writer = new MessageWriter().field(encodeCommittee(from, coordinator));
  return writer.field(encodeCommittee(to, coordinator)).done();
}

/** So many members have to sign. */
export function signersMin({ members, threshold }: Committee): number {
  return members.length - threshold;
}

/**
 * All committees, the first and then one for each handover, every signature checked.
 * @throws RangeError with what is wrong
 */
export function committeesOf({ coordinator, first, handovers }: Succession): readonly Committee[] {
  if (handovers.length > custodianLimits.handoversMax)
    throw new RangeError('too many custodians were replaced');
  const committees = [first];
  encodeCommittee(first, coordinator);
  for (const { member, signatures } of handovers) {
    const from = committees.at(-1)!;
    const to = followingOf(committees, member);
    const statement = successionStatement(from, to, coordinator);
    const verifier = new StatementVerifier(from);
    if (signatures.length > from.members.length) throw new RangeError('too many signatures of a handover');
    const signers = new Set(
      signatures
        .filter((one) => verifier.verify(one.custodian, successionPurpose, statement, one.signature))
        // Who is replaced may be the thief of its keys: it has no say in who follows.
        .filter(({ custodian }) => custodian !== member.index)
        .map(({ custodian }) => custodian),
    );
    if (signers.size < signersMin(from))
      throw new RangeError(
        `the committee of epoch ${to.epoch} is signed by ${signers.size} of those before, not by ${signersMin(from)}`,
      );
    committees.push(to);
  }
  return committees;
}

/**
 * The committee that comes after the last of these, with other keys of one member.
 * @throws RangeError for keys that were in use before, or a member that is none
 */
export function followingOf(committees: readonly Committee[], member: Member): Committee {
  const from = committees.at(-1)!;
  if (from.members[member.index - 1] === undefined) throw new RangeError('there is no such custodian');
  const wasUsed = committees.some(({ members }) =>
    members.some(({ key, sealingKey }) => isSame(key, member.key) || isSame(sealingKey, member.sealingKey)),
  );
  if (wasUsed) throw new RangeError('a custodian cannot have keys that one had before');
  return successorOf(from, member);
}

/** In which epoch the one with these keys was replaced; undefined for one that is a member, or never was. */
export function replacedIn(committees: readonly Committee[], { index, key }: Member): number | undefined {
  const at = committees.findLastIndex(({ members }) => isSame(members[index - 1]?.key, key));
  return at < 0 ? undefined : committees[at + 1]?.epoch;
}

/** Public keys. */
function isSame(left: Uint8Array | undefined, right: Uint8Array): boolean {
  return left !== undefined && Buffer.compare(left, right) === 0;
}
