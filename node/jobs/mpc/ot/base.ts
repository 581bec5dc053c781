/**
 * Base oblivious transfers: Masny and Rindal, "Endemic oblivious transfer" (ACM CCS 2019), its construction from Diffie-Hellman
 * key agreement, with elements of ristretto255 (RFC 9496) and hashes into the group by RFC 9380. For each transfer the receiver
 * sends two elements r0, r1 such that it knows the discrete logarithm of r_c + H(c, r_(1-c)) alone, c being its choice; the sender
 * sends a*G and has the keys a * (r_b + H(b, r_(1-b))). UC-secure against malicious parties in the random-oracle model; a party
 * that cheats can at most choose what it gets itself, which the extension (extension.ts) allows for. Neither message depends on
 * the other. A secret scalar is used for one transfer only.
 *
 * Products are compared as u-coordinates (exchange.ts). Every hash is bound to the session, the number of the transfer and its
 * side; keys also to all that was sent. The choice enters a hash, a mask and nothing else; the additions and encodings of
 * elements are big integers of @noble/curves, whose duration depends on them a little.
 */
import { createHash } from 'node:crypto';
import {
  decodeElement,
  elementBytes,
  encodeElement,
  type GroupElement,
  hashToElement,
} from '../../../crypto/ristretto.ts';
import { blockBytes } from '../block/words.ts';
import type { Channel, RandomSource } from '../channel.ts';
import { MpcAbort } from '../errors.ts';
import { receiveExactly } from '../messages.ts';
import {
  coordinateBytes,
  coordinatesOf,
  drawCoordinate,
  drawElement,
  type ExchangeSecret,
  multiplyCoordinate,
} from './exchange.ts';
import { otKind } from './kinds.ts';

export interface BaseOptions {
  readonly random: RandomSource;
  /** Public bytes that no other base transfers between these parties have. */
  readonly sessionId: Uint8Array;
}

const pairBytes = 2 * elementBytes;

/** @returns the keys of each transfer, 16 bytes each */
export async function sendBase(
  channel: Channel,
  { random, sessionId }: BaseOptions,
  count: number,
): Promise<readonly [zeros: Buffer, ones: Buffer]> {
  const secrets: ExchangeSecret[] = [];
  const mine = Buffer.alloc(coordinateBytes * count);
  for (let index = 0; index < count; index++) {
    const { secret, coordinate } = drawCoordinate(random);
    secrets.push(secret);
    mine.set(coordinate, coordinateBytes * index);
  }
  await channel.send(otKind.baseKeys, mine);
  const theirs = await receiveExactly(channel, otKind.baseElements, pairBytes * count);
  const keys = [Buffer.alloc(blockBytes * count), Buffer.alloc(blockBytes * count)] as const;
  for (const [index, secret] of secrets.entries()) {
    await breathe(index);
    const pair = part(theirs, index, pairBytes);
    const transcript = Buffer.concat([pair, part(mine, index, coordinateBytes)]);
    const coordinates = coordinatesOf(agreements(channel, sessionId, index, pair));
    for (const side of [0, 1] as const) {
      const shared = multiplyCoordinate(secret, coordinates[side]!);
      if (shared === undefined) throw new Error('an element of low order in a group of prime order');
      keys[side].set(deriveKey(sessionId, index, side, transcript, shared), blockBytes * index);
    }
  }
  return keys;
}

/**
 * @param choices 0 or 1 for each transfer, secret
 * @returns the key of the side that was chosen, 16 bytes each
 */
export async function receiveBase(
  channel: Channel,
  { random, sessionId }: BaseOptions,
  choices: Uint8Array,
): Promise<Buffer> {
  const count = choices.length;
  const secrets: ExchangeSecret[] = [];
  const mine = Buffer.alloc(pairBytes * count);
  for (const [index, choice] of choices.entries()) {
    await breathe(index);
    const { secret, element } = drawElement(random);
    secrets.push(secret);
    const other = encodeElement(hashToElement(random(64), 'hypergate-mpc-base-ot-v1 sample'));
    const own = encodeElement(element.subtract(sideElement(sessionId, index, choice & 1, other)));
    putPair(part(mine, index, pairBytes), choice & 1, own, other);
  }
  await channel.send(otKind.baseElements, mine);
  const theirs = await receiveExactly(channel, otKind.baseKeys, coordinateBytes * count);
  const keys = Buffer.alloc(blockBytes * count);
  for (const [index, secret] of secrets.entries()) {
    await breathe(index);
    const coordinate = part(theirs, index, coordinateBytes);
    const shared = multiplyCoordinate(secret, coordinate);
    if (shared === undefined) throw new MpcAbort('malformed', channel.peer, 'a key of low order');
    const transcript = Buffer.concat([part(mine, index, pairBytes), coordinate]);
    keys.set(deriveKey(sessionId, index, choices[index]! & 1, transcript, shared), blockBytes * index);
  }
  return keys;
}

/** r_b + H(b, r_(1-b)) for both sides. @throws MpcAbort `malformed` for elements that are none, or a sum without secret multiples */
function agreements(channel: Channel, sessionId: Uint8Array, index: number, pair: Buffer): GroupElement[] {
  const encoded = [pair.subarray(0, elementBytes), pair.subarray(elementBytes)] as const;
  return ([0, 1] as const).map((side) => {
    const sum = decode(channel, encoded[side]).add(
      sideElement(sessionId, index, side, encoded[side === 0 ? 1 : 0]),
    );
    if (sum.is0()) throw new MpcAbort('malformed', channel.peer, 'two elements whose sum is the identity');
    return sum;
  });
}

/** Other work of the process takes its turn: some hundred transfers are long. */
function breathe(index: number): Promise<void> | undefined {
  return (index & 7) === 7 ? new Promise((resolve) => setImmediate(resolve)) : undefined;
}

function part(message: Buffer, index: number, bytes: number): Buffer {
  return message.subarray(bytes * index, bytes * (index + 1));
}

function decode(channel: Channel, bytes: Uint8Array): GroupElement {
  try {
    return decodeElement(bytes);
  } catch (error) {
    throw new MpcAbort('malformed', channel.peer, 'an element that is none', { cause: error });
  }
}

/** `own` at the side of the choice and `other` at the other one, without a branch on the choice. */
function putPair(out: Buffer, choice: number, own: Buffer, other: Buffer): void {
  const mask = -choice & 0xff;
  for (let i = 0; i < elementBytes; i++) {
    const difference = (own[i]! ^ other[i]!) & mask;
    out[i] = own[i]! ^ difference;
    out[elementBytes + i] = other[i]! ^ difference;
  }
}

/** The random oracle into the group. @param other the element of the other side */
function sideElement(sessionId: Uint8Array, index: number, side: number, other: Buffer): GroupElement {
  return hashToElement(
    Buffer.concat([position(sessionId, index, side), other]),
    'hypergate-mpc-base-ot-v1 side',
  );
}

function deriveKey(
  sessionId: Uint8Array,
  index: number,
  side: number,
  transcript: Buffer,
  shared: Buffer,
): Buffer {
  return createHash('sha256')
    .update('hypergate mpc base ot v1 key\0')
    .update(position(sessionId, index, side))
    .update(transcript)
    .update(shared)
    .digest()
    .subarray(0, blockBytes);
}

function position(sessionId: Uint8Array, index: number, side: number): Buffer {
  const head = Buffer.alloc(9);
  head.writeUInt32BE(sessionId.length);
  head.writeUInt32BE(index, 4);
  head[8] = side;
  return Buffer.concat([head, sessionId]);
}
