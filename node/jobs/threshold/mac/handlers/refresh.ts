/**
 * New pieces of the same key (proactive secret sharing: Herzberg, Jarecki, Krawczyk, Yung, CRYPTO 1995, for replicated shares). Whoever
 * learns pieces of one member before, and of another one after, has nothing.
 *
 * 1. `mac.refresh-deal`: t + 1 members draw a seed each, and seal it to every member. One of them is honest.
 * 2. `mac.refresh-prepare`: every member adds to piece x the pseudo-random value d_x of all seeds, of which the XOR is zero, and signs
 *    for the commitments to its new pieces, of which the randomness is a function of the old one and the seeds.
 * 3. `mac.refresh-keep`: with signatures of n - t members, and of t + 1 holders of each piece, the new pieces are taken over. The old ones
 *    stay beside them, and MACs of either generation can be computed, until
 * 4. `mac.refresh-drop`: n - t members have the new ones.
 *
 * Why the key does not change: the seeds are the only thing that a member takes from others, the values d_x add up to zero for any
 * seeds, and members with other seeds have other commitments, which do not get t + 1 signatures each. So nothing has to be checked by
 * computing with the new pieces. That every member knows all d_x is no weakness against this construction: with polynomials of
 * degree 1, too, one share of a dealer's polynomial through zero is all of it. A member that is corrupt while the key is refreshed counts
 * as corrupt before and after, as in the paper.
 */
import { createHash } from 'node:crypto';
import type { Bytes } from '../../../../api/index.ts';
import { equalConstantTime } from '../../../../crypto/compare.ts';
import { hkdf, secretKey } from '../../../../crypto/hkdf.ts';
import type { ShareOpening } from '../../../mpc/levels/three-party/index.ts';
import { type MessageReader, MessageWriter, readMessage } from '../../codec.ts';
import type { Committee } from '../../committee.ts';
import { cheater, malformed, ThresholdAbort } from '../../errors.ts';
import type { Custodians, Handler, KeyShare, Party } from '../../party.ts';
import { contextOf } from '../compute.ts';
import {
  checkMacCommittee,
  commitPiece,
  decodeShare,
  encodeCommon,
  encodeShare,
  type Generation,
  members,
  othersThan,
  randomnessBytes,
} from '../pieces.ts';
import { macSchemeOf, pieceBytes } from '../schemes.ts';
import { readSignature, signersOf } from '../statements.ts';
import { handleBytes } from './call.ts';

const seedPurpose = 'mac.refresh';
const preparePurpose = 'mac.refreshed';
const seedBytes = 32;
const digestBytes = 32;
const sealedBytesMax = 256;

/** Of one member that dealt a seed. */
export interface Deal {
  readonly dealer: number;
  /** Of the seed: all members get the same. */
  readonly commitment: Uint8Array;
  /** By member, from 1 on. */
  readonly sealed: readonly Uint8Array[];
}

/** What a member signs for: commitments to its new pieces, in the order of the members that lack them. */
export interface Prepared {
  readonly from: number;
  readonly commitments: readonly Uint8Array[];
  readonly signature: Uint8Array;
}

export const dealHandler: Handler = {
  kind: 'mac.refresh-deal',
  access: 'free',
  bodyBytesMax: 32,
  async handle(party, { body }) {
    const { handle, generation } = readMessage(body, undefined, readHead);
    const { current } = await currentOf(party, handle, generation);
    const seed = Uint8Array.from(party.random.bytes(seedBytes));
    const writer = new MessageWriter().bytes(commitSeed(handle, current, party.me, seed));
    for (let to = 1; to <= members; to++)
      writer.field(party.identity.seal(to, seedPurpose, sealContext(handle, current), seed));
    seed.fill(0);
    return writer.done();
  },
};

export function readDeal(dealer: number): (reader: MessageReader) => Deal {
  return (reader) => ({
    dealer,
    commitment: reader.bytes(digestBytes, 'commitment'),
    sealed: Array.from({ length: members }, () => reader.field(sealedBytesMax, 'sealed seed')),
  });
}

export const prepareHandler: Handler = {
  kind: 'mac.refresh-prepare',
  access: 'free',
  bodyBytesMax: 2048,
  async handle(party, { body }) {
    const { handle, generation, deals } = readMessage(body, undefined, (reader) => ({
      ...readHead(reader),
      deals: readDeals(reader),
    }));
    const { share, current } = await currentOf(party, handle, generation);
    const next = derive(party, share, current, deals);
    const commitments = commitmentsOf(share, generation + 1, next);
    const statement = preparedStatement(share, current, commitments);
    const writer = new MessageWriter();
    for (const commitment of commitments) writer.bytes(commitment);
    return writer.field(party.identity.sign(preparePurpose, statement)).done();
  },
};

