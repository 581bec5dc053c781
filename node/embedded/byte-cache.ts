/** Least recently used values, bounded by their bytes. A `Map` keeps the order of insertion, which is the order of use. */

/** Map entry, key text and buffer object, roughly. */
const overheadBytes = 256;

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
    this.#values.set(key, value);
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
