/**
 * Values used lately, bounded by their bytes: two generations. What is asked for in the older one is copied to the younger one; when the
 * younger one has half of the bytes, the older one is dropped as a whole, with its memory. A `Map` in the order of use cost more
 * than what it saved, as each removal of its first key walks over the holes of those before it; and values with memory of their own
 * left holes everywhere.
 */

/** Map entry, key text and buffer object, roughly. */
const overheadBytes = 288;
const slabBytes = 64 * 1024;
/** Longer ones have memory of their own. */
const sharedBytesMax = slabBytes / 8;

class Generation {
  /** Also of what was replaced or removed. */
  bytes = 0;
  readonly values = new Map<string, Uint8Array>();
  #slab = new Uint8Array(0);
  #used = 0;

  add(key: string, value: Uint8Array): Uint8Array {
    const copy = this.#copy(value);
    this.values.set(key, copy);
    this.bytes += value.length + overheadBytes;
    return copy;
  }

  #copy(value: Uint8Array): Uint8Array {
    const { length } = value;
    // It says that there is no value.
    if (length === 0) return value;
    const bytes = length > sharedBytesMax ? Buffer.allocUnsafeSlow(length) : this.#shared(length);
    bytes.set(value);
    return bytes;
  }

  #shared(length: number): Uint8Array {
    if (this.#used + length > this.#slab.length) {
      this.#slab = Buffer.allocUnsafeSlow(slabBytes);
      this.#used = 0;
    }
    const bytes = this.#slab.subarray(this.#used, this.#used + length);
    this.#used += length;
    return bytes;
  }
}

export class ByteCache {
  readonly #bytesMax: number;
  readonly #valueBytesMax: number;
  #young = new Generation();
  #old = new Generation();

  constructor(bytesMax: number, valueBytesMax: number) {
    this.#bytesMax = bytesMax;
    this.#valueBytesMax = valueBytesMax;
  }

  get bytes(): number {
    return this.#young.bytes + this.#old.bytes;
  }

  /** Not to be kept: a view of memory with other values. An empty one is the one that was set. */
  get(key: string): Uint8Array | undefined {
    const value = this.#young.values.get(key);
    if (value !== undefined) return value;
    const older = this.#old.values.get(key);
    if (older === undefined) return undefined;
    this.#old.values.delete(key);
    return this.#add(key, older);
  }

  set(key: string, value: Uint8Array): void {
    this.delete(key);
    if (value.length <= this.#valueBytesMax) this.#add(key, value);
  }

  delete(key: string): void {
    if (!this.#young.values.delete(key)) this.#old.values.delete(key);
  }

  clear(): void {
    this.#young = new Generation();
    this.#old = new Generation();
  }

  #add(key: string, value: Uint8Array): Uint8Array {
    if ((this.#young.bytes + value.length + overheadBytes) * 2 > this.#bytesMax) {
      this.#old = this.#young;
      this.#young = new Generation();
    }
    return this.#young.add(key, value);
  }
}
