/**
 * The changes of one leaf since its page was written, newest value per key. Entries are appended to a growing buffer and
 * found through sorted offsets; a buffer that has grown or was compacted is a new one, so views stay valid.
 */
import { type Block, copyBytes, deleted, entryBytes, entryHeadBytes, hasKey, lowerBound } from './block.ts';

const noPrefix = Buffer.alloc(0);
const firstBytes = 512;

export class Changes implements Block {
  bytes: Buffer = Buffer.allocUnsafeSlow(firstBytes);
  readonly prefix: Buffer = noPrefix;
  readonly offsets: number[] = [];
  /** Bytes of the newest entries. */
  liveBytes = 0;
  #used = 0;

  get count(): number {
    return this.offsets.length;
  }

  /** @param value undefined deletes the key */
  set(key: Uint8Array, value: Uint8Array | undefined): void {
    const size = entryHeadBytes + key.length + (value?.length ?? 0);
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
    writeEntry(this.bytes, this.#used, key, value);
    this.#used += size;
    this.liveBytes += size;
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
}

/** Writes an entry with its whole key; returns its end. */
export function writeEntry(
  target: Buffer,
  at: number,
  key: Uint8Array,
  value: Uint8Array | undefined,
): number {
  const valueLength = value === undefined ? deleted : value.length;
  target[at] = key.length >>> 8;
  target[at + 1] = key.length & 0xff;
  target[at + 2] = valueLength >>> 8;
  target[at + 3] = valueLength & 0xff;
  const start = at + entryHeadBytes;
  copyBytes(key, 0, key.length, target, start);
  if (value === undefined) return start + key.length;
  target.set(value, start + key.length);
  return start + key.length + value.length;
}
