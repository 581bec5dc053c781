/**
 * An ordered map from bytes to bytes on disk: a B+ tree whose leaves collect their changes in memory (as in a buffered
 * tree, Brodal and Fagerberg, SODA 2003, one level deep), so that a change costs no read and pages are written rarely.
 *
 * A change goes to the leaf's `Changes` and to the redo log. A leaf with many changes, and the leaf with the oldest ones
 * when the redo log is long, is consolidated: page and changes become new pages, unsaved. A flush stores, in one atomic
 * batch: new redo blocks, unsaved pages, changed directory pages, and the head with the watermark. So the store always
 * holds exactly the state at its watermark: pages plus redo. A crash loses what came after; the owner has the log for it.
 */
import type { KeyObject } from 'node:crypto';
import type { RandomSource } from '@hypergate/node/crypto';
import { treeLimits } from '../limits.ts';
import { commonLength, hasKey, isDeleted, keyAt, lowerBound, ownCopy, valueAt } from './block.ts';
import { Changes } from './changes.ts';
import { collectRuns, packPages, runsBytes } from './consolidate.ts';
import { type Directory, type DirectoryPage, encodeDirectoryPage, Leaf, type Place } from './directory.ts';
import { IndexDamaged } from './errors.ts';
import { encodeHead, loadTree, type TreeHead } from './head.ts';
import { decodePage, emptyPage, type Page, type Run } from './page.ts';
import { PageCache } from './page-cache.ts';
import type { RedoBlock, RedoLog } from './redo.ts';
import { Kind, SealedPages } from './sealed-pages.ts';
import type { IndexStore } from './store.ts';

export interface TreeOptions {
  readonly pageBytes: number;
  readonly leafChangesBytesMax: number;
  readonly cacheBytes: number;
  readonly redoBytesMax: number;
  readonly redoBytesCeiling: number;
  readonly redoShare: number;
  readonly redoBlockBytes: number;
  readonly flushBytes: number;
  readonly unsavedBytesMax: number;
}

export interface TreeModules {
  readonly store: IndexStore;
  readonly key: KeyObject;
  readonly random: RandomSource;
}

/** What one flush stores, and what has to be undone when the store refuses it. */
interface Flush {
  readonly blocks: readonly RedoBlock[];
  readonly leaves: readonly { readonly leaf: Leaf; readonly page: Page }[];
  readonly directory: readonly DirectoryPage[];
  readonly removedDirectory: readonly number[];
  readonly removedPages: readonly number[];
  readonly removedRedo: readonly number[];
}

export interface TreeStatus {
  readonly watermark: number;
  readonly leaves: number;
  readonly cachedBytes: number;
  readonly unsavedBytes: number;
  readonly redoBytes: number;
  readonly flushes: number;
  readonly pagesWritten: number;
}

export class IndexTree {
  /** Position in the log up to which all changes were made. The owner sets it between two batches. */
  watermark: number;
  readonly #options: TreeOptions;
  readonly #pages: SealedPages;
  readonly #directory: Directory;
  readonly #redo: RedoLog;
  readonly #cache: PageCache;
  /** Leaves with changes, the oldest first. */
  readonly #changed = new Set<Leaf>();
  readonly #unsaved = new Set<Leaf>();
  #unsavedPageBytes = 0;
  #removedPages: number[] = [];
  #removedRedo: number[] = [];
  /** Of the redo log, that may wait. */
  #redoBytes: number;
  readonly #head: TreeHead;
  #flushing: Promise<void> = Promise.resolve();
  #flushWaits = false;
  #flushes = 0;
  #pagesWritten = 0;

  private constructor(
    options: TreeOptions,
    pages: SealedPages,
    head: TreeHead,
    directory: Directory,
    redo: RedoLog,
  ) {
    this.#options = options;
    this.#pages = pages;
    this.#head = head;
    this.#directory = directory;
    this.#redo = redo;
    this.#cache = new PageCache(options.cacheBytes);
    this.#redoBytes = this.#redoLimit();
    this.watermark = head.watermark;
  }

