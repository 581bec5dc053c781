/**
 * Values used lately, bounded by their bytes. A `Map` keeps the order of insertion, which is about the order of use: what is used
 * moves to its end when it has fallen behind half of the others. Moving it at every use was a tenth of the CPU of a small commit.
 */

/** Map entry, key text, buffer object and its memory, roughly. */
const overheadBytes = 384;

interface Entry {
  readonly value: Uint8Array;
  /** Count of moves when it came to the end. */
  moved: number;
}

export class ByteCache {
  readonly #bytesMax: number;
  readonly #valueBytesMax: number;
  readonly #entries = new Map<string, Entry>();
  #bytes = 0;
  #moves = 0;

  constructor(bytesMax: number, valueBytesMax: number) {
    this.#bytesMax = bytesMax;
    this.#valueBytesMax = valueBytesMax;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get(key: string): Uint8Array | undefined {
    const entry = this.#entries.get(key);
    if (entry === undefined) return undefined;
    if (this.#moves - entry.moved > this.#entries.size / 2) {
      this.#entries.delete(key);
      this.#append(key, entry);
    }
    return entry.value;
  }

  set(key: string, value: Uint8Array): void {
    this.delete(key);
    if (value.length > this.#valueBytesMax) return;
    this.#append(key, { value: ownMemory(value), moved: 0 });
    this.#bytes += value.length + overheadBytes;
    for (const oldest of this.#entries.keys()) {
      if (this.#bytes <= this.#bytesMax) break;
      this.delete(oldest);
    }
  }

  delete(key: string): void {
    const entry = this.#entries.get(key);
    if (entry === undefined) return;
    this.#entries.delete(key);
    this.#bytes -= entry.value.length + overheadBytes;
  }

  clear(): void {
    this.#entries.clear();
    this.#bytes = 0;
  }

  #append(key: string, entry: Entry): void {
    entry.moved = ++this.#moves;
    this.#entries.set(key, entry);
  }
}

/** A view of a larger buffer would keep all of that: 64 KiB for a few bytes out of the runtime's pool. */
function ownMemory(value: Uint8Array): Uint8Array {
  if (value.length === 0 || value.buffer.byteLength <= 2 * value.length) return value;
  const copy = Buffer.allocUnsafeSlow(value.length);
  copy.set(value);
  return copy;
}