export function readPrepared(from: number): (reader: MessageReader) => Prepared {
  return (reader) => ({
    from,
    commitments: Array.from({ length: members - 1 }, () => reader.bytes(digestBytes, 'commitment')),
    signature: readSignature(reader),
  });
}

/** Body of `mac.refresh-prepare`, and with what was prepared that of `mac.refresh-keep`. */
export function writeDeals(
  { handle, generation }: Pick<KeyShare, 'handle' | 'generation'>,
  deals: readonly Deal[],
  to: number,
  prepared?: readonly Prepared[],
): Uint8Array {
  const writer = new MessageWriter().bytes(handle).u32(generation);
  writer.list(deals, ({ dealer, commitment, sealed }) =>
    writer
      .u8(dealer)
      .bytes(commitment)
      .field(sealed[to - 1]!),
  );
  if (prepared !== undefined) {
    writer.list(prepared, ({ from, commitments, signature }) => {
      writer.u8(from);
      for (const commitment of commitments) writer.bytes(commitment);
      writer.field(signature);
    });
  }
  return writer.done();
}

export const refreshKeepHandler: Handler = {
  kind: 'mac.refresh-keep',
  access: 'free',
  bodyBytesMax: 4096,
  async handle(party, { body }) {
    const { handle, generation, deals, prepared } = readMessage(body, undefined, (reader) => ({
      ...readHead(reader),
      deals: readDeals(reader),
      prepared: reader.list(members, 'statements', () => readPrepared(reader.u8('custodian'))(reader)),
    }));
    const { share, current } = await currentOf(party, handle, generation);
    const scheme = macSchemeOf(share.scheme);
    const openings = derive(party, share, current, deals);
    const certified = certifiedCommitments(party.identity, party.committee, share, current, prepared);
    const own = commitmentsOf(share, generation + 1, openings);
    for (const [at, lacking] of othersThan(party.me).entries()) {
      if (!equalConstantTime(own[at]!, certified[lacking - 1]!))
        malformed(undefined, 'its new pieces are not those that others signed for');
    }
    const next = { generation: generation + 1, common: encodeCommon(scheme, certified), openings };
    await party.keys.put(encodeShare(handle, scheme, [next, current]));
    return new Uint8Array(0);
  },
};

export const refreshDropHandler: Handler = {
  kind: 'mac.refresh-drop',
  access: 'free',
  bodyBytesMax: 32,
  async handle(party, { body }) {
    checkMacCommittee(party.committee);
    const { handle, generation } = readMessage(body, undefined, readHead);
    const share = await party.keys.get(handle);
    if (share === undefined || !share.scheme.startsWith('hmac-')) return new Uint8Array(0);
    const [current, previous] = decodeShare(share, party.me);
    if (current.generation === generation && previous !== undefined)
      await party.keys.put(encodeShare(handle, macSchemeOf(share.scheme), [current]));
    return new Uint8Array(0);
  },
};

/** Body of requests that name a generation of a key. */
export function writeHead({ handle, generation }: Pick<KeyShare, 'handle' | 'generation'>): MessageWriter {
  return new MessageWriter().bytes(handle).u32(generation);
}

function readHead(reader: MessageReader): { readonly handle: Uint8Array; readonly generation: number } {
  return { handle: reader.bytes(handleBytes, 'handle'), generation: reader.u32('generation') };
}

/** What one member is told of the seeds. */
interface GivenDeal {
  readonly dealer: number;
  readonly commitment: Uint8Array;
  readonly sealed: Uint8Array;
}

function readDeals(reader: MessageReader): GivenDeal[] {
  return reader.list(members, 'deals', () => ({
    dealer: reader.u8('dealer'),
    commitment: reader.bytes(digestBytes, 'commitment'),
    sealed: reader.field(sealedBytesMax, 'sealed seed'),
  }));
}

/**
 * The generation that is refreshed: also the one before the last, when its refresh did not come to an end.
 * @throws ThresholdAbort `unknown-key`, `stale`
 */
async function currentOf(
  party: Party,
  handle: Bytes,
  generation: number,
): Promise<{ readonly share: KeyShare; readonly current: Generation }> {
  checkMacCommittee(party.committee);
  const share = await party.keys.get(handle);
  if (share === undefined || !share.scheme.startsWith('hmac-'))
    throw new ThresholdAbort('unknown-key', undefined, 'there is no such key for MACs');
  const current = decodeShare(share, party.me).find((each) => each?.generation === generation);
  if (current === undefined)
    throw new ThresholdAbort('stale', undefined, 'its share is of another generation');
  return { share, current };
}

