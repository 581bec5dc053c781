/**
 * The base of every dictionary of the engine: distinct strings in a dense list, found through an open-addressing index.
 * The dense list gives random picks in O(1) and cursors with the guarantee of SCAN without any state: a cursor counts
 * down, removal moves the last entry into the gap, so an entry that was not yet visited never lands where the cursor has
 * been. A subclass
 * keeps its columns in the same order.
 */
import type { DenseTracker } from './dense-tracker.ts';
import { hashString } from './hash-string.ts';
import { engineLimits } from './limits.ts';

const empty = new Int32Array(0);
/** Entries of the smallest index. */
const indexLengthMin = 16;

export class IndexedKeys {
  /** Dense: positions 0 to size - 1. */
  readonly keys: string[] = [];
  /** Of a large collection whose record is in segments. */
  segments: DenseTracker | undefined = undefined;
  private hashes: Int32Array = empty;
  /** Position + 1, or 0; open addressing with linear probing and backward-shift deletion. Empty while small. */
  private index: Int32Array = empty;

  get size(): number {
    return this.keys.length;
  }

  /** Position of the key or -1. `hash` spares computing it again. */
  find(key: string, hash?: number): number {
    const { index, keys } = this;
    if (index.length === 0) {
      for (let i = keys.length - 1; i >= 0; i--) if (keys[i] === key) return i;
      return -1;
    }
    const wanted = hash ?? hashString(key);
    const mask = index.length - 1;
    for (let at = wanted & mask; ; at = (at + 1) & mask) {
      const position = index[at]! - 1;
      if (position < 0) return -1;
      if (this.hashes[position] === wanted && keys[position] === key) return position;
    }
  }

  /** Adds a key that is not there. @returns its position */
  protected append(key: string, hash?: number): number {
    const position = this.keys.length;
    if (this.segments !== undefined) this.segments.touchAt(position);
    this.keys.push(key);
    if (this.index.length > 0) {
      this.store(position, hash ?? hashString(key));
      if ((position + 1) * 4 > this.index.length * 3) this.buildIndex(this.index.length * 2);
      else this.link(position);
    } else if (position >= engineLimits.dictLinearMax) {
      for (let i = 0; i <= position; i++) this.store(i, hashString(this.keys[i]!));
      this.buildIndex(indexLengthMin);
    }
    return position;
  }

  /** Removes the key at a position; the last one takes its place. A subclass changes its columns after this. */
  protected removeAt(position: number): void {
    const last = this.keys.length - 1;
    if (this.segments !== undefined) this.segments.removing(position, last);
    if (this.index.length > 0) {
      this.unlink(position);
      if (position !== last) {
        const at = this.slotOf(last);
        this.index[at] = position + 1;
        this.hashes[position] = this.hashes[last]!;
      }
    }
    if (position !== last) this.keys[position] = this.keys[last]!;
    this.keys.length = last;
    if (this.index.length > indexLengthMin && last * 8 < this.index.length) {
      this.hashes = this.hashes.slice(0, this.index.length);
      this.buildIndex(this.index.length >> 1);
    }
  }

  protected clearKeys(): void {
    this.segments = undefined;
    this.keys.length = 0;
    this.hashes = empty;
    this.index = empty;
  }

  private store(position: number, hash: number): void {
    if (position >= this.hashes.length) {
      const larger = new Int32Array(Math.max(16, this.hashes.length * 2));
      larger.set(this.hashes);
      this.hashes = larger;
    }
    this.hashes[position] = hash;
  }

  private buildIndex(length: number): void {
    this.index = new Int32Array(length);
    for (let i = 0; i < this.keys.length; i++) this.link(i);
  }

  private link(position: number): void {
    const { index } = this;
    const mask = index.length - 1;
    let at = this.hashes[position]! & mask;
    while (index[at] !== 0) at = (at + 1) & mask;
    index[at] = position + 1;
  }

  private slotOf(position: number): number {
    const { index } = this;
    const mask = index.length - 1;
    let at = this.hashes[position]! & mask;
    while (index[at] !== position + 1) at = (at + 1) & mask;
    return at;
  }

  /** Backward-shift deletion (Knuth, TAOCP vol. 3, 6.4, algorithm R). */
  private unlink(position: number): void {
    const { index } = this;
    const mask = index.length - 1;
    let gap = this.slotOf(position);
    for (let at = (gap + 1) & mask; index[at] !== 0; at = (at + 1) & mask) {
      const home = this.hashes[index[at]! - 1]! & mask;
      if (((at - home) & mask) >= ((at - gap) & mask)) {
        index[gap] = index[at]!;
        gap = at;
      }
    }
    index[gap] = 0;
  }
}
