/**
 * Making a key that nobody ever has. Three custodians take part; roles are numbered 0, 1, 2 in a circle.
 *
 * 1. `mac.draw`: role i draws what role i + 2 lacks: a share of the key K, and a mask of the length of a piece and 32 bytes more, and
 *    seals both to role i + 1. It commits to the mask as a piece.
 * 2. `mac.compute`: each opens what it was sent, and the three compute the chaining values of K, which is the XOR of its three
 *    shares, masked by the three masks; all three learn that. The masks are pieces of the new key, each lacked by the
 *    role that lacks the mask, and the masked value is the piece that the fourth custodian lacks. The 32 bytes more are masks of
 *    zero, so that what comes out is random, unknown to the fourth custodian, and what the last piece is committed to with.
 *    The shares of K are forgotten here, whatever comes of it: nothing of K is ever on a disk.
 * 3. `mac.keep` (keep.ts), with signatures of t + 1 members over the same public part: they take the pieces over.
 * 4. The fourth gets its pieces from the others (hand-over.ts).
 *
 * Why no custodian learns K or a chaining value. Role i lacks one share of K and one mask, drawn by a role that is honest if i is
 * not, and uniform. Of the computation it learns the masked value, which is uniform to who lacks a mask. The fourth gets the three
 * masks, which are independent of K, and lacks the masked value. A share of K that a corrupt role draws badly, or after
 * others, does not matter: K is uniform as soon as one honest role drew. Why the pieces are right: masks are joint inputs of the
 * two that have them, so the computation takes a mask only if both give the same, and one of them is honest; its context has
 * all three commitments, so that all mean the same, and each holder has seen that the mask opens its commitment.
 */
import type { Bytes, KeyTask } from '../../../../api/index.ts';
import { equalConstantTime } from '../../../../crypto/compare.ts';
import { type MessageReader, MessageWriter, readMessage } from '../../codec.ts';
import { cheater, malformed, ThresholdAbort } from '../../errors.ts';
import type { Handler, HandlerRequest, KeyCommon, Party } from '../../party.ts';
import { tailBytes } from '../circuits.ts';
import { computeStates, contextOf } from '../compute.ts';
import { meetingsOf } from '../meetings.ts';
import {
  checkMacCommittee,
  commitPiece,
  encodeCommon,
  fourthOf,
  randomnessBytes,
  type Triple,
} from '../pieces.ts';
import { answered } from '../reports.ts';
import { type MacScheme, macSchemeOf, pieceBytes } from '../schemes.ts';
import { statementOf } from '../statements.ts';
import { type Call, hex, readCall, refuseExisting } from './call.ts';
import { keepPending } from './keep.ts';

const sealPurpose = 'mac.draw';
const commitmentBytes = 32;
const sealedBytesMax = 512;

/** What one role draws for itself and the next. */
interface Drawn {
  readonly keyShare: Uint8Array;
  /** Piece, then the tail. */
  readonly mask: Uint8Array;
  readonly randomness: Uint8Array;
}

/** Of role i: who draws what i lacks is the next role, and the one after has it as well. */
const drawerOf = (lacking: number): number => (lacking + 1) % 3;

export const drawHandler: Handler = {
  kind: 'mac.draw',
  access: 'task',
  bodyBytesMax: 64,
  async handle(party, request) {
    const { scheme, key } = createTask(party, request);
    const call = readMessage(request.body, undefined, (reader) => readCall(reader, party));
    await refuseExisting(party, key.handle);
    const { random, me, identity, rounds } = party;
    const role = call.triple.indexOf(me);
    const lacking = (role + 2) % 3;
    // Copies, as what the source hands out may be part of something larger.
    const draw = (bytes: number) => Uint8Array.from(random.bytes(bytes));
    const drawn: Drawn = {
      keyShare: draw(scheme.tagBytes),
      mask: draw(pieceBytes(scheme) + tailBytes),
      randomness: draw(randomnessBytes),
    };
    const id = roundOf(key.handle, call);
    if (rounds.take(id) !== undefined) throw new ThresholdAbort('stale', undefined, 'this was drawn before');
    rounds.open(id, drawn);
    const plain = Buffer.concat([drawn.keyShare, drawn.mask, drawn.randomness]);
    const sealed = identity.seal(call.triple[(role + 1) % 3]!, sealPurpose, contextOfDraw(key, call), plain);
    plain.fill(0);
    const commitment = commitMask(key, scheme, call.triple[lacking]!, drawn);
    return new MessageWriter().bytes(commitment).field(sealed).done();
  },
};

export interface DrawReply {
  readonly commitment: Uint8Array;
  readonly sealed: Uint8Array;
}

export function readDraw(reader: MessageReader): DrawReply {
  return {
    commitment: reader.bytes(commitmentBytes, 'commitment'),
    sealed: reader.field(sealedBytesMax, 'what was sealed'),
  };
}

/** @param drawn by role of who drew. @returns the body of `mac.compute` for a role */
export function writeCompute(writer: MessageWriter, role: number, drawn: readonly DrawReply[]): Uint8Array {
  for (let lacking = 0; lacking < 3; lacking++) writer.bytes(drawn[drawerOf(lacking)]!.commitment);
  return writer.field(drawn[(role + 2) % 3]!.sealed).done();
}

