/**
 * A hash of blocks that hides secrets which differ by one fixed secret: pi(pi(x) ^ i) ^ pi(x), where pi is AES-128 under a public
 * key and i a tweak that no other input has. Tweakable circular correlation robustness in the ideal-permutation model:
 * Guo, Katz, Wang, Yu, "Efficient and secure multiparty computation from fixed-key block ciphers" (IEEE S&P 2020), TMMO.
 */
import { batchBlocks, FixedKeyPermutation } from './fixed-key-permutation.ts';
import { allocateBlocks, blockBytes, readWords, viewWords } from './words.ts';

export class TweakedHash {
  private readonly permutation: FixedKeyPermutation;
  private readonly scratch: Buffer;
  private readonly scratchWords: Int32Array;

  /**
   * @param key 16 bytes, public, of one run: see `publicKeyFor`
   * @param blocksMax longest batch that goes to the cipher at once; longer ones are split
   */
  constructor(key: Uint8Array, blocksMax: number = batchBlocks) {
    this.permutation = new FixedKeyPermutation(key);
    this.scratch = allocateBlocks(blocksMax);
    this.scratchWords = viewWords(this.scratch);
  }

  /**
   * @param input 16 bytes for each block
   * @param tweaks 16 bytes for each block; public
   * @param out of the same length; may be `input`. Begins at a multiple of four bytes in its memory
   * @param blocks how many
   */
  hash(input: Uint8Array, tweaks: Uint8Array, out: Uint8Array, blocks: number): void {
    const bytes = blocks * blockBytes;
    if (Math.min(input.length, tweaks.length, out.length) < bytes) {
      throw new RangeError(`buffers that do not hold ${blocks} blocks`);
    }
    const most = this.scratch.length;
    for (let at = 0; at < bytes; at += most) {
      const end = Math.min(at + most, bytes);
      this.hashBatch(input.subarray(at, end), readWords(tweaks.subarray(at, end)), out.subarray(at, end));
    }
  }

  private hashBatch(input: Uint8Array, tweaks: Int32Array, out: Uint8Array): void {
    const { scratchWords } = this;
    const once = this.permutation.permute(input);
    const words = once.length;
    for (let i = 0; i < words; i++) scratchWords[i] = once[i]! ^ tweaks[i]!;
    const twice = this.permutation.permute(this.scratch.subarray(0, input.length));
    const outWords = viewWords(out);
    for (let i = 0; i < words; i++) outWords[i] = twice[i]! ^ once[i]!;
  }
}
