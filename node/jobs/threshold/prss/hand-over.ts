/**
 * Keys for a custodian that was away when they were made, or lost its own: each other member of its sets seals to it those that they have in
 * common. It takes a key whose hash t + 1 members of the set signed, one of which is honest.
 */
import type { Bytes } from '../../../api/index.ts';
import { type MessageReader, MessageWriter, readMessage } from '../codec.ts';
import { malformed, ThresholdAbort } from '../errors.ts';
import type { Custodians, Handler } from '../party.ts';
import { type PrssKeySet, type PrssName, prssKeysOf, sameName } from './keys.ts';
import { prssLimits } from './limits.ts';
import {
  hashesStatement,
  readHashes,
  readName,
  type SignedHashes,
  writeHashes,
  writeName,
} from './messages.ts';
import { checkStatements, keyHash, keyHashes, keysPurpose, openValues } from './setup-handlers.ts';
import { positionsWith } from './subsets.ts';

const handPurpose = 'prss.hand';

interface HandedKeys {
  readonly statement: SignedHashes;
  /** The keys of the sets that sender and receiver have in common, in the order of `subsetsOf`. */
  readonly sealed: Bytes;
}

const status: Handler = {
  kind: 'prss.status',
  access: 'free',
  bodyBytesMax: 0,
  async handle(party) {
    const kept = await prssKeysOf(party).get();
    const none = { epoch: 0, id: new Uint8Array(prssLimits.labelBytes) };
    return writeName(new MessageWriter(), kept ?? none).done();
  },
};

const hand: Handler = {
  kind: 'prss.hand',
  access: 'free',
  bodyBytesMax: 256,
  async handle(party, { body }) {
    const { me, committee, identity } = party;
    const { name, to } = readMessage(body, undefined, (reader) => ({
      name: readName(reader),
      to: reader.u16('a custodian'),
    }));
    if (to === me || to < 1 || to > committee.members.length) malformed(undefined, 'no such custodian');
    const kept = await prssKeysOf(party).get();
    if (kept === undefined || !sameName(kept, name))
      throw new ThresholdAbort('stale', undefined, 'other keys, or none');
    const hashes = keyHashes(party, kept);
    const positions = positionsWith(committee, me);
    const common = positionsWith(committee, me, to).map((at) => kept.keys[positions.indexOf(at)]!);
    const signature = identity.sign(keysPurpose, hashesStatement(name.id, me, hashes));
    const writer = new MessageWriter();
    writeHashes(writer, { from: me, hashes, signature });
    return writer.field(identity.seal(to, handPurpose, name.id, Buffer.concat(common))).done();
  },
};

const adopt: Handler = {
  kind: 'prss.adopt',
  access: 'free',
  bodyBytesMax: prssLimits.messageBytesMax,
  async handle(party, { body }) {
    const { me, committee, identity } = party;
    const { name, handed } = readMessage(body, undefined, (reader) => ({
      name: readName(reader),
      handed: reader.list(committee.members.length, 'custodians', () => readHanded(reader)),
    }));
    const kept = await prssKeysOf(party).get();
    if (kept !== undefined && sameName(kept, name)) return new Uint8Array(0);
    if (kept !== undefined && kept.epoch >= name.epoch)
      throw new ThresholdAbort('stale', undefined, 'an epoch that is over');
    checkStatements(
      party,
      keysPurpose,
      name.id,
      handed.map(({ statement }) => statement),
    );
    const offers = handed
      .filter(({ statement }) => statement.from !== me)
      .map(({ statement: { from, hashes }, sealed }) => ({
        common: positionsWith(committee, me, from),
        theirs: positionsWith(committee, from),
        hashes,
        keys: openValues(() => identity.open(from, handPurpose, name.id, sealed)) ?? [],
      }));
    const keys = positionsWith(committee, me).map((position) => {
      const votes = new Map<string, number>();
      for (const { theirs, hashes } of offers) {
        const hash = hashes[theirs.indexOf(position)];
        if (hash === undefined) continue;
        const text = Buffer.from(hash).toString('hex');
        votes.set(text, (votes.get(text) ?? 0) + 1);
      }
      for (const { common, keys: offered } of offers) {
        const key = offered[common.indexOf(position)];
        if (key === undefined) continue;
        const hash = Buffer.from(keyHash(name.id, position, key)).toString('hex');
        if ((votes.get(hash) ?? 0) > committee.threshold) return key;
      }
      return malformed(undefined, 'no key that enough members signed');
    });
    const set: PrssKeySet = { ...name, keys };
    await prssKeysOf(party).put(set);
    return new Uint8Array(0);
  },
};

export const handOverHandlers: readonly Handler[] = [status, hand, adopt];

/** Gives custodians keys of this name from those that have them; what one cannot take now is delivered later. */
export async function handOver(
  custodians: Custodians,
  name: PrssName,
  from: readonly number[],
  lacking: readonly number[],
): Promise<void> {
  for (const to of lacking) {
    const request = writeName(new MessageWriter(), name).u16(to).done();
    const replies = await Promise.allSettled(
      from.map(async (index) => {
        const reply = await custodians.ask(index, hand.kind, request);
        // What does not read, or was not signed, would spoil what the others say.
        const { statement } = readMessage(reply, index, readHanded);
        const text = hashesStatement(name.id, index, statement.hashes);
        if (statement.from !== index || !custodians.verify(index, keysPurpose, text, statement.signature))
          malformed(index, 'what it handed over');
        return reply;
      }),
    );
    const usable = replies.flatMap((reply) => {
      if (reply.status === 'fulfilled') return [reply.value];
      if (reply.reason instanceof ThresholdAbort) return [];
      throw reply.reason;
    });
    const writer = writeName(new MessageWriter(), name);
    await custodians.deliver(to, adopt.kind, writer.list(usable, (one) => void writer.bytes(one)).done());
  }
}

function readHanded(reader: MessageReader): HandedKeys {
  return { statement: readHashes(reader), sealed: reader.field(prssLimits.sealedBytesMax, 'sealed keys') };
}
