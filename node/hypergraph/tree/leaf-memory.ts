/**
 * Memory for what one leaf after another is read to and merged in. A frame over many leaves needs hundreds of megabytes; as buffers of their own
 * they would wait for the garbage collector, which does not hurry for what stands outside its heap.
 */
import type { ReadMemory } from './pieces.ts';

const blockBytes = 512 * 1024;
/** A leaf that needs more takes the rest as buffers of its own. */
const blocksMax = 8;

export class LeafMemory implements ReadMemory {
  readonly #blocks: Buffer[] = [];
  #block = 0;
  #used = 0;

  take(length: number): Buffer {
    if (this.#used + length > blockBytes) {
      this.#block += 1;
      this.#used = 0;
    }
    if (length > blockBytes || this.#block >= blocksMax) return Buffer.allocUnsafeSlow(length);
    this.#blocks[this.#block] ??= Buffer.allocUnsafeSlow(blockBytes);
    this.#used += length;
    return this.#blocks[this.#block]!.subarray(this.#used - length, this.#used);
  }

  /** Everything taken is given back: nobody looks at it any more. */
  reset(): void {
    this.#block = 0;
    this.#used = 0;
  }
}
