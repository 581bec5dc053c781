/**
 * What happens when a receiver finds that its dealer dealt it a wrong value. Only the receiver can open what was sealed to it, so its
 * word alone proves nothing. It signs a complaint; against that the dealer reveals the value, which anybody can check against the
 * commitments. If it is wrong or missing the dealer is named. If it is right the receiver goes on with it, and nobody is named: the
 * receiver may have lied, or the dealer may have sealed something else. More than t complaints name a dealer at once, since one of
 * them is honest (complaints of Gennaro, Jarecki, Krawczyk and Rabin, J. Cryptology 2007, section 3).
 *
 * Revealing gives nothing away, even to a coordinator that invents disputes: an honest receiver complains only of a dealing that
 * its dealer signed, and what an honest dealer signs is right. So one of the two is corrupt, and knows the value anyway.
 *
 * An answer with a complaint: 0, dealer (2), signature. A request with revealed values ends with a list of dealer (2), value.
 */
import { type MessageReader, MessageWriter, readMessage } from '../codec.ts';
import { cheater, malformed, ThresholdAbort } from '../errors.ts';
import { type Group, modulo } from '../groups/index.ts';
import { thresholdLimits } from '../limits.ts';
import type { Custodians, Handler, Party, PartyIdentity } from '../party.ts';
import { askAll, askOptions } from './attempts.ts';
import { type Dealing, deal, dealingDigest, isBaseMultiple, openValue, scalarOf } from './dealing.ts';
import { hexOf, type Judge } from './key-statement.ts';
import { keyLifeLimits as limits } from './limits.ts';

/** Values that dealers had to reveal to a receiver, by dealer. */
export type Revealed = ReadonlyMap<number, bigint>;

/** Dealings that stand together, and what makes a value in one of them right. */
export interface Dealt {
  readonly group: Group;
  readonly context: Uint8Array;
  /** Checked to be signed. */
  readonly dealings: readonly Dealing[];
  /** Base times a receiver's value in a dealing; undefined when it is the identity. */
  expected(dealing: Dealing, receiver: number): Uint8Array | undefined;
}

interface Remembered {
  readonly group: Group;
  readonly values: ReadonlyMap<number, bigint>;
}

const digestBytes = 32;
const purpose = 'dealing/complaint';

/** Deals, and remembers for the time of a protocol what it dealt to whom. @param as who deals, where that is another name than the party's own */
export function dealAndRemember(
  party: Pick<Party, 'rounds' | 'me' | 'identity'>,
  group: Group,
  context: Uint8Array,
  commitments: readonly Uint8Array[],
  values: ReadonlyMap<number, bigint>,
  as: Pick<PartyIdentity, 'seal' | 'sign'> = party.identity,
): Dealing {
  const dealing = deal(as, party.me, group, context, commitments, values);
  openRound(party, roundOf(dealingDigest(context, dealing)), { group, values } satisfies Remembered);
  return dealing;
}

/**
 * A receiver opens what it was dealt.
 *
 * @param at its position among the receivers
 * @returns the sum of all values, or the answer with a complaint
 */
export function receiveValues(
  party: { readonly me: number; readonly identity: PartyIdentity },
  dealt: Dealt,
  at: number,
  revealed: Revealed,
): { readonly values: ReadonlyMap<number, bigint> } | { readonly complaint: Uint8Array } {
  const { group, context, dealings } = dealt;
  const values = new Map<number, bigint>();
  for (const dealing of dealings) {
    const expected = dealt.expected(dealing, party.me);
    const shown = revealed.get(dealing.dealer);
    const value =
      shown !== undefined && isBaseMultiple(group, shown, expected)
        ? shown
        : openValue(party.identity, group, context, dealing, at, expected);
    if (value === undefined) {
      const signature = party.identity.sign(purpose, dealingDigest(context, dealing));
      return { complaint: new MessageWriter().u8(0).u16(dealing.dealer).bytes(signature).done() };
    }
    values.set(dealing.dealer, value);
  }
  return { values };
}

export function sumOf(values: ReadonlyMap<number, bigint>, order: bigint): bigint {
  return [...values.values()].reduce((sum, value) => modulo(sum + value, order), 0n);
}

export function readRevealed(reader: MessageReader, group: Group): Revealed {
  const list = reader.list(thresholdLimits.custodiansMax, 'revealed values', () => {
    const dealer = reader.u16('a dealer');
    const value = scalarOf(group, reader.bytes(group.scalarBytes, 'a value'));
    return [dealer, value ?? malformed(undefined, 'a value that is no scalar')] as const;
  });
  return new Map(list);
}

export const revealHandler: Handler = makeRevealHandler('dealing.reveal', ({ identity }) => identity);

/**
 * Access `free`: see above why a value may be revealed.
 * @param identityOf that of the committee of receivers
 */
export function makeRevealHandler(kind: string, identityOf: (party: Party) => PartyIdentity): Handler {
  return {
    kind,
    access: 'free',
    bodyBytesMax: digestBytes + 2 + limits.signatureBytes,
    async handle(party, { body }) {
      const { digest, receiver, signature } = readMessage(body, undefined, (reader) => ({
        digest: reader.bytes(digestBytes, 'the digest'),
        receiver: reader.u16('the receiver'),
        signature: reader.bytes(limits.signatureBytes, 'a signature'),
      }));
      if (!identityOf(party).verify(receiver, purpose, digest, signature))
        malformed(undefined, 'a complaint that nobody signed');
      const known = takeRound(party, roundOf(digest)) as Remembered;
      // Others may complain of the same dealing.
      openRound(party, roundOf(digest), known);
      const value = known.values.get(receiver);
      if (value === undefined) malformed(undefined, 'nothing was dealt to this receiver');
      return known.group.encodeScalar(value);
    },
  };
}

