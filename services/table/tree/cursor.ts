/**
 * Walks entries of the tree with keys in [low, high), in either direction. It stays valid whatever happens to the tree:
 * a leaf it stands in has a version, and when that moved it finds its place again by the last key.
 */
import { type Block, hasKey, isDeleted, keyAt, lowerBound, lowerBoundNear, valueAt } from './block.ts';
import type { Changes } from './changes.ts';
import type { Leaf, Place } from './directory.ts';
import type { IndexTree } from './index-tree.ts';
import { emptyPage, type Page } from './page.ts';

export interface CursorRange {
  /** Inclusive. */
  readonly low: Buffer;
  /** Exclusive; undefined: no bound. */
  readonly high: Buffer | undefined;
  readonly reverse: boolean;
}

export class TreeCursor {
  readonly #tree: IndexTree;
  readonly #range: CursorRange;
  #leaf: Leaf | undefined;
  #version = 0;
  /** What can be sought in this leaf: from `lower` to `upper`, undefined behind the last leaf. Holds for this version. */
  #lower: Buffer = Buffer.alloc(0);
  #upper: Buffer | undefined;
  #page: Page = emptyPage;
  #changes: Changes | undefined;
  /** Next positions: forward the entry at them, in reverse the one before them; and where to stop. */
  #inPage = 0;
  #inChanges = 0;
  #pageEnd = 0;
  #changesEnd = 0;
  /** Where the next change belongs in the page, and whether it replaces the entry there. */
  #changeAt = 0;
  #changeReplaces = false;
  /** Where to go on: a key that was not yet (`inclusive`) or just given. */
  #resume: Buffer | undefined;
  #inclusive = true;
  #ended = false;
  #block: Block | undefined;
  #index = 0;

  constructor(tree: IndexTree, range: CursorRange) {
    this.#tree = tree;
    this.#range = range;
  }

