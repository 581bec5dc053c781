/** Two ends of a secure channel, of which a test holds the wire between. */
import { type Duplex, duplexPair } from 'node:stream';
import { type ChannelOptions, SecureChannel } from '../../session/secure-channel.ts';
import { seededRandom } from './seeded-random.ts';

export interface ChannelPair {
  readonly alice: SecureChannel;
  readonly bob: SecureChannel;
  readonly streams: readonly [Duplex, Duplex];
}

/** @param streams ends of the first and of the second; connected with each other when left out */
export function channelPair(
  options: ChannelOptions = {},
  streams: readonly [Duplex, Duplex] = duplexPair(),
  seed = 'channel',
): ChannelPair {
  return {
    alice: channelEnd(streams[0], 'bob', true, options, seed),
    bob: channelEnd(streams[1], 'alice', false, options, seed),
    streams,
  };
}

/** One end, whose keys come from the seed. */
export function channelEnd(
  stream: Duplex,
  peer: string,
  isInitiator: boolean,
  options: ChannelOptions = {},
  seed = 'channel',
): SecureChannel {
  const random = seededRandom(seed);
  const [a, b, transcript, peerKey] = [32, 32, 32, 33].map((bytes) => Buffer.from(random(bytes)));
  const [sendSecret, receiveSecret] = isInitiator ? [a!, b!] : [b!, a!];
  const link = { isInitiator, peerKey: peerKey!, sendSecret, receiveSecret, transcript: transcript! };
  return new SecureChannel(stream, peer, link, Buffer.alloc(0), options);
}

/** All that an end writes, until it ends, by write. */
export async function written(stream: Duplex, write: () => Promise<unknown>): Promise<Buffer[]> {
  const pieces: Buffer[] = [];
  stream.on('data', (piece: Buffer) => pieces.push(piece));
  await write();
  await new Promise((resolve) => setImmediate(resolve));
  return pieces;
}
