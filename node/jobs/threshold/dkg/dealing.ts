/**
 * A dealing: one custodian shares a polynomial with others. It publishes commitments to the coefficients (Feldman, "A practical scheme for
 * non-interactive verifiable secret sharing", FOCS 1987), seals to each receiver its value, and signs all of it. What the
 * polynomial has to be (any, 0 at 0, 0 at the place of another) is the protocol's: see its `expected`.
 *
 * The commitments and the protocol's context are bound into the sealed values, so that a value opens in its own dealing only.
 */
import { createHash } from 'node:crypto';
import type { MessageReader, MessageWriter } from '../codec.ts';
import { ThresholdAbort } from '../errors.ts';
import type { Group } from '../groups/index.ts';
import { thresholdLimits } from '../limits.ts';
import type { PartyIdentity } from '../party.ts';
import type { Judge } from './key-statement.ts';
import { keyLifeLimits as limits } from './limits.ts';

export interface Dealing {
  readonly dealer: number;
  readonly commitments: readonly Uint8Array[];
  /** By position in the list of receivers. */
  readonly sealed: readonly Uint8Array[];
  readonly signature: Uint8Array;
}

const sealPurpose = 'dealing/share';
const signPurpose = 'dealing/dealt';

/** @param context what the values are for, 32 bytes @param values by receiver, in the order in which they are listed */
export function deal(
  identity: Pick<PartyIdentity, 'seal' | 'sign'>,
  me: number,
  group: Group,
  context: Uint8Array,
  commitments: readonly Uint8Array[],
  values: ReadonlyMap<number, bigint>,
): Dealing {
  const sealContext = contextOf(context, me, commitments);
  const sealed = [...values].map(([receiver, value]) => {
    const plain = group.encodeScalar(value);
    const bytes = identity.seal(receiver, sealPurpose, sealContext, plain);
    plain.fill(0);
    return bytes;
  });
  const digest = dealingDigest(context, { dealer: me, commitments, sealed });
  return { dealer: me, commitments, sealed, signature: identity.sign(signPurpose, digest) };
}

/** What its dealer signs, and by which it is named in a complaint. */
export function dealingDigest(
  context: Uint8Array,
  { dealer, commitments, sealed }: Omit<Dealing, 'signature'>,
): Uint8Array {
  const hash = createHash('sha256')
    .update('hypergate/dealing/v1\0')
    .update(contextOf(context, dealer, commitments));
  for (const one of sealed) hash.update(lengthOf(one)).update(one);
  return hash.digest();
}

/** Whether its dealer signed it, with elements of the group for commitments. */
export function isDealing(judge: Judge, group: Group, context: Uint8Array, dealing: Dealing): boolean {
  return (
    dealing.commitments.every((element) => group.isElement(element)) &&
    judge.verify(dealing.dealer, signPurpose, dealingDigest(context, dealing), dealing.signature)
  );
}

/**
 * Opens a receiver's value.
 *
 * @param at the receiver's position in the list
 * @param expected base times the value, from the commitments; undefined when that is no element
 * @returns undefined when it is wrong: its dealer cheats, since it signed it
 */
export function openValue(
  identity: Pick<PartyIdentity, 'open'>,
  group: Group,
  context: Uint8Array,
  { dealer, commitments, sealed }: Dealing,
  at: number,
  expected: Uint8Array | undefined,
): bigint | undefined {
  let plain: Uint8Array;
  try {
    plain = identity.open(dealer, sealPurpose, contextOf(context, dealer, commitments), sealed[at]!);
  } catch (error) {
    if (error instanceof ThresholdAbort) return undefined;
    throw error;
  }
  const value = scalarOf(group, plain);
  plain.fill(0);
  return value !== undefined && isBaseMultiple(group, value, expected) ? value : undefined;
}

export function scalarOf(group: Group, bytes: Uint8Array): bigint | undefined {
  return orUndefined(() => group.decodeScalar(bytes));
}

/** Whether base times the scalar is the element. The identity is none. */
export function isBaseMultiple(group: Group, scalar: bigint, element: Uint8Array | undefined): boolean {
  if (element === undefined || scalar === 0n) return false;
  return Buffer.compare(group.baseMultiply(scalar), element) === 0;
}

/** For sums of elements of others: undefined when the sum is the identity, which no honest run has. */
export function orUndefined<Value>(compute: () => Value): Value | undefined {
  try {
    return compute();
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

export function writeDealing(
  writer: MessageWriter,
  { dealer, commitments, sealed, signature }: Dealing,
): void {
  writer.u16(dealer);
  writer.list(commitments, (element) => void writer.bytes(element));
  writer.list(sealed, (one) => void writer.field(one)).bytes(signature);
}

/** With so many commitments and receivers, and no others. Elements are not checked yet. */
export function readDealing(
  reader: MessageReader,
  group: Group,
  counts: { readonly commitments: number; readonly receivers: number },
): Dealing {
  const dealer = reader.u16('the dealer');
  const commitments = reader.list(counts.commitments, 'commitments', () =>
    reader.bytes(group.elementBytes, 'a commitment'),
  );
  const sealed = reader.list(thresholdLimits.custodiansMax, 'sealed values', () =>
    reader.field(limits.sealedBytesMax, 'a sealed value'),
  );
  if (commitments.length !== counts.commitments || sealed.length !== counts.receivers)
    throw new ThresholdAbort('malformed', undefined, 'a dealing of another size');
  return { dealer, commitments, sealed, signature: reader.bytes(limits.signatureBytes, 'a signature') };
}

function contextOf(context: Uint8Array, dealer: number, commitments: readonly Uint8Array[]): Buffer {
  const hash = createHash('sha256').update('hypergate/dealing/commitments/v1\0').update(context);
  hash.update(Uint8Array.of(dealer, commitments.length));
  // Of one length within a group, which the context names.
  for (const element of commitments) hash.update(element);
  return hash.digest();
}

function lengthOf(bytes: Uint8Array): Uint8Array {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return length;
}
