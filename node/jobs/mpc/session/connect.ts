/** From a stream of bytes to a channel: the handshake within its time, or the end of the stream. */
import type { Duplex } from 'node:stream';
import type { TaggedKey } from '../../../api/index.ts';
import type { RandomSource } from '../channel.ts';
import { MpcAbort } from '../errors.ts';
import type { SessionClock } from './clock.ts';
import type { SessionDescription } from './description.ts';
import { dials, partyOf } from './description.ts';
import { asAbort } from './errors.ts';
import { sessionTag } from './format/agreement.ts';
import { decodeHello } from './format/handshake.ts';
import { type Claim, OtherAgreement, SigmaInitiator, SigmaResponder } from './handshake.ts';
import { HandshakeStream } from './handshake-stream.ts';
import { sessionLimits } from './limits.ts';
import { type ChannelOptions, SecureChannel } from './secure-channel.ts';

/** This party's side of a session that is being opened. */
export interface Membership {
  readonly description: SessionDescription;
  readonly me: string;
  readonly claim: Claim;
  readonly random: RandomSource;
  readonly clock: SessionClock;
  readonly channel: ChannelOptions;
  /** Ends what is under way. Its reason is an MpcAbort. */
  readonly signal: AbortSignal;
}

/** A way to another party. Each is used once. */
export interface Connector {
  /** @throws MpcAbort */
  connect(membership: Membership, peer: string): Promise<SecureChannel>;
  /** Lets go of what it holds, when it is never used. */
  discard(): void;
}

/** Over a stream that is there already. Who dials is in the description. */
export function overStream(stream: Duplex): Connector {
  return {
    connect: (membership, peer) =>
      dials(membership.description, membership.me, peer)
        ? dialOver(stream, membership, peer)
        : answerOver(stream, membership, peer),
    discard: () => discardStream(stream),
  };
}

/** @throws MpcAbort; the stream is closed then */
export function dialOver(stream: Duplex, membership: Membership, peer: string): Promise<SecureChannel> {
  const { description, claim, random, channel } = membership;
  return withinTime(stream, peer, membership, async (wire) => {
    const tag = sessionTag(description.name);
    const sigma = new SigmaInitiator(claim, partyOf(description, peer), tag, random);
    wire.write(sigma.hello);
    const { message, agreed, link } = sigma.finish(await wire.read());
    wire.write(message);
    if (!agreed) throw new OtherAgreement(peer);
    return new SecureChannel(stream, peer, link, wire.release(), channel);
  });
}

function answerOver(stream: Duplex, membership: Membership, peer: string): Promise<SecureChannel> {
  const { name, key } = partyOf(membership.description, peer);
  const tag = sessionTag(membership.description.name);
  return answer(stream, membership, peer, (asked) => {
    if (!tag.equals(asked)) throw new MpcAbort('disagreement', peer, 'it wants another session');
    const nameOf = (of: TaggedKey) => (Buffer.compare(of, key) === 0 ? name : undefined);
    return { membership, nameOf, welcome: (channel) => channel };
  });
}

/** A session that a stranger asked for. */
export interface Asked<Result> {
  readonly membership: Membership;
  /** The expected party with a key. */
  readonly nameOf: (key: TaggedKey) => string | undefined;
  readonly welcome: (channel: SecureChannel) => Result;
}

/**
 * The side that is dialled, when which session is meant shows in the first message.
 *
 * @param find throws for a session that is not known
 * @throws MpcAbort; the stream is closed then, and a stranger was told nothing
 */
export function answer<Result>(
  stream: Duplex,
  modules: Pick<Membership, 'clock' | 'signal'>,
  party: string | undefined,
  find: (sessionTag: Uint8Array) => Asked<Result>,
): Promise<Result> {
  return withinTime(stream, party, modules, async (wire) => {
    const helloBytes = await wire.read();
    const hello = decodeHello(helloBytes);
    if (hello === undefined)
      throw new MpcAbort('malformed', party, 'it does not begin with a hello of this version');
    const { membership, nameOf, welcome } = find(hello.sessionTag);
    const sigma = new SigmaResponder(membership.claim, helloBytes, hello, membership.random);
    wire.write(sigma.reply);
    const { link, peer } = sigma.finish(await wire.read(), nameOf);
    return welcome(new SecureChannel(stream, peer, link, wire.release(), membership.channel));
  });
}

/** What was written last still goes out: it may say why. Whoever does not take it is not waited for. */
function endStream(stream: Duplex, clock: SessionClock): void {
  const stopLinger = clock.timer(sessionLimits.lingerMs, () => stream.destroy());
  stream.once('close', stopLinger);
  stream.end(() => discardStream(stream));
  stream.resume();
  if (stream.closed) stopLinger();
}

function discardStream(stream: Duplex): void {
  if (stream.closed) return;
  const ignore = (): void => undefined;
  stream.on('error', ignore).once('close', () => stream.off('error', ignore));
  stream.destroy();
}

/** Runs a handshake. The stream is closed when it fails, takes too long or is called off. */
async function withinTime<Result>(
  stream: Duplex,
  party: string | undefined,
  { clock, signal }: Pick<Membership, 'clock' | 'signal'>,
  run: (wire: HandshakeStream) => Promise<Result>,
): Promise<Result> {
  const wire = new HandshakeStream(stream, party);
  const late = new MpcAbort('timeout', party, 'the handshake took too long');
  const stopTimer = clock.timer(sessionLimits.handshakeMs, () => wire.end(late));
  const cancel = (): void => wire.end(asAbort(signal.reason));
  signal.addEventListener('abort', cancel, { once: true });
  try {
    if (signal.aborted) throw asAbort(signal.reason);
    return await run(wire);
  } catch (error) {
    wire.release();
    endStream(stream, clock);
    throw error;
  } finally {
    stopTimer();
    signal.removeEventListener('abort', cancel);
  }
}
