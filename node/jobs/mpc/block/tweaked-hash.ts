/**
 * A hash of blocks that hides secrets which differ by one fixed secret: pi(pi(x) ^ i) ^ pi(x), where pi is AES-128 under a public
 * key and i a tweak that no other input has. Tweakable circular correlation robustness in the ideal-permutation model:
 * Guo, Katz, Wang, Yu, "Efficient and secure multiparty computation from fixed-key block ciphers" (IEEE S&P 2020), TMMO.
 */
import { batchBlocks, FixedKeyPermutation } from './fixed-key-permutation.ts';
import { giveBack } from './give-back.ts';
import { allocateBlocks, blockBytes, readHalves, viewHalves } from './words.ts';

export class TweakedHash {
  private readonly permutation: FixedKeyPermutation;
  private readonly scratch: Buffer;
  private readonly scratchHalves: BigInt64Array;

  /**
   * @param key 16 bytes, public, of one run: see `publicKeyFor`
   * @param blocksMax longest batch that goes to the cipher at once; longer ones are split
   */
  constructor(key: Uint8Array, blocksMax: number = batchBlocks) {
    this.permutation = new FixedKeyPermutation(key);
    this.scratch = allocateBlocks(blocksMax);
    this.scratchHalves = viewHalves(this.scratch);
  }

  /**
   * @param input 16 bytes for each block
   * @param tweaks 16 bytes for each block; public
   * @param out of the same length; may be `input`
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
      this.hashBatch(input.subarray(at, end), readHalves(tweaks.subarray(at, end)), out.subarray(at, end));
    }
  }

  private hashBatch(input: Uint8Array, tweaks: BigInt64Array, out: Uint8Array): void {
    const { scratchHalves } = this;
    const once = this.permutation.permute(input);
    const halves = once.length;
    for (let i = 0; i < halves; i++) scratchHalves[i] = once[i]! ^ tweaks[i]!;
    const twice = this.permutation.permute(this.scratch.subarray(0, input.length));
    const aligned = (out.byteOffset & 7) === 0;
    const hashes = aligned ? viewHalves(out) : scratchHalves;
    for (let i = 0; i < halves; i++) hashes[i] = twice[i]! ^ once[i]!;
    if (!aligned) out.set(this.scratch.subarray(0, out.length));
    giveBack(once);
    giveBack(twice);
  }
}
