/**
 * Memory for copies that are kept for long. In the runtime's common pool each of them would keep the whole piece, with everything short-lived
 * that was put beside it: several times what it takes itself.
 */

const slabBytes = 64 * 1024;
/** Longer ones would leave too much of a slab. */
const sharedBytesMax = slabBytes / 8;

export class CopyPool {
  #slab = Buffer.alloc(0);
  #used = 0;

  copy(bytes: Uint8Array): Buffer {
    const { length } = bytes;
    if (length > sharedBytesMax) {
      const own = Buffer.allocUnsafeSlow(length);
      own.set(bytes);
      return own;
    }
    if (this.#used + length > this.#slab.length) {
      this.#slab = Buffer.allocUnsafeSlow(slabBytes);
      this.#used = 0;
    }
    const copy = this.#slab.subarray(this.#used, this.#used + length);
    copy.set(bytes);
    this.#used += length;
    return copy;
  }
}
