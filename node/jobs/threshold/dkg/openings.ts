/** What dealers of a new key publish, in the two rounds in which they do: a hash, and what it is the hash of. */
import { createHash } from 'node:crypto';
import { type MessageReader, MessageWriter } from '../codec.ts';
import { type Committee, indicesOf } from '../committee.ts';
import { cheater, malformed } from '../errors.ts';
import type { Group } from '../groups/index.ts';
import { thresholdLimits } from '../limits.ts';
import { encodeFieldKey } from '../sharing/field-key.ts';
import { evaluateCommitments } from '../sharing/shamir.ts';
import { type Dealing, isDealing, orUndefined, readDealing, writeDealing } from './dealing.ts';
import type { Dealt } from './dispute.ts';
import { hexOf, type Judge, quorumOf } from './key-statement.ts';
import { keyLifeLimits as limits } from './limits.ts';
import { verifyPossession } from './possession.ts';

export const hashBytes = 32;
export const nonceBytes = 32;

/** What a session is about; everything said in it is bound to it. */
export interface Session {
  /** Chosen by the coordinator, 16 bytes. */
  readonly name: Uint8Array;
  readonly handle: Uint8Array;
  readonly scheme: string;
}

/** What a dealer fixes in the first round, and shows in the second. */
export interface Choice {
  readonly commitments: readonly Uint8Array[];
  readonly proof: Uint8Array;
  /** Hides the choice in its hash: commitments of secrets have enough entropy themselves, but this needs no argument. */
  readonly nonce: Uint8Array;
}

export interface Opening {
  readonly proof: Uint8Array;
  readonly nonce: Uint8Array;
  /** In the context of all dealers' hashes. */
  readonly dealing: Dealing;
}

/** Every dealer's hash, dealers ascending. */
export type Hashes = ReadonlyMap<number, Uint8Array>;

export function sessionContext({ epoch }: Committee, { name, handle, scheme }: Session): Uint8Array {
  const writer = new MessageWriter()
    .u64(epoch)
    .field(name)
    .field(handle)
    .field(Buffer.from(scheme, 'latin1'));
  return createHash('sha256').update('hypergate/dkg/session/v1\0').update(writer.done()).digest();
}

/** Of the first round. The index is hashed with it: a copied hash opens as nobody else's. */
export function hashChoice(context: Uint8Array, dealer: number, choice: Choice): Uint8Array {
  const writer = new MessageWriter().bytes(context).u16(dealer).bytes(choice.nonce).field(choice.proof);
  writer.list(choice.commitments, (element) => void writer.field(element));
  return createHash('sha256').update('hypergate/dkg/choice/v1\0').update(writer.done()).digest();
}

/** What dealings of this session are bound to: all hashes, so that they stand for this set of dealers only. */
export function dealingContext(context: Uint8Array, hashes: Hashes): Uint8Array {
  const writer = new MessageWriter().bytes(context);
  writeHashes(writer, hashes);
  return createHash('sha256').update('hypergate/dkg/dealing/v1\0').update(writer.done()).digest();
}

export function writeHashes(writer: MessageWriter, hashes: Hashes): void {
  writer.list([...hashes], ([dealer, hash]) => void writer.u16(dealer).bytes(hash));
}

/** At least n - t members, ascending. @throws ThresholdAbort `malformed` */
export function readHashes(reader: MessageReader, committee: Committee): Hashes {
  const list = reader.list(thresholdLimits.custodiansMax, 'dealers', () => {
    return [reader.u16('a dealer'), reader.bytes(hashBytes, 'a hash')] as const;
  });
  checkDealers(
    list.map(([dealer]) => dealer),
    quorumOf(committee),
    committee,
  );
  return new Map(list);
}

