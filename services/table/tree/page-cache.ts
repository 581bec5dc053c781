/** Saved pages in memory, bounded by bytes; the ones not used lately go first (second chance). */
import type { Leaf } from './directory.ts';
import { type Page, pageMemory } from './page.ts';

export class PageCache {
  bytes = 0;
  readonly #bytesMax: number;
  readonly #leaves = new Set<Leaf>();
  #hand = this.#leaves.values();

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  /** @param leaf has no page in memory; gets this one */
  add(leaf: Leaf, page: Page): void {
    leaf.page = page;
    leaf.used = true;
    this.#leaves.add(leaf);
    this.bytes += pageMemory(page);
    // Each leaf is looked at once to lose its mark and once to go, so the loop ends.
    while (this.bytes > this.#bytesMax && this.#leaves.size > 1) {
      const candidate = this.#next();
      if (candidate === leaf) continue;
      if (candidate.used) {
        candidate.used = false;
        continue;
      }
      this.#leaves.delete(candidate);
      this.bytes -= pageMemory(candidate.page!);
      candidate.page = undefined;
    }
  }

  /** The same iterator goes on, as one that begins anew walks over the holes of all that were removed at the front. */
  #next(): Leaf {
    for (;;) {
      const { value, done } = this.#hand.next();
      if (done !== true) return value;
      this.#hand = this.#leaves.values();
    }
  }

  /** The caller takes the page away. */
  remove(leaf: Leaf): void {
    if (this.#leaves.delete(leaf)) this.bytes -= pageMemory(leaf.page!);
  }
}
