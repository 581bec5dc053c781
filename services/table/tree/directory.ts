/**
 * Which leaf holds which keys: leaves in key order, in directory pages of at most `directoryLeavesMax`, all in memory
 * (a million entries have about ten thousand leaves). A leaf holds the keys from its `lower` to the next leaf's.
 *
 * directory page, version 1 = leaf count (4), then for each leaf: page number (6) ‖ flags (1; 1: it has a page) ‖
 * length of lower (2) ‖ lower
 */
import type { Changes } from './changes.ts';
import { IndexDamaged } from './errors.ts';
import type { Page } from './page.ts';

export class Leaf {
  readonly id: number;
  lower: Buffer;
  /** Whether there is a page, in memory or in the store. */
  hasPage: boolean;
  page: Page | undefined = undefined;
  /** The store holds `page`; else it must stay in memory. */
  saved = true;
  changes: Changes | undefined = undefined;
  /** Redo block of the first of the changes. */
  firstRedo = 0;
  /** Grows with every change, also when the leaf ceases to be: cursors notice. */
  version = 0;
  /** Was used since the cache last looked. */
  used = false;

  constructor(id: number, lower: Buffer, hasPage: boolean) {
    this.id = id;
    this.lower = lower;
    this.hasPage = hasPage;
  }
}

export class DirectoryPage {
  readonly id: number;
  leaves: Leaf[];

  constructor(id: number, leaves: Leaf[]) {
    this.id = id;
    this.leaves = leaves;
  }
}

export interface Place {
  readonly node: number;
  readonly leaf: number;
}

const leafHeadBytes = 9;

export class Directory {
  readonly pages: DirectoryPage[];
  /** To be written, and to be removed, at the next flush. */
  readonly dirty: Set<DirectoryPage> = new Set();
  readonly removed: Set<number> = new Set();
  readonly #newId: () => number;
  readonly #leavesMax: number;

  /** @param pages in key order; the first leaf's `lower` is empty */
  constructor(pages: DirectoryPage[], leavesMax: number, newId: () => number) {
    this.pages = pages;
    this.#leavesMax = leavesMax;
    this.#newId = newId;
  }

  /** The leaf whose range holds the key. */
  place(key: Uint8Array): Place {
    const { pages } = this;
    const node = lastAtMost(pages.length, (index) => pages[index]!.leaves[0]!.lower, key);
    const { leaves } = pages[node]!;
    return { node, leaf: lastAtMost(leaves.length, (index) => leaves[index]!.lower, key) };
  }

  at(place: Place): Leaf {
    return this.pages[place.node]!.leaves[place.leaf]!;
  }

  find(key: Uint8Array): Leaf {
    return this.at(this.place(key));
  }

  next({ node, leaf }: Place): Place | undefined {
    if (leaf + 1 < this.pages[node]!.leaves.length) return { node, leaf: leaf + 1 };
    return node + 1 < this.pages.length ? { node: node + 1, leaf: 0 } : undefined;
  }

  previous({ node, leaf }: Place): Place | undefined {
    if (leaf > 0) return { node, leaf: leaf - 1 };
    return node > 0 ? { node: node - 1, leaf: this.pages[node - 1]!.leaves.length - 1 } : undefined;
  }

  last(): Place {
    const node = this.pages.length - 1;
    return { node, leaf: this.pages[node]!.leaves.length - 1 };
  }

  /** Puts leaves in the place of `count` leaves of one directory page. At least one leaf stays in the directory. */
  replace({ node, leaf }: Place, count: number, leaves: readonly Leaf[]): void {
    const page = this.pages[node]!;
    page.leaves.splice(leaf, count, ...leaves);
    this.dirty.add(page);
    if (page.leaves.length === 0) this.#drop(node);
    else if (page.leaves.length > this.#leavesMax) this.#split(node);
    else if (page.leaves.length < this.#leavesMax / 8) this.#join(node);
    const first = this.pages[0]!;
    if (first.leaves[0]!.lower.length > 0) {
      first.leaves[0]!.lower = Buffer.alloc(0);
      this.dirty.add(first);
    }
  }

  #drop(node: number): void {
    const [page] = this.pages.splice(node, 1);
    this.dirty.delete(page!);
    this.removed.add(page!.id);
  }

  #split(node: number): void {
    const page = this.pages[node]!;
    // Keys in order fill the last page only: cut little off.
    const isLast = node === this.pages.length - 1;
    const cut = Math.floor(page.leaves.length * (isLast ? 0.9 : 0.5));
    const right = new DirectoryPage(this.#newId(), page.leaves.splice(cut));
    this.pages.splice(node + 1, 0, right);
    this.dirty.add(right);
  }

  #join(node: number): void {
    if (this.pages.length === 1) return;
    const left = Math.max(0, node - 1);
    const keep = this.pages[left]!;
    const gone = this.pages[left + 1]!;
    if (keep.leaves.length + gone.leaves.length > this.#leavesMax / 2) return;
    keep.leaves = keep.leaves.concat(gone.leaves);
    this.dirty.add(keep);
    this.#drop(left + 1);
  }
}

/**
 * Index of the last element whose bound is not above the key; the first when all are. Bounds are sorted, so what both
 * ends of the search share with the key need not be compared again: keys of one table begin alike.
 */
function lastAtMost(count: number, bound: (index: number) => Uint8Array, key: Uint8Array): number {
  let low = 0;
  let high = count;
  let sharedLow = 0;
  let sharedHigh = 0;
  while (high - low > 1) {
    const middle = (low + high) >>> 1;
    const candidate = bound(middle);
    const end = Math.min(candidate.length, key.length);
    let at = Math.min(sharedLow, sharedHigh);
    while (at < end && candidate[at] === key[at]) at += 1;
    const isAtMost = at === end ? candidate.length <= key.length : candidate[at]! < key[at]!;
    if (isAtMost) {
      low = middle;
      sharedLow = at;
    } else {
      high = middle;
      sharedHigh = at;
    }
  }
  return low;
}

export function encodeDirectoryPage({ leaves }: DirectoryPage): Buffer {
  const size = leaves.reduce((sum, { lower }) => sum + leafHeadBytes + lower.length, 4);
  const bytes = Buffer.allocUnsafe(size);
  let at = bytes.writeUInt32BE(leaves.length, 0);
  for (const { id, lower, hasPage } of leaves) {
    at = bytes.writeUIntBE(id, at, 6);
    at = bytes.writeUInt8(hasPage ? 1 : 0, at);
    at = bytes.writeUInt16BE(lower.length, at);
    bytes.set(lower, at);
    at += lower.length;
  }
  return bytes;
}

/** @throws IndexDamaged */
export function decodeDirectoryPage(id: number, bytes: Buffer): DirectoryPage {
  const damaged = () => new IndexDamaged('a directory page has a wrong length');
  if (bytes.length < 4) throw damaged();
  const count = bytes.readUInt32BE(0);
  const leaves: Leaf[] = [];
  let at = 4;
  for (let index = 0; index < count; index += 1) {
    if (at + leafHeadBytes > bytes.length) throw damaged();
    const end = at + leafHeadBytes + bytes.readUInt16BE(at + 7);
    if (end > bytes.length) throw damaged();
    const lower = Buffer.from(bytes.subarray(at + leafHeadBytes, end));
    leaves.push(new Leaf(bytes.readUIntBE(at, 6), lower, bytes[at + 6] === 1));
    at = end;
  }
  if (count === 0 || at !== bytes.length) throw damaged();
  return new DirectoryPage(id, leaves);
}