/** @throws ThresholdAbort `cheater` for a dealer that sealed something else than it committed to */
function derive(
  party: Party,
  share: KeyShare,
  current: Generation,
  deals: readonly GivenDeal[],
): Map<number, ShareOpening> {
  const { threshold } = party.committee;
  const ascend = deals.every(({ dealer }, at) => dealer <= members && dealer > (deals[at - 1]?.dealer ?? 0));
  if (deals.length !== threshold + 1 || !ascend) malformed(undefined, 't + 1 different members deal');
  const seeds = deals.map(({ dealer, commitment, sealed }) => {
    const seed = party.identity.open(dealer, seedPurpose, sealContext(share.handle, current), sealed);
    const expected = commitSeed(share.handle, current, dealer, seed);
    if (seed.length !== seedBytes || !equalConstantTime(expected, commitment))
      cheater(dealer, 'a seed that it did not commit to');
    return seed;
  });
  const all = secretKey(Buffer.concat(seeds));
  const bytes = pieceBytes(macSchemeOf(share.scheme));
  const values = Array.from({ length: members }, (_, at) =>
    at === members - 1 ? Buffer.alloc(bytes) : hkdf(all, share.handle, info('piece', at + 1), bytes),
  );
  const last = values.at(-1)!;
  for (const value of values.slice(0, -1)) for (let i = 0; i < bytes; i++) last[i]! ^= value[i]!;
  return new Map(
    [...current.openings].map(([lacking, opening]) => {
      const value = values[lacking - 1]!;
      // The old randomness is known to holders alone, the seeds to all members.
      const from = secretKey(Buffer.concat([opening.randomness, ...seeds]));
      const randomness = hkdf(from, share.handle, info('randomness', lacking), randomnessBytes);
      return [lacking, { share: opening.share.map((byte, i) => byte ^ value[i]!), randomness }];
    }),
  );
}

function info(what: string, lacking: number): Buffer {
  return Buffer.from(`hypergate/threshold/mac/refresh/v1 ${what} ${lacking}`);
}

function commitmentsOf(
  { handle, scheme }: KeyShare,
  generation: number,
  openings: ReadonlyMap<number, ShareOpening>,
): Buffer[] {
  return [...openings.keys()]
    .sort((a, b) => a - b)
    .map((lacking) => commitPiece({ handle, scheme, generation }, lacking, openings.get(lacking)!));
}

function preparedStatement(
  { handle, scheme }: Pick<KeyShare, 'handle' | 'scheme'>,
  { generation, common }: Pick<Generation, 'generation' | 'common'>,
  commitments: readonly Uint8Array[],
): Buffer {
  return contextOf('refreshed', handle, Buffer.from(`${scheme} ${generation}`), common, ...commitments);
}

/**
 * By the member that lacks the piece: those that t + 1 of n - t members signed for.
 * @throws ThresholdAbort `malformed` when there are none
 */
export function certifiedCommitments(
  by: Pick<Custodians, 'verify'>,
  committee: Committee,
  share: Pick<KeyShare, 'handle' | 'scheme'>,
  current: Pick<Generation, 'generation' | 'common'>,
  prepared: readonly Prepared[],
): Uint8Array[] {
  const holding = prepared.filter(
    ({ from, commitments, signature }) =>
      signersOf(by, preparePurpose, preparedStatement(share, current, commitments), [{ from, signature }]) ===
      1,
  );
  if (new Set(holding.map(({ from }) => from)).size < members - committee.threshold)
    malformed(undefined, 'too few custodians signed for new pieces');
  return othersThan(0).map((lacking) => {
    const votes = new Map<string, Set<number>>();
    for (const { from, commitments } of holding) {
      const commitment = commitments[othersThan(from).indexOf(lacking)];
      if (commitment === undefined) continue;
      const key = Buffer.from(commitment).toString('hex');
      votes.set(key, (votes.get(key) ?? new Set()).add(from));
    }
    const [found] = [...votes].find(([, from]) => from.size > committee.threshold) ?? [];
    if (found === undefined) malformed(undefined, 'holders do not agree on a new piece');
    return Buffer.from(found, 'hex');
  });
}

function sealContext(handle: Bytes, { generation, common }: Generation): Buffer {
  return contextOf('refresh-seal', handle, Buffer.from(String(generation)), common);
}

function commitSeed(handle: Bytes, current: Generation, dealer: number, seed: Uint8Array): Buffer {
  return createHash('sha256')
    .update('hypergate/threshold/mac/refresh-seed/v1\0')
    .update(sealContext(handle, current))
    .update(Buffer.of(dealer))
    .update(seed)
    .digest();
}
