/**
 * Values used lately, bounded by their bytes: two generations. What is asked for in the older one moves to the younger one; when the younger
 * one has half of the bytes, the older one is dropped as a whole. A `Map` in the order of use cost more than what it saved: each
 * removal of its first key walks over the holes of those before it.
 */

/** Map entry, key text, buffer object and its memory, roughly. */
const overheadBytes = 384;

class Generation {
  bytes = 0;
  readonly #values = new Map<string, Uint8Array>();

  get(key: string): Uint8Array | undefined {
    return this.#values.get(key);
  }

  add(key: string, value: Uint8Array): void {
    this.#values.set(key, value);
    this.bytes += value.length + overheadBytes;
  }

  /** @returns what was there */
  take(key: string): Uint8Array | undefined {
    const value = this.#values.get(key);
    if (value === undefined) return undefined;
    this.#values.delete(key);
    this.bytes -= value.length + overheadBytes;
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
    const value = this.#young.get(key);
    if (value !== undefined) return value;
    const older = this.#old.take(key);
    if (older !== undefined) this.#add(key, older);
    return older;
  }

  set(key: string, value: Uint8Array): void {
    this.delete(key);
    if (value.length <= this.#valueBytesMax) this.#add(key, ownMemory(value));
  }

  delete(key: string): void {
    if (this.#young.take(key) === undefined) this.#old.take(key);
  }

  clear(): void {
    this.#young = new Generation();
    this.#old = new Generation();
  }

  #add(key: string, value: Uint8Array): void {
    if ((this.#young.bytes + value.length + overheadBytes) * 2 > this.#bytesMax) {
      this.#old = this.#young;
      this.#young = new Generation();
    }
    this.#young.add(key, value);
  }
}

/** A view of a larger buffer would keep all of that: 64 KiB for a few bytes out of the runtime's pool. */
function ownMemory(value: Uint8Array): Uint8Array {
  if (value.length === 0 || value.buffer.byteLength <= 2 * value.length) return value;
  const copy = Buffer.allocUnsafeSlow(value.length);
  copy.set(value);
  return copy;
}