export const computeHandler: Handler = {
  kind: 'mac.compute',
  access: 'task',
  bodyBytesMax: 1024,
  async handle(party, request) {
    const { scheme, key } = createTask(party, request);
    const { call, commitments, sealed } = readMessage(request.body, undefined, (reader) => ({
      call: readCall(reader, party),
      commitments: Array.from({ length: 3 }, () => reader.bytes(commitmentBytes, 'commitment')),
      sealed: reader.field(sealedBytesMax, 'what was sealed'),
    }));
    await refuseExisting(party, key.handle);
    const role = call.triple.indexOf(party.me);
    const own = party.rounds.take(roundOf(key.handle, call)) as Drawn | undefined;
    if (own === undefined) throw new ThresholdAbort('stale', undefined, 'it has not drawn for this');
    const drawer = call.triple[(role + 2) % 3]!;
    const given = openDrawn(party, drawer, scheme, contextOfDraw(key, call), sealed);
    // By the role that lacks it: what this role drew, what it was given, and what it lacks itself.
    const drawn: (Drawn | undefined)[] = [undefined, undefined, undefined];
    drawn[(role + 2) % 3] = own;
    drawn[(role + 1) % 3] = given;
    for (const [lacking, each] of drawn.entries()) {
      if (each === undefined) continue;
      if (!equalConstantTime(commitMask(key, scheme, call.triple[lacking]!, each), commitments[lacking]!)) {
        if (each === own) malformed(undefined, 'this is not what it committed to');
        cheater(drawer, 'a mask that it did not commit to');
      }
    }
    const context = contextOf('create', key.handle, Buffer.from(scheme.scheme), ...commitments);
    return answered(call.triple, new MessageWriter(), async () => {
      const states = await meetingsOf(party).use(call.session, call.triple, 2, (seat) =>
        computeStates(
          seat,
          scheme,
          drawn.map((each) => each?.keyShare),
          drawn.map((each) => each?.mask),
          context,
        ),
      );
      const made = pieceOfFourth(key, scheme, call.triple, commitments, states);
      const openings = new Map([[fourthOf(call.triple), openingOf(scheme, states, made.randomness)]]);
      for (const [lacking, each] of drawn.entries()) {
        if (each !== undefined)
          openings.set(call.triple[lacking]!, openingOf(scheme, each.mask, each.randomness));
        each?.keyShare.fill(0);
      }
      keepPending(party, made.key, openings);
      const signature = party.identity.sign('mac.made', statementOf(made.key));
      return (writer) => writer.field(made.key.common).field(signature);
    });
  },
};

/** @throws ThresholdAbort for a task that makes no such key; RangeError for the committee */
function createTask({ committee }: Party, { task }: HandlerRequest): { scheme: MacScheme; key: NewKey } {
  checkMacCommittee(committee);
  if (task?.kind !== 'create' || !task.scheme.startsWith('hmac-'))
    malformed(undefined, 'making a key needs a task that asks for it');
  return { scheme: macSchemeOf(task.scheme), key: newKey(task) };
}

export type NewKey = Omit<KeyCommon, 'common'>;

export function newKey({ handle, scheme }: Extract<KeyTask, { kind: 'create' | 'import' }>): NewKey {
  return { handle, scheme, generation: 0 };
}

function contextOfDraw({ handle }: NewKey, { session, triple }: Call): Buffer {
  return contextOf('draw', handle, session, Buffer.from(triple));
}

function roundOf(handle: Bytes, { session, triple }: Call): string {
  return `mac.draw ${hex(handle)} ${hex(session)} ${triple.join(' ')}`;
}

function openingOf(scheme: MacScheme, mask: Uint8Array, randomness: Uint8Array) {
  return { share: mask.subarray(0, pieceBytes(scheme)), randomness };
}

function commitMask(key: NewKey, scheme: MacScheme, lacking: number, { mask, randomness }: Drawn): Buffer {
  return commitPiece(key, lacking, openingOf(scheme, mask, randomness));
}

function openDrawn(party: Party, drawer: number, scheme: MacScheme, context: Bytes, sealed: Bytes): Drawn {
  const plain = party.identity.open(drawer, sealPurpose, context, sealed);
  return readMessage(plain, drawer, (reader) => ({
    keyShare: reader.bytes(scheme.tagBytes, 'share of the key'),
    mask: reader.bytes(pieceBytes(scheme) + tailBytes, 'mask'),
    randomness: reader.bytes(randomnessBytes, 'randomness'),
  }));
}

/** The key's public part, and with what its last piece is committed to. @param commitments by role */
function pieceOfFourth(
  key: NewKey,
  scheme: MacScheme,
  triple: Triple,
  commitments: readonly Uint8Array[],
  states: Buffer,
): { readonly key: KeyCommon; readonly randomness: Uint8Array } {
  const fourth = fourthOf(triple);
  const randomness = states.subarray(pieceBytes(scheme));
  const byMember: Uint8Array[] = [];
  for (const [role, member] of triple.entries()) byMember[member - 1] = commitments[role]!;
  byMember[fourth - 1] = commitPiece(key, fourth, openingOf(scheme, states, randomness));
  return { key: { ...key, common: encodeCommon(scheme, byMember) }, randomness };
}
