/**
 * Oblivious transfer of random and of chosen strings of 16 bytes from correlated transfers: hashing breaks the correlation. The sender
 * has hash(K) and hash(K ^ delta), the receiver the one of its choice. Since a malicious receiver can choose its M, each hash has a
 * tweak of its own: Guo, Katz, Wang, Yu (IEEE S&P 2020), section 4; Asharov, Lindell, Schneider, Zohner (ACM CCS 2013) for the frame.
 */
import { publicKeyFor } from '../block/fixed-key-permutation.ts';
import { TweakedHash } from '../block/tweaked-hash.ts';
import { allocateBlocks, blockBytes, readWords, viewWords } from '../block/words.ts';
import type { Channel } from '../channel.ts';
import { receiveExactly } from '../messages.ts';
import type { CotReceiver, CotSender } from './correlated.ts';
import { otKind } from './kinds.ts';

/** Transfers whose masked strings are one message: 1 MiB. */
const messageTransfers = 32 * 1024;

/** Numbers all transfers of one setup: no tweak comes twice under one delta. */
class Breaker {
  private readonly hash: TweakedHash;
  private used = 0;

  constructor(sessionId: Uint8Array) {
    this.hash = new TweakedHash(publicKeyFor('transfers', sessionId));
  }

  /** Tweaks for the next transfers. */
  next(count: number): Buffer {
    const tweaks = allocateBlocks(count);
    for (let i = 0; i < count; i++) tweaks.writeUIntLE(this.used + i, i * blockBytes, 6);
    this.used += count;
    return tweaks;
  }

  break(blocks: Uint8Array, tweaks: Buffer): Buffer {
    const count = blocks.length / blockBytes;
    const out = allocateBlocks(count);
    this.hash.hash(blocks, tweaks, out, count);
    return out;
  }
}

export interface StringPairs {
  /** 16 bytes for each transfer: what a receiver gets whose choice is 0. */
  readonly zeros: Buffer;
  readonly ones: Buffer;
}

/** Calls follow one another, in the same order as the receiver's. */
export class TransferSender {
  private readonly channel: Channel;
  private readonly cot: CotSender;
  private readonly breaker: Breaker;

  /** @param sessionId of the correlated transfers; one `TransferSender` for each setup of them */
  constructor(channel: Channel, cot: CotSender, sessionId: Uint8Array) {
    this.channel = channel;
    this.cot = cot;
    this.breaker = new Breaker(sessionId);
  }

  /** Transfers of strings that neither party chooses. @throws MpcAbort */
  async random(count: number): Promise<StringPairs> {
    const keys = await this.cot.extend(count);
    const shifted = allocateBlocks(count);
    const [words, from, delta] = [viewWords(shifted), readWords(keys), readWords(this.cot.delta)];
    for (let i = 0; i < words.length; i++) words[i] = from[i]! ^ delta[i & 3]!;
    const tweaks = this.breaker.next(count);
    return { zeros: this.breaker.break(keys, tweaks), ones: this.breaker.break(shifted, tweaks) };
  }

  /** @param strings of the same length. @throws MpcAbort */
  async send(strings: StringPairs): Promise<void> {
    const count = strings.zeros.length / blockBytes;
    if (!Number.isInteger(count) || strings.ones.length !== strings.zeros.length) {
      throw new RangeError('strings that are not of 16 bytes each');
    }
    const masks = await this.random(count);
    for (let at = 0; at < count; at += messageTransfers) {
      const [from, to] = [at * blockBytes, Math.min(count, at + messageTransfers) * blockBytes];
      const message = Buffer.concat([
        xor(strings.zeros.subarray(from, to), masks.zeros.subarray(from, to)),
        xor(strings.ones.subarray(from, to), masks.ones.subarray(from, to)),
      ]);
      await this.channel.send(otKind.masked, message);
    }
  }
}

export class TransferReceiver {
  private readonly channel: Channel;
  private readonly cot: CotReceiver;
  private readonly breaker: Breaker;

  constructor(channel: Channel, cot: CotReceiver, sessionId: Uint8Array) {
    this.channel = channel;
    this.cot = cot;
    this.breaker = new Breaker(sessionId);
  }

  /** @returns the random string of each choice */
  async random(choices: Uint8Array): Promise<Buffer> {
    const blocks = await this.cot.extend(choices);
    return this.breaker.break(blocks, this.breaker.next(choices.length));
  }

  /** @returns the sender's string of each choice. @throws MpcAbort */
  async receive(choices: Uint8Array): Promise<Buffer> {
    const strings = await this.random(choices);
    const words = viewWords(strings);
    for (let at = 0; at < choices.length; at += messageTransfers) {
      const count = Math.min(messageTransfers, choices.length - at);
      const message = await receiveExactly(this.channel, otKind.masked, 2 * blockBytes * count);
      const masked = readWords(message);
      for (let i = 0; i < 4 * count; i++) {
        const zero = masked[i]!;
        const one = masked[4 * count + i]!;
        words[4 * at + i]! ^= zero ^ ((zero ^ one) & -(choices[at + (i >> 2)]! & 1));
      }
    }
    return strings;
  }
}

function xor(left: Uint8Array, right: Uint8Array): Buffer {
  const out = allocateBlocks(left.length / blockBytes);
  const [words, a, b] = [viewWords(out), readWords(left), readWords(right)];
  for (let i = 0; i < words.length; i++) words[i] = a[i]! ^ b[i]!;
  return out;
}