  /**
   * Opens what the store holds, or an empty tree with watermark 0.
   * @throws IndexDamaged
   */
  static async open(options: Partial<TreeOptions>, modules: TreeModules): Promise<IndexTree> {
    const settings = { ...treeLimits, ...options };
    const pages = await SealedPages.open(modules.store, modules.key, modules.random);
    const { head, directory, redo, replay } = await loadTree(pages, settings.redoBlockBytes);
    const tree = new IndexTree(settings, pages, head, directory, redo);
    for (const { number, changes } of replay)
      for (const { key, value } of changes) tree.#change(key, value, number);
    tree.#releaseRedo();
    return tree;
  }

  static wipe(store: IndexStore): Promise<void> {
    return SealedPages.wipe(store);
  }

  get directory(): Directory {
    return this.#directory;
  }

  put(key: Uint8Array, value: Uint8Array): void {
    if (key.length > treeLimits.keyBytesMax || value.length > treeLimits.valueBytesMax)
      throw new RangeError('an index entry is too large');
    this.#log(key, value);
  }

  /** Deleting what is not there is allowed. */
  delete(key: Uint8Array): void {
    this.#log(key, undefined);
  }

  get(key: Uint8Array): Buffer | undefined {
    const leaf = this.#directory.find(key);
    const { changes } = leaf;
    if (changes !== undefined) {
      const index = lowerBound(changes, key);
      if (hasKey(changes, index, key)) return isDeleted(changes, index) ? undefined : valueAt(changes, index);
    }
    const page = this.page(leaf);
    const index = lowerBound(page, key);
    return hasKey(page, index, key) ? valueAt(page, index) : undefined;
  }

