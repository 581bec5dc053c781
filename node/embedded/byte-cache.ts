/**
 * Values used lately, bounded by their bytes. They stand in two generations: what is used moves to the young one, and when that
 * holds half of the bytes, the old one is forgotten and the young one grows old. So a value that is used again and again is only
 * looked up; an exact order of use would move it within a large map each time, which was a tenth of the CPU of a commit.
 */

/** Map entry, key text, buffer object and its memory, roughly. */
const overheadBytes = 384;

class Generation {
  readonly values: Map<string, Uint8Array> = new Map();
  bytes = 0;

  set(key: string, value: Uint8Array): void {
    this.values.set(key, value);
    this.bytes += sizeOf(value);
  }

  /** The value that stood there. */
  take(key: string): Uint8Array | undefined {
    const value = this.values.get(key);
    if (value === undefined) return undefined;
    this.values.delete(key);
    this.bytes -= sizeOf(value);
    return value;
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

  get(key: string): Uint8Array | undefined {
    const young = this.#young.values.get(key);
    if (young !== undefined) return young;
    const old = this.#old.take(key);
    if (old !== undefined) this.#add(key, old);
    return old;
  }

  set(key: string, value: Uint8Array): void {
    this.delete(key);
    if (value.length <= this.#valueBytesMax) this.#add(key, ownMemory(value));
  }

  delete(key: string): void {
    this.#young.take(key);
    this.#old.take(key);
  }

  clear(): void {
    this.#young = new Generation();
    this.#old = new Generation();
  }

  #add(key: string, value: Uint8Array): void {
    if (this.#young.bytes + sizeOf(value) > this.#bytesMax / 2) {
      this.#old = this.#young;
      this.#young = new Generation();
    }
    this.#young.set(key, value);
    if (this.bytes > this.#bytesMax) this.#old = new Generation();
    if (this.bytes > this.#bytesMax) this.#young = new Generation();
  }
}

const sizeOf = (value: Uint8Array): number => value.length + overheadBytes;

/** A view of a larger buffer would keep all of that: 64 KiB for a few bytes out of the runtime's pool. */
function ownMemory(value: Uint8Array): Uint8Array {
  if (value.length === 0 || value.buffer.byteLength <= 2 * value.length) return value;
  const copy = Buffer.allocUnsafeSlow(value.length);
  copy.set(value);
  return copy;
}
