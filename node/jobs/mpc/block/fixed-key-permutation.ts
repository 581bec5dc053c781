/**
 * AES-128 under one public key as a permutation of blocks, in batches through node:crypto. A call costs about 0.6 us however
 * short it is, and 2 ns per block from some 500 blocks on.
 */
import { type Cipheriv, createCipheriv, createHash } from 'node:crypto';
import { blockBytes, viewHalves } from './words.ts';

/** Blocks of a batch for callers that can choose: longer ones cost the same per block and more memory. */
export const batchBlocks = 4096;

export class FixedKeyPermutation {
  private readonly cipher: Cipheriv;

  /** @param key 16 bytes, public */
  constructor(key: Uint8Array) {
    if (key.length !== blockBytes) throw new RangeError(`a key of ${key.length} bytes`);
    this.cipher = createCipheriv('aes-128-ecb', key, null);
    this.cipher.setAutoPadding(false);
  }

  /** @param blocks whole blocks. @returns their images as halves, in memory of their own: see `giveBack` */
  permute(blocks: Uint8Array): BigInt64Array {
    return viewHalves(this.cipher.update(blocks));
  }
}

/**
 * The key for one use within one run: attacks that are amortised over many computations under one fixed key find none
 * (Guo, Katz, Wang, Weng, Yu 2020, "Better concrete security for half-gates garbling").
 *
 * @param use what the key is for; names it apart from other uses
 * @param context public bytes, such as the session's and the run's ids
 */
export function publicKeyFor(use: string, ...context: readonly Uint8Array[]): Buffer {
  const hash = createHash('sha256').update(`hypergate mpc fixed key v1\0${use}\0`);
  for (const each of context) {
    const length = Buffer.alloc(4);
    length.writeUInt32BE(each.length);
    hash.update(length).update(each);
  }
  return hash.digest().subarray(0, blockBytes);
}