  /** The leaf's page without its changes, read from the store when it is not in memory. */
  page(leaf: Leaf): Page {
    if (leaf.page !== undefined) {
      leaf.used = true;
      return leaf.page;
    }
    if (!leaf.hasPage) return emptyPage;
    const page = decodePage(this.#pages.get(Kind.page, leaf.id));
    this.#cache.add(leaf, page);
    return page;
  }

  /** What a flush would store. */
  get unsavedBytes(): number {
    return this.#redo.unsavedBytes + this.#unsavedPageBytes;
  }

  /** So many unsaved bytes are worth a flush. */
  get flushBytes(): number {
    return this.#options.flushBytes;
  }

  /** Stores everything up to the watermark of that moment. Callers share a flush that has not begun. */
  flush(): Promise<void> {
    if (this.#flushWaits) return this.#flushing;
    this.#flushWaits = true;
    const begin = () => {
      this.#flushWaits = false;
      return this.#store();
    };
    // A failed flush gave everything back, so the next one starts afresh.
    this.#flushing = this.#flushing.then(begin, begin);
    return this.#flushing;
  }

  status(): TreeStatus {
    return {
      watermark: this.watermark,
      leaves: this.#leaves,
      cachedBytes: this.#cache.bytes,
      unsavedBytes: this.unsavedBytes,
      redoBytes: this.#redo.liveBytes,
      flushes: this.#flushes,
      pagesWritten: this.#pagesWritten,
    };
  }

  get #leaves(): number {
    return this.#directory.pages.reduce((sum, { leaves }) => sum + leaves.length, 0);
  }

  /** How much of the redo log may wait; looked at with each flush. */
  #redoLimit(): number {
    const { pageBytes, redoBytesMax, redoBytesCeiling, redoShare } = this.#options;
    return Math.max(redoBytesMax, Math.min(redoBytesCeiling, this.#leaves * pageBytes * redoShare));
  }

  #log(key: Uint8Array, value: Uint8Array | undefined): void {
    if (this.unsavedBytes > this.#options.unsavedBytesMax)
      throw new IndexDamaged('its store has not taken changes for too long');
    this.#redo.append(key, value);
    this.#change(key, value, this.#redo.current);
    // Two leaves for each change catch up quickly and never make one change wait for many.
    for (let count = 0; count < 2 && this.#redo.liveBytes > this.#redoBytes; count += 1) {
      const [oldest] = this.#changed;
      if (oldest === undefined) break;
      this.#consolidate(oldest);
      this.#releaseRedo();
    }
  }

  #change(key: Uint8Array, value: Uint8Array | undefined, redoBlock: number): void {
    const place = this.#directory.place(key);
    const leaf = this.#directory.at(place);
    if (leaf.changes === undefined) {
      leaf.changes = new Changes(ownCopy(this.#sharedPrefix(leaf, place)));
      leaf.firstRedo = redoBlock;
      this.#changed.add(leaf);
    }
    leaf.changes.set(key, value);
    leaf.version += 1;
    if (leaf.changes.liveBytes > this.#options.leafChangesBytesMax) this.#consolidate(leaf);
  }

  /** What all keys between the leaf's bounds begin with. */
  #sharedPrefix(leaf: Leaf, place: Place): Buffer {
    const next = this.#directory.next(place);
    if (next === undefined) return leaf.lower.subarray(0, 0);
    const { lower } = this.#directory.at(next);
    return lower.subarray(0, commonLength(leaf.lower, lower));
  }

  #releaseRedo(): void {
    const [oldest] = this.#changed;
    this.#removedRedo.push(...this.#redo.release(oldest?.firstRedo ?? this.#redo.current));
  }

  /** Page and changes of the leaf become new pages; a leaf that has become small takes a neighbour along. */
  #consolidate(leaf: Leaf): void {
    const place = this.#directory.place(leaf.lower);
    const group = [leaf];
    let first = place.leaf;
    const page = this.page(leaf);
    const runs: Run[] = [];
    collectRuns(page, leaf.changes, runs);
    if (runsBytes(runs) < this.#options.pageBytes / 4) {
      const { leaves } = this.#directory.pages[place.node]!;
      const right = leaves[place.leaf + 1];
      const neighbour = right ?? leaves[place.leaf - 1];
      if (neighbour !== undefined) {
        const other: Run[] = [];
        collectRuns(this.page(neighbour), neighbour.changes, other);
        if (runsBytes(runs) + runsBytes(other) <= this.#options.pageBytes / 2) {
          if (neighbour === right) {
            runs.push(...other);
            group.push(neighbour);
          } else {
            runs.unshift(...other);
            group.unshift(neighbour);
            first -= 1;
          }
        }
      }
    }
    this.#install(
      { node: place.node, leaf: first },
      group,
      packPages(runs, this.#options.pageBytes, appends(page, leaf)),
    );
  }

  /** Puts pages in the place of neighbouring leaves, whose changes they hold. */
  #install(place: Place, group: readonly Leaf[], pages: readonly Page[]): void {
    for (const leaf of group) {
      leaf.version += 1;
      leaf.changes = undefined;
      this.#changed.delete(leaf);
    }
    const first = group[0]!;
    const onlyLeaf =
      this.#directory.pages.length === 1 && this.#directory.pages[0]!.leaves.length === group.length;
    if (pages.length === 0 && onlyLeaf) {
      for (const leaf of group) this.#forget(leaf);
      this.#directory.replace(place, group.length, [new Leaf(this.#newNumber(), first.lower, false)]);
      return;
    }
    const leaves = pages.map((page, index) => {
      if (index === 0) return first;
      const lower = ownCopy(separator(pages[index - 1]!, page));
      return new Leaf(this.#newNumber(), lower, false);
    });
    for (const leaf of group) if (!leaves.includes(leaf)) this.#forget(leaf);
    const same = leaves.length === 1 && group.length === 1 && first.hasPage;
    if (!same) this.#directory.replace(place, group.length, leaves);
    for (const [index, leaf] of leaves.entries()) this.#setPage(leaf, pages[index]!);
  }

  #setPage(leaf: Leaf, page: Page): void {
    this.#dropPage(leaf);
    leaf.page = page;
    leaf.hasPage = true;
    leaf.saved = false;
    this.#unsaved.add(leaf);
    this.#unsavedPageBytes += page.bytes.length;
  }