  /** Goes to the first entry at or after (in reverse: at or before) the key, never outside the range. */
  seek(key: Buffer): void {
    const { low, high, reverse } = this.#range;
    if (!reverse && this.#seekHere(key)) return;
    this.#leaf = undefined;
    this.#block = undefined;
    this.#ended = false;
    this.#resume = key;
    this.#inclusive = true;
    if (reverse) {
      if (high !== undefined && Buffer.compare(key, high) >= 0) this.#resume = undefined;
    } else if (Buffer.compare(key, low) < 0) {
      this.#resume = undefined;
    }
  }

  /**
   * Inside the leaf where the cursor stands, from where it stands, without the directory: listings go so from one common
   * prefix to the next. False when the key is elsewhere.
   */
  #seekHere(key: Buffer): boolean {
    const leaf = this.#leaf;
    if (leaf === undefined || leaf.version !== this.#version || this.#ended) return false;
    if (Buffer.compare(key, this.#lower) < 0 || beyond(key, this.#upper)) return false;
    this.#inPage = lowerBoundNear(this.#page, key, this.#inPage);
    if (this.#changes !== undefined) {
      const before = this.#inChanges;
      this.#inChanges = lowerBoundNear(this.#changes, key, before);
      if (this.#inChanges !== before) this.#lookAtChange();
    }
    // Should the leaf change before the next step, that begins here.
    this.#block = undefined;
    this.#resume = key;
    this.#inclusive = true;
    return true;
  }

  /** Moves on; false at the end. */
  next(): boolean {
    if (this.#ended) return false;
    if (this.#leaf === undefined || this.#leaf.version !== this.#version) this.#enter();
    const { reverse } = this.#range;
    for (;;) {
      if (reverse ? this.#stepBack() : this.#step()) return true;
      if (!this.#nextLeaf()) {
        this.#ended = true;
        this.#block = undefined;
        this.#leaf = undefined;
        return false;
      }
    }
  }

  /** Of the current entry, without its first `skip` bytes. Valid for ever, as is `value`. */
  key(skip = 0): Buffer {
    return keyAt(this.#block!, this.#index, skip);
  }

  value(): Buffer {
    return valueAt(this.#block!, this.#index);
  }

  /** Finds the leaf of the place where to go on. */
  #enter(): void {
    if (this.#block !== undefined) {
      this.#resume = Buffer.from(keyAt(this.#block, this.#index));
      this.#inclusive = false;
      this.#block = undefined;
    }
    const { low, high, reverse } = this.#range;
    const { directory } = this.#tree;
    let place: Place;
    if (reverse) {
      const key = this.#resume ?? high;
      place = key === undefined ? directory.last() : directory.place(key);
    } else {
      place = directory.place(this.#resume ?? low);
    }
    this.#load(place);
  }

  #load(place: Place): void {
    const leaf = this.#tree.directory.at(place);
    const { low, high, reverse } = this.#range;
    this.#leaf = leaf;
    this.#page = this.#tree.page(leaf);
    this.#changes = leaf.changes;
    this.#version = leaf.version;
    const next = this.#tree.directory.next(place);
    this.#lower = Buffer.compare(leaf.lower, low) < 0 ? low : leaf.lower;
    this.#upper = next === undefined ? undefined : this.#tree.directory.at(next).lower;
    const start = this.#resume;
    const bound = (block: Block, key: Buffer, afterEqual: boolean) => {
      const index = lowerBound(block, key);
      return afterEqual && hasKey(block, index, key) ? index + 1 : index;
    };
    const positions = (block: Block): [number, number] => {
      if (reverse) {
        const from =
          start !== undefined
            ? bound(block, start, this.#inclusive)
            : high !== undefined
              ? lowerBound(block, high)
              : block.count;
        return [from, lowerBound(block, low)];
      }
      const from = start !== undefined ? bound(block, start, !this.#inclusive) : lowerBound(block, low);
      return [from, high === undefined ? block.count : lowerBound(block, high)];
    };
    [this.#inPage, this.#pageEnd] = positions(this.#page);
    [this.#inChanges, this.#changesEnd] = this.#changes === undefined ? [0, 0] : positions(this.#changes);
    this.#lookAtChange();
  }

  #lookAtChange(): void {
    const { reverse } = this.#range;
    const left = reverse ? this.#inChanges > this.#changesEnd : this.#inChanges < this.#changesEnd;
    if (!left) return;
    const key = keyAt(this.#changes!, reverse ? this.#inChanges - 1 : this.#inChanges);
    this.#changeAt = reverse ? lowerBound(this.#page, key) : lowerBoundNear(this.#page, key, this.#inPage);
    this.#changeReplaces = hasKey(this.#page, this.#changeAt, key);
  }

  /** Next entry of this leaf; false when there is none. */
  #step(): boolean {
    while (this.#inChanges < this.#changesEnd && this.#inPage >= this.#changeAt) {
      const index = this.#inChanges;
      if (this.#changeReplaces) this.#inPage = this.#changeAt + 1;
      this.#inChanges += 1;
      this.#lookAtChange();
      if (isDeleted(this.#changes!, index)) continue;
      return this.#stand(this.#changes!, index);
    }
    if (this.#inPage >= this.#pageEnd) return false;
    return this.#stand(this.#page, this.#inPage++);
  }

  #stepBack(): boolean {
    while (
      this.#inChanges > this.#changesEnd &&
      this.#inPage <= this.#changeAt + (this.#changeReplaces ? 1 : 0)
    ) {
      const index = this.#inChanges - 1;
      if (this.#changeReplaces) this.#inPage = this.#changeAt;
      this.#inChanges -= 1;
      this.#lookAtChange();
      if (isDeleted(this.#changes!, index)) continue;
      return this.#stand(this.#changes!, index);
    }
    if (this.#inPage <= this.#pageEnd) return false;
    return this.#stand(this.#page, --this.#inPage);
  }

  #stand(block: Block, index: number): true {
    if (block === this.#changes) {
      // Changes move their entries; a page of one entry keeps this one where it is.
      const { bytes, prefix, offsets } = this.#changes;
      this.#block = { bytes, prefix, offsets: [offsets[index]!], count: 1 };
      this.#index = 0;
    } else {
      this.#block = block;
      this.#index = index;
    }
    return true;
  }

  #nextLeaf(): boolean {
    const { low, high, reverse } = this.#range;
    const { directory } = this.#tree;
    const leaf = this.#leaf!;
    const here = directory.place(leaf.lower);
    const there = reverse ? directory.previous(here) : directory.next(here);
    if (there === undefined) return false;
    if (reverse ? Buffer.compare(leaf.lower, low) <= 0 : beyond(directory.at(there).lower, high))
      return false;
    this.#resume = undefined;
    // In reverse the bound `high` lies behind: everything below the leaf just left is still to come.
    this.#load(there);
    return true;
  }
}

function beyond(key: Buffer, high: Buffer | undefined): boolean {
  return high !== undefined && Buffer.compare(key, high) >= 0;
}
