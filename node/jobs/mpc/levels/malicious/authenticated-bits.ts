/**
 * Authenticated bits: the holder of bit x has a MAC M, the other party a key K and its own secret delta, with M = K ^ x * delta.
 * Sums of such bits are authenticated by sums of their MACs and keys. They are correlated transfers whose choice is the bit
 * (Wang, Ranellucci, Katz 2017, section 2; Nielsen, Nordholt, Orlandi, Burra 2012).
 *
 * A shared bit is the sum of two: each party holds one, and the key of the other's.
 */
import { readWords } from '../../block/words.ts';
import type { RandomSource } from '../../channel.ts';
import { bitsOfBytes } from '../../circuit/bits.ts';
import type { CotReceiver, CotSender } from '../../ot/correlated.ts';
import { maliciousLimits } from './limits.ts';
import { packedBytes } from './link.ts';

/** This party's side of random shared bits: four words of MAC and of key for each. */
export interface SharedBits {
  readonly bits: Uint8Array;
  readonly macs: Int32Array;
  /** Of the other party's bits. */
  readonly keys: Int32Array;
}

export class AuthenticatedBitSource {
  private readonly isGarbler: boolean;
  private readonly sender: CotSender;
  private readonly receiver: CotReceiver;
  private readonly random: RandomSource;
  private readonly deltaWords: Int32Array;

  constructor(isGarbler: boolean, sender: CotSender, receiver: CotReceiver, random: RandomSource) {
    this.isGarbler = isGarbler;
    this.sender = sender;
    this.receiver = receiver;
    this.random = random;
    this.deltaWords = readWords(sender.delta);
  }

  /** This party's secret: four words. */
  get delta(): Int32Array {
    return this.deltaWords;
  }

  /** Random bits of both parties. */
  async shared(count: number): Promise<SharedBits> {
    const macs = new Int32Array(4 * count);
    const keys = new Int32Array(4 * count);
    return { bits: await this.sharedInto(count, macs, keys), macs, keys };
  }

  /** The same, with MACs and keys where they are wanted. The garbler's bits are made first. */
  async sharedInto(count: number, macs: Int32Array, keys: Int32Array): Promise<Uint8Array> {
    if (!this.isGarbler) await this.keysInto(count, keys);
    const bits = await this.ownInto(count, macs);
    if (this.isGarbler) await this.keysInto(count, keys);
    return bits;
  }

  /** Random bits of this party, while the other calls `keys`. */
  async own(count: number): Promise<{ bits: Uint8Array; macs: Int32Array }> {
    const macs = new Int32Array(4 * count);
    return { bits: await this.ownInto(count, macs), macs };
  }

  /** Keys of the other party's random bits, while it calls `own`. */
  async keys(count: number): Promise<Int32Array> {
    const keys = new Int32Array(4 * count);
    await this.keysInto(count, keys);
    return keys;
  }

  private async ownInto(count: number, macs: Int32Array): Promise<Uint8Array> {
    const bits = bitsOfBytes(this.random(packedBytes(count)), count);
    for (let at = 0; at < count; at += maliciousLimits.bitsAtOnce) {
      const end = Math.min(count, at + maliciousLimits.bitsAtOnce);
      macs.set(readWords(await this.receiver.extend(bits.subarray(at, end))), 4 * at);
    }
    return bits;
  }

  private async keysInto(count: number, keys: Int32Array): Promise<void> {
    for (let at = 0; at < count; at += maliciousLimits.bitsAtOnce) {
      const end = Math.min(count, at + maliciousLimits.bitsAtOnce);
      keys.set(readWords(await this.sender.extend(end - at)), 4 * at);
    }
  }
}
