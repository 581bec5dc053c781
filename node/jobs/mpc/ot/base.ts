/**
 * Base oblivious transfers: Masny and Rindal, "Endemic oblivious transfer" (ACM CCS 2019), its construction from Diffie-Hellman
 * key agreement, on ristretto255. For each transfer the receiver sends two elements r0, r1 of which it knows the discrete
 * logarithm of r_c + H(c, r_(1-c)) alone, c being its choice; the sender sends a*G and has the keys a * (r_b + H(b, r_(1-b))).
 * UC-secure against malicious parties in the random-oracle model; a party that cheats can at most choose what it gets itself,
 * which the extension (extension.ts) allows for. Both messages can cross: neither depends on the other.
 *
 * Every hash is bound to the session, the number of the transfer and its side; keys also to all that was sent. Scalar arithmetic
 * is that of @noble/curves, whose multiplications do not branch on the scalar but whose big integers are not constant-time.
 */
import { createHash } from 'node:crypto';
import {
  baseMultiply,
  decodeElement,
  elementBytes,
  encodeElement,
  type GroupElement,
  hashToElement,
  scalarFromWide,
} from '../../../crypto/ristretto.ts';
import { blockBytes } from '../block/words.ts';
import type { Channel, RandomSource } from '../channel.ts';
import { MpcAbort } from '../errors.ts';
import { otKind } from './kinds.ts';

export interface BaseOptions {
  readonly random: RandomSource;
  /** Public bytes that no other base transfers between these parties have. */
  readonly sessionId: Uint8Array;
}

/** @returns the keys of each transfer, 16 bytes each */
export async function sendBase(
  channel: Channel,
  { random, sessionId }: BaseOptions,
  count: number,
): Promise<readonly [zeros: Buffer, ones: Buffer]> {
  const scalars = Array.from({ length: count }, () => scalarFromWide(random(64)));
  const mine = Buffer.concat(scalars.map((scalar) => encodeElement(baseMultiply(scalar))));
  await channel.send(otKind.baseKeys, mine);
  const theirs = await channel.receive(otKind.baseElements, 2 * elementBytes * count);
  checkLength(channel, theirs, 2 * elementBytes * count);
  const keys = [Buffer.alloc(blockBytes * count), Buffer.alloc(blockBytes * count)] as const;
  for (const [index, scalar] of scalars.entries()) {
    await breathe(index);
    const elements = [element(theirs, 2 * index), element(theirs, 2 * index + 1)] as const;
    for (const side of [0, 1] as const) {
      const other = elements[1 - side]!;
      const shared = decode(channel, elements[side]!).add(sideElement(sessionId, index, side, other));
      const transcript = Buffer.concat([...elements, element(mine, index)]);
      if (isIdentity(shared)) throw new MpcAbort('malformed', channel.peer, 'an element without a key');
      const key = deriveKey(sessionId, index, side, transcript, shared.multiply(scalar));
      key.copy(keys[side], blockBytes * index);
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
  const scalars = Array.from({ length: count }, () => scalarFromWide(random(64)));
  const mine = Buffer.alloc(2 * elementBytes * count);
  for (const [index, scalar] of scalars.entries()) {
    await breathe(index);
    const choice = choices[index]! & 1;
    const other = encodeElement(hashToElement(random(64), 'hypergate-mpc-base-ot-v1 sample'));
    const hashed = sideElement(sessionId, index, choice, other);
    const own = encodeElement(baseMultiply(scalar).subtract(hashed));
    putPair(mine.subarray(2 * elementBytes * index), choice, own, other);
  }
  await channel.send(otKind.baseElements, mine);
  const theirs = await channel.receive(otKind.baseKeys, elementBytes * count);
  checkLength(channel, theirs, elementBytes * count);
  const keys = Buffer.alloc(blockBytes * count);
  for (const [index, scalar] of scalars.entries()) {
    await breathe(index);
    const sent = element(theirs, index);
    const transcript = Buffer.concat([
      mine.subarray(2 * elementBytes * index, 2 * elementBytes * (index + 1)),
      sent,
    ]);
    const shared = decode(channel, sent).multiply(scalar);
    deriveKey(sessionId, index, choices[index]! & 1, transcript, shared).copy(keys, blockBytes * index);
  }
  return keys;
}

/** Other work of the process takes its turn: some hundred transfers are long. */
function breathe(index: number): Promise<void> | undefined {
  return (index & 7) === 7 ? new Promise((resolve) => setImmediate(resolve)) : undefined;
}

function element(elements: Buffer, index: number): Buffer {
  return elements.subarray(elementBytes * index, elementBytes * (index + 1));
}

function decode(channel: Channel, bytes: Uint8Array): GroupElement {
  try {
    return decodeElement(bytes);
  } catch (error) {
    throw new MpcAbort('malformed', channel.peer, 'an element that is none', { cause: error });
  }
}

function isIdentity(point: GroupElement): boolean {
  return point.is0();
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
  shared: GroupElement,
): Buffer {
  return createHash('sha256')
    .update('hypergate mpc base ot v1 key\0')
    .update(position(sessionId, index, side))
    .update(transcript)
    .update(encodeElement(shared))
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

function checkLength(channel: Channel, message: Buffer, bytes: number): void {
  if (message.length !== bytes) {
    throw new MpcAbort(
      'malformed',
      channel.peer,
      `a message of ${message.length} bytes in place of ${bytes}`,
    );
  }
}