  #dropPage(leaf: Leaf): void {
    if (this.#unsaved.delete(leaf)) this.#unsavedPageBytes -= leaf.page!.bytes.length;
    this.#cache.remove(leaf);
    leaf.page = undefined;
  }

  #forget(leaf: Leaf): void {
    if (leaf.hasPage) this.#removedPages.push(leaf.id);
    this.#dropPage(leaf);
    leaf.hasPage = false;
  }

  #newNumber(): number {
    return this.#head.nextNumber++;
  }

  async #store(): Promise<void> {
    const { watermark } = this;
    this.#redoBytes = this.#redoLimit();
    this.#releaseRedo();
    const flush: Flush = {
      blocks: this.#redo.take(),
      leaves: [...this.#unsaved].map((leaf) => ({ leaf, page: leaf.page! })),
      directory: [...this.#directory.dirty],
      removedDirectory: [...this.#directory.removed],
      removedPages: this.#removedPages,
      removedRedo: this.#removedRedo,
    };
    this.#unsaved.clear();
    this.#unsavedPageBytes = 0;
    this.#directory.dirty.clear();
    this.#directory.removed.clear();
    this.#removedPages = [];
    this.#removedRedo = [];
    Object.assign(this.#head, { watermark, redoFirst: this.#redo.first, redoNext: this.#redo.current });
    this.#head.directoryPages = this.#directory.pages.length;
    const pages = this.#pages;
    const operations = [
      ...flush.blocks.map(({ number, bytes }) => pages.put(Kind.redo, number, bytes)),
      ...flush.leaves.map(({ leaf, page }) => pages.put(Kind.page, leaf.id, page.bytes)),
      ...flush.directory.map((page) => pages.put(Kind.directory, page.id, encodeDirectoryPage(page))),
      ...flush.removedDirectory.map((id) => pages.delete(Kind.directory, id)),
      ...flush.removedPages.map((id) => pages.delete(Kind.page, id)),
      ...flush.removedRedo.map((number) => pages.delete(Kind.redo, number)),
      pages.put(Kind.head, 0, encodeHead(this.#head)),
    ];
    try {
      await pages.write(operations);
    } catch (error) {
      this.#giveBack(flush);
      throw error;
    }
    this.#flushes += 1;
    this.#pagesWritten += flush.leaves.length;
    for (const { leaf, page } of flush.leaves) {
      if (leaf.page !== page) continue;
      leaf.saved = true;
      leaf.page = undefined;
      this.#cache.add(leaf, page);
    }
  }

  /** What the store refused is to be stored again, unless it was replaced meanwhile. */
  #giveBack(flush: Flush): void {
    this.#redo.restore(flush.blocks);
    for (const { leaf, page } of flush.leaves) {
      if (leaf.page !== page || this.#unsaved.has(leaf)) continue;
      this.#unsaved.add(leaf);
      this.#unsavedPageBytes += page.bytes.length;
    }
    const live = new Set(this.#directory.pages);
    for (const page of flush.directory) if (live.has(page)) this.#directory.dirty.add(page);
    for (const id of flush.removedDirectory) this.#directory.removed.add(id);
    this.#removedPages.push(...flush.removedPages);
    this.#removedRedo.push(...flush.removedRedo);
  }
}

/** All changes lie after the page: keys that arrive in order. */
function appends(page: Page, { changes }: Leaf): boolean {
  if (changes === undefined || changes.count === 0 || page.count === 0) return false;
  return lowerBound(page, keyAt(changes, 0)) === page.count;
}

/** The shortest key above all of `left` and not above any of `right`. */
function separator(left: Page, right: Page): Buffer {
  const key = keyAt(right, 0);
  return Buffer.from(key.subarray(0, commonLength(keyAt(left, left.count - 1), key) + 1));
}