/** Members of the committee, ascending, so many at least. @throws ThresholdAbort `malformed` */
export function checkDealers(dealers: readonly number[], least: number, { members }: Committee): void {
  const ascending = dealers.every((dealer, at) => dealer > (at === 0 ? 0 : dealers[at - 1]!));
  if (!ascending || dealers.length < least || (dealers.at(-1) ?? 0) > members.length)
    malformed(undefined, 'a list of dealers that does not do');
}

export function writeOpenings(writer: MessageWriter, openings: readonly Opening[]): void {
  writer.list(openings, (opening) => writeOpening(writer, opening));
}

export function writeOpening(writer: MessageWriter, { proof, nonce, dealing }: Opening): void {
  writer.field(proof).bytes(nonce);
  writeDealing(writer, dealing);
}

export function readOpening(reader: MessageReader, group: Group, { threshold, members }: Committee): Opening {
  const proof = reader.field(limits.proofBytesMax, 'a proof');
  const nonce = reader.bytes(nonceBytes, 'a nonce');
  return {
    proof,
    nonce,
    dealing: readDealing(reader, group, { commitments: threshold + 1, receivers: members.length }),
  };
}

/** From at least n - t dealers, ascending. @throws ThresholdAbort `malformed` */
export function readOpenings(reader: MessageReader, group: Group, committee: Committee): Opening[] {
  const openings = reader.list(thresholdLimits.custodiansMax, 'openings', () =>
    readOpening(reader, group, committee),
  );
  const dealers = openings.map(({ dealing }) => dealing.dealer);
  checkDealers(dealers, quorumOf(committee), committee);
  return openings;
}

/** The hashes that these would have had in the first round. */
export function hashesOf(context: Uint8Array, openings: readonly Opening[]): Hashes {
  return new Map(openings.map((opening) => [opening.dealing.dealer, hashOf(context, opening)]));
}

/**
 * All that can be checked of an opening without being one of its receivers.
 *
 * @param hash of the first round
 * @throws ThresholdAbort `cheater`, the dealer
 */
export function checkOpening(
  judge: Judge,
  group: Group,
  context: Uint8Array,
  dealt: Uint8Array,
  hash: Uint8Array,
  opening: Opening,
): void {
  const { dealer, commitments } = opening.dealing;
  if (hexOf(hashOf(context, opening)) !== hexOf(hash))
    cheater(dealer, 'it opened another choice than it made');
  if (!isDealing(judge, group, dealt, opening.dealing)) cheater(dealer, 'its dealing is none that it signed');
  const statement = { dealer, element: commitments[0]!, context };
  if (!verifyPossession(group, statement, opening.proof)) cheater(dealer, 'its proof of possession is wrong');
}

/** The dealings of these openings, whose values are those of any polynomial. */
export function dealtOf(group: Group, context: Uint8Array, openings: readonly Opening[]): Dealt {
  return {
    group,
    context,
    dealings: openings.map(({ dealing }) => dealing),
    expected: ({ commitments }, receiver) =>
      orUndefined(() => evaluateCommitments(commitments, receiver, group)),
  };
}

/** The key that these dealers make. @throws ThresholdAbort `malformed` when it is none, which no honest dealer leaves to chance */
export function commonOf(group: Group, committee: Committee, openings: readonly Opening[]): Uint8Array {
  const polynomials = openings.map(({ dealing }) => dealing.commitments);
  const common = orUndefined(() => {
    const sum = polynomials[0]!.map((_, power) =>
      group.combine(polynomials.map((commitments) => ({ element: commitments[power]!, factor: 1n }))),
    );
    return encodeFieldKey({
      publicKey: sum[0]!,
      verificationKeys: indicesOf(committee).map((index) => evaluateCommitments(sum, index, group)),
    });
  });
  return common ?? malformed(undefined, 'the sum of all dealings is none of a key');
}

function hashOf(context: Uint8Array, { nonce, proof, dealing }: Opening): Uint8Array {
  return hashChoice(context, dealing.dealer, { nonce, proof, commitments: dealing.commitments });
}
