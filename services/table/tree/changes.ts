/**
 * The changes of one leaf since its page was written, newest value per key. Entries are appended to a growing buffer and
 * found through sorted offsets; a buffer that has grown or was compacted is a new one, so views stay valid.
 */
import {
  type Block,
  commonLength,
  copyBytes,
  deleted,
  entryBytes,
  entryHeadBytes,
  hasKey,
  keyAt,
  lowerBound,
} from './block.ts';

const firstBytes = 512;

export class Changes implements Block {
  bytes: Buffer = Buffer.allocUnsafeSlow(firstBytes);
  /** What all keys so far begin with, at most: shortened when a key begins otherwise. */
  prefix: Buffer;
  readonly offsets: number[] = [];
  /** Bytes of the newest entries. */
  liveBytes = 0;
  #used = 0;

  constructor(prefix: Buffer) {
    this.prefix = prefix;
  }

  get count(): number {
    return this.offsets.length;
  }

  /** @param value undefined deletes the key */
  set(key: Uint8Array, value: Uint8Array | undefined): void {
    const shared = commonLength(this.prefix, key);
    if (shared < this.prefix.length) this.#shorten(shared);
    const size = entryHeadBytes + key.length - shared + (value?.length ?? 0);
    if (this.#used + size > this.bytes.length) this.#makeRoom(size);
    const index = lowerBound(this, key);
    if (hasKey(this, index, key)) {
      this.liveBytes -= entryBytes(this, index);
      this.offsets[index] = this.#used;
    } else if (index === this.offsets.length) {
      this.offsets.push(this.#used);
    } else {
      this.offsets.splice(index, 0, this.#used);
    }
    this.#append(key, shared, value);
    this.liveBytes += size;
  }

  #append(key: Uint8Array, shared: number, value: Uint8Array | undefined): void {
    writeHead(this.bytes, this.#used, key.length - shared, value);
    const start = this.#used + entryHeadBytes;
    copyBytes(key, shared, key.length, this.bytes, start);
    this.#used = start + key.length - shared;
    if (value === undefined) return;
    this.bytes.set(value, this.#used);
    this.#used += value.length;
  }

  #makeRoom(size: number): void {
    const target = Buffer.allocUnsafeSlow(Math.max(firstBytes, 2 * (this.liveBytes + size)));
    let at = 0;
    for (let index = 0; index < this.offsets.length; index += 1) {
      const start = this.offsets[index]!;
      const length = entryBytes(this, index);
      this.bytes.copy(target, at, start, start + length);
      this.offsets[index] = at;
      at += length;
    }
    this.bytes = target;
    this.#used = at;
  }

  #shorten(shared: number): void {
    const longer: Block = {
      bytes: this.bytes,
      prefix: this.prefix,
      offsets: [...this.offsets],
      count: this.count,
    };
    this.liveBytes += longer.count * (this.prefix.length - shared);
    this.prefix = this.prefix.subarray(0, shared);
    this.bytes = Buffer.allocUnsafeSlow(Math.max(firstBytes, 2 * this.liveBytes));
    this.#used = 0;
    for (let index = 0; index < longer.count; index += 1) {
      this.offsets[index] = this.#used;
      const start = longer.offsets[index]! + entryHeadBytes;
      const suffix = keyAt(longer, index, shared);
      const tail = longer.bytes.subarray(
        start + suffix.length - (longer.prefix.length - shared),
        longer.offsets[index]! + entryBytes(longer, index),
      );
      longer.bytes.copy(this.bytes, this.#used, longer.offsets[index]!, start);
      this.bytes[this.#used] = suffix.length >>> 8;
      this.bytes[this.#used + 1] = suffix.length & 0xff;
      this.bytes.set(suffix, this.#used + entryHeadBytes);
      this.bytes.set(tail, this.#used + entryHeadBytes + suffix.length);
      this.#used += entryHeadBytes + suffix.length + tail.length;
    }
  }
}

/** Lengths of an entry (block.ts). */
export function writeHead(
  target: Buffer,
  at: number,
  suffixLength: number,
  value: Uint8Array | undefined,
): void {
  const length = value === undefined ? deleted : value.length;
  target[at] = suffixLength >>> 8;
  target[at + 1] = suffixLength & 0xff;
  target[at + 2] = length >>> 8;
  target[at + 3] = length & 0xff;
}
