/**
 * The end of a run: all parties compare what went over the channels before any of them releases an output.
 *
 * 1. On each channel both say the hash of all that they sent, and compare it with the hash of what they received.
 * 2. Each tells all others the transcripts of its channels. Two parties have the same of the channel between them; of the others'
 *    channels both ends must say the same.
 * 3. With four parties or more, two that work together could say different things of the channel between them; so all compare
 *    the hash over all of it (echo broadcast with abort: Goldwasser, Lindell, "Secure computation without agreement", 2002).
 *
 * Afterwards all honest parties that release anything have the same transcript of the run.
 */
import type { TaggedHash } from '../../../api/index.ts';
import { MpcAbort } from '../errors.ts';
import { controlKind } from './format/control.ts';
import { hashBytes, hashOf, taggedHashOf } from './format/hashes.ts';
import type { Links } from './links.ts';

/** From how many parties on some channel may have two ends that both leave the protocol while two other parties do not. */
const echoPartiesMin = 4;

/**
 * @param parties all names, in order
 * @throws MpcAbort
 */
export async function confirmRun(
  links: Links,
  parties: readonly string[],
  me: string,
  runId: Uint8Array,
): Promise<TaggedHash> {
  const own = await compareChains(links, parties, me, runId);
  const rows = await exchangeLinks(links, parties, me, own);
  const transcript = taggedHashOf('transcript', runId, ...orderedPairs(parties, rows));
  if (parties.length >= echoPartiesMin) {
    await links.agree(controlKind.transcript, transcript, 'transcript of the run');
  }
  return transcript;
}

/** Transcripts of this party's channels by the other party. */
async function compareChains(
  links: Links,
  parties: readonly string[],
  me: string,
  runId: Uint8Array,
): Promise<Map<string, Buffer>> {
  const channels = [...links.channels.values()];
  const sent = new Map(channels.map((channel) => [channel.peer, channel.sentChain()]));
  for (const channel of channels) channel.sendControl(controlKind.chain, sent.get(channel.peer)!);
  const index = (name: string) => parties.indexOf(name);
  const entries = channels.map(async (channel): Promise<[string, Buffer]> => {
    const { peer } = channel;
    const received = await channel.receiveChain();
    const isFirst = index(me) < index(peer);
    const ends = isFirst ? Buffer.of(index(me), index(peer)) : Buffer.of(index(peer), index(me));
    const chains = isFirst ? [sent.get(peer)!, received] : [received, sent.get(peer)!];
    return [peer, hashOf('link', runId, ends, ...chains)];
  });
  return new Map(await Promise.all(entries));
}

/** A row for each party: the transcript of its channel to each party, in order; zeros for itself. */
async function exchangeLinks(
  links: Links,
  parties: readonly string[],
  me: string,
  own: ReadonlyMap<string, Buffer>,
): Promise<Map<string, Buffer>> {
  const row = Buffer.concat(parties.map((peer) => (peer === me ? Buffer.alloc(hashBytes) : own.get(peer)!)));
  const rows = new Map(await links.exchange(controlKind.links, row.length, () => row));
  rows.set(me, row);
  for (const [name, each] of rows) {
    if (name === me) continue;
    if (Buffer.compare(at(each, parties.indexOf(me)), own.get(name)!) !== 0) {
      throw new MpcAbort('cheating', name, 'it has another transcript of the channel to this party');
    }
  }
  return rows;
}

/** Transcripts of all channels. @throws MpcAbort when two ends say different things */
function orderedPairs(parties: readonly string[], rows: ReadonlyMap<string, Buffer>): Buffer[] {
  return parties.flatMap((left, i) =>
    parties.slice(i + 1).map((right, offset) => {
      const ofLeft = at(rows.get(left)!, i + 1 + offset);
      if (Buffer.compare(ofLeft, at(rows.get(right)!, i)) !== 0) {
        throw new MpcAbort(
          'cheating',
          undefined,
          `${left} and ${right} say different things of their channel`,
        );
      }
      return ofLeft;
    }),
  );
}

function at(row: Buffer, index: number): Buffer {
  return row.subarray(index * hashBytes, (index + 1) * hashBytes);
}
