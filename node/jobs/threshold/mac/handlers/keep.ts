/**
 * `mac.keep`: a custodian takes over its pieces of a key, because t + 1 members signed for these commitments, of which one is honest.
 * The pieces are in memory, where it took part in making the key, or sealed to it by members that have them: each piece it should
 * have is with two other members at least, and the commitments decide which are right. Needs no task: who brings the message decides
 * nothing.
 *
 * On `made` (the key was just made) a custodian that has a share of the handle refuses another. On `held` (others have it on their disks)
 * it goes on to their generation, and never back.
 */
import { createHash } from 'node:crypto';
import type { ShareOpening } from '../../../mpc/levels/three-party/index.ts';
import { type MessageReader, MessageWriter, readMessage } from '../../codec.ts';
import { malformed, ThresholdAbort } from '../../errors.ts';
import type { Handler, KeyCommon, KeyShare, Party } from '../../party.ts';
import { contextOf } from '../compute.ts';
import {
  checkMacCommittee,
  encodeShare,
  members,
  type Openings,
  opens,
  othersThan,
  readOpening,
} from '../pieces.ts';
import { macSchemeOf } from '../schemes.ts';
import {
  type Purpose,
  readSignatures,
  type Signature,
  signersOf,
  statementOf,
  writeSignatures,
} from '../statements.ts';
import { handleBytes, hex } from './call.ts';

export const pieceSealPurpose = 'mac.piece';
const schemeCharsMax = 32;
const commonBytesMax = 256;
const sealedBytesMax = 1024;

export interface Sealed {
  readonly from: number;
  /** Pieces, each with the member that lacks it before it. */
  readonly sealed: Uint8Array;
}

export interface KeepRequest {
  readonly purpose: Purpose;
  readonly key: KeyCommon;
  readonly signatures: readonly Signature[];
  readonly sealed: readonly Sealed[];
}

/** Until `mac.keep` comes: in memory alone. */
export function keepPending(party: Party, key: KeyCommon, openings: Openings): void {
  const id = pendingOf(key);
  party.rounds.take(id);
  party.rounds.open(id, openings);
}

export const keepHandler: Handler = {
  kind: 'mac.keep',
  access: 'free',
  bodyBytesMax: 8 * 1024,
  async handle(party, { body }) {
    checkMacCommittee(party.committee);
    const { purpose, key, signatures, sealed } = readMessage(body, undefined, readKeep);
    const { threshold } = party.committee;
    if (signersOf(party.identity, purpose, statementOf(key), signatures) <= threshold)
      malformed(undefined, 'too few custodians signed for the pieces');
    const held = await party.keys.get(key.handle);
    if (!isWanted(held, purpose, key)) return new Uint8Array(0);
    const pending = party.rounds.take(pendingOf(key)) as Openings | undefined;
    const openings = pending ?? collect(party, key, sealed);
    const lacking = othersThan(party.me).filter((index) => !openings.has(index));
    if (lacking.length > 0) throw new ThresholdAbort('unavailable', undefined, 'not all its pieces came');
    const { generation, common } = key;
    await party.keys.put(
      encodeShare(key.handle, macSchemeOf(key.scheme), [{ generation, common, openings }]),
    );
    return new Uint8Array(0);
  },
};

export function writeKeep({ purpose, key, signatures, sealed }: KeepRequest): Uint8Array {
  const writer = new MessageWriter().u8(purpose === 'mac.made' ? 0 : 1);
  writer.field(Buffer.from(key.scheme)).bytes(key.handle).u32(key.generation).field(key.common);
  writeSignatures(writer, signatures);
  writer.list(sealed, ({ from, sealed: bytes }) => writer.u8(from).field(bytes));
  return writer.done();
}

function readKeep(reader: MessageReader): KeepRequest {
  const purpose = reader.u8('purpose') === 0 ? 'mac.made' : 'mac.held';
  const key = readKey(reader);
  const signatures = readSignatures(reader);
  const sealed = reader.list(members, 'sealed pieces', () => ({
    from: reader.u8('custodian'),
    sealed: reader.field(sealedBytesMax, 'sealed pieces'),
  }));
  return { purpose, key, signatures, sealed };
}

function readKey(reader: MessageReader): KeyCommon {
  const scheme = Buffer.from(reader.field(schemeCharsMax, 'scheme')).toString('latin1');
  if (!scheme.startsWith('hmac-')) malformed(undefined, 'no scheme of MACs');
  try {
    macSchemeOf(scheme);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    malformed(undefined, 'no scheme of MACs');
  }
  const handle = reader.bytes(handleBytes, 'handle');
  return {
    handle,
    scheme,
    generation: reader.u32('generation'),
    common: reader.field(commonBytesMax, 'public part'),
  };
}

/** @throws ThresholdAbort `refused` */
function isWanted(held: KeyShare | undefined, purpose: Purpose, key: KeyCommon): boolean {
  if (held === undefined) return true;
  const isSame =
    held.generation === key.generation &&
    held.scheme === key.scheme &&
    Buffer.compare(held.common, key.common) === 0;
  if (isSame) return false;
  if (purpose === 'mac.made' || held.scheme !== key.scheme)
    throw new ThresholdAbort('refused', undefined, 'it has another key of this handle');
  return key.generation >= held.generation;
}

/** Context under which pieces of a key are sealed. */
export function pieceContext(key: KeyCommon): Buffer {
  return contextOf('piece', statementOf(key));
}

export function sealPieces(party: Party, key: KeyCommon, to: number, openings: Openings): Uint8Array {
  const writer = new MessageWriter();
  const given = [...openings].filter(([lacking]) => lacking !== to);
  writer.list(given, ([lacking, { share, randomness }]) => writer.u8(lacking).bytes(share).bytes(randomness));
  return party.identity.seal(to, pieceSealPurpose, pieceContext(key), writer.done());
}

/** The right pieces of what others sealed to this member; what does not open or is another piece is left out. */
function collect(party: Party, key: KeyCommon, sealed: readonly Sealed[]): Openings {
  const found = new Map<number, ShareOpening>();
  for (const { from, sealed: bytes } of sealed) {
    for (const [lacking, opening] of openPieces(party, key, from, bytes)) {
      if (lacking !== party.me && opens(key, lacking, opening)) found.set(lacking, opening);
    }
  }
  return found;
}

function openPieces(
  party: Party,
  key: KeyCommon,
  from: number,
  sealed: Uint8Array,
): readonly (readonly [number, ShareOpening])[] {
  if (!othersThan(party.me).includes(from)) return [];
  const scheme = macSchemeOf(key.scheme);
  try {
    const plain = party.identity.open(from, pieceSealPurpose, pieceContext(key), sealed);
    return readMessage(plain, from, (reader) =>
      reader.list(members, 'pieces', () => [reader.u8('piece'), readOpening(reader, scheme)] as const),
    );
  } catch (error) {
    // One of those who send may be faulty: another one has the same pieces.
    if (!(error instanceof ThresholdAbort)) throw error;
    return [];
  }
}

function pendingOf({ handle, generation, common }: KeyCommon): string {
  return `mac.keep ${hex(handle)} ${generation} ${createHash('sha256').update(common).digest('hex')}`;
}