/** How the coordinator has dealings checked by their receivers. */
export interface Checking<Answer> {
  readonly custodians: Custodians;
  readonly dealt: Dealt;
  readonly receivers: readonly number[];
  /** Checks complaints; that of the dealers' custodians unless receivers are others. */
  readonly judge?: Judge;
  /** @param revealed to be written behind the request */
  ask(receiver: number, revealed: Uint8Array): Promise<Uint8Array>;
  /** An answer that is no complaint. */
  read(receiver: number, answer: Uint8Array): Answer;
  /** A receiver that does not answer, or not as it should. */
  failed(receiver: number, error: unknown): void;
  readonly revealKind?: string;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Has all receivers check, and dealers reveal what is complained of.
 *
 * @throws ThresholdAbort that names a dealer
 */
export async function checkByReceivers<Answer>(checking: Checking<Answer>): Promise<Map<number, Answer>> {
  const { dealt, failed } = checking;
  const complaints = new Map(dealt.dealings.map(({ dealer }) => [dealer, new Set<number>()]));
  const revealed = new Map<number, Map<number, bigint>>(
    checking.receivers.map((index) => [index, new Map()]),
  );
  const answers = new Map<number, Answer>();
  let asked = [...checking.receivers];
  // Each complains of each dealer once.
  for (let round = 0; asked.length > 0 && round <= dealt.dealings.length; round += 1) {
    const complaining = await askAll(
      asked,
      async (receiver) => {
        const answer = await checking.ask(receiver, encodeRevealed(dealt.group, revealed.get(receiver)!));
        if (answer[0] !== 0) return void answers.set(receiver, checking.read(receiver, answer));
        return readComplaint(checking, receiver, answer);
      },
      failed,
    );
    asked = [];
    for (const [receiver, complaint] of complaining) {
      if (complaint === undefined) continue;
      const { dealing, signature } = complaint;
      const said = complaints.get(dealing.dealer)!.add(receiver);
      if (said.size > (checking.judge ?? checking.custodians).committee.threshold)
        cheater(dealing.dealer, 'it dealt wrong shares to several');
      if (revealed.get(receiver)!.has(dealing.dealer)) {
        failed(receiver, new ThresholdAbort('cheater', receiver, 'it complains of a share that is right'));
        continue;
      }
      revealed.get(receiver)!.set(dealing.dealer, await reveal(checking, dealing, receiver, signature));
      asked.push(receiver);
    }
  }
  return answers;
}

interface Complaint {
  readonly dealing: Dealing;
  readonly signature: Uint8Array;
}

function readComplaint<Answer>(
  { dealt, judge, custodians }: Checking<Answer>,
  receiver: number,
  answer: Uint8Array,
): Complaint {
  const { dealer, signature } = readMessage(answer, receiver, (reader) => {
    reader.u8('the kind');
    return {
      dealer: reader.u16('the dealer'),
      signature: reader.bytes(limits.signatureBytes, 'a signature'),
    };
  });
  const dealing = dealt.dealings.find((one) => one.dealer === dealer);
  if (dealing === undefined) malformed(receiver, 'it complains of somebody who is no dealer');
  const digest = dealingDigest(dealt.context, dealing);
  if (!(judge ?? custodians).verify(receiver, purpose, digest, signature))
    cheater(receiver, 'it did not sign its complaint');
  return { dealing, signature };
}

async function reveal<Answer>(
  { custodians, dealt, revealKind, signal }: Checking<Answer>,
  dealing: Dealing,
  receiver: number,
  signature: Uint8Array,
): Promise<bigint> {
  const { group, context } = dealt;
  const digest = dealingDigest(context, dealing);
  const body = new MessageWriter().bytes(digest).u16(receiver).bytes(signature).done();
  const answer = await custodians.ask(
    dealing.dealer,
    revealKind ?? revealHandler.kind,
    body,
    askOptions(signal),
  );
  const value = scalarOf(group, answer);
  if (value === undefined || !isBaseMultiple(group, value, dealt.expected(dealing, receiver)))
    cheater(dealing.dealer, 'it dealt a wrong share, and reveals no other');
  return value;
}

function encodeRevealed(group: Group, revealed: Revealed): Uint8Array {
  const writer = new MessageWriter();
  writer.list([...revealed], ([dealer, value]) => {
    writer.u16(dealer).bytes(group.encodeScalar(value));
  });
  return writer.done();
}

/** @throws ThresholdAbort `stale` when the session's name was used */
export function openRound({ rounds }: Pick<Party, 'rounds'>, id: string, state: unknown): void {
  try {
    rounds.open(id, state);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new ThresholdAbort('stale', undefined, 'a session with this name is open', { cause: error });
  }
}

/** @throws ThresholdAbort `stale` */
export function takeRound({ rounds }: Pick<Party, 'rounds'>, id: string): unknown {
  const state = rounds.take(id);
  if (state === undefined) throw new ThresholdAbort('stale', undefined, 'no such session');
  return state;
}

function roundOf(digest: Uint8Array): string {
  return `dealt/${hexOf(digest)}`;
}
