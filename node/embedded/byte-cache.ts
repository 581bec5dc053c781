/** Least recently used values, bounded by their bytes. A `Map` keeps the order of insertion, which is the order of use. */

/** Map entry, key text, buffer object and its memory, roughly. */
const overheadBytes = 384;

export class ByteCache {
  readonly #bytesMax: number;
  readonly #valueBytesMax: number;
  readonly #values = new Map<string, Uint8Array>();
  #bytes = 0;

  constructor(bytesMax: number, valueBytesMax: number) {
    this.#bytesMax = bytesMax;
    this.#valueBytesMax = valueBytesMax;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get(key: string): Uint8Array | undefined {
    const value = this.#values.get(key);
    if (value === undefined) return undefined;
    this.#values.delete(key);
    this.#values.set(key, value);
    return value;
  }

  set(key: string, value: Uint8Array): void {
    this.delete(key);
    if (value.length > this.#valueBytesMax) return;
    this.#values.set(key, ownMemory(value));
    this.#bytes += value.length + overheadBytes;
    for (const oldest of this.#values.keys()) {
      if (this.#bytes <= this.#bytesMax) break;
      this.delete(oldest);
    }
  }

  delete(key: string): void {
    const value = this.#values.get(key);
    if (value === undefined) return;
    this.#values.delete(key);
    this.#bytes -= value.length + overheadBytes;
  }

  clear(): void {
    this.#values.clear();
    this.#bytes = 0;
  }
}

/** A view of a larger buffer would keep all of that: 64 KiB for a few bytes out of the runtime's pool. */
function ownMemory(value: Uint8Array): Uint8Array {
  if (value.length === 0 || value.buffer.byteLength <= 2 * value.length) return value;
  const copy = Buffer.allocUnsafeSlow(value.length);
  copy.set(value);
  return copy;
}
