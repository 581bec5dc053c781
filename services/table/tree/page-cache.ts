/** Saved pages in memory, bounded by bytes; the ones not used lately go first (second chance). */
import type { Leaf } from './directory.ts';
import { type Page, pageMemory } from './page.ts';

export class PageCache {
  bytes = 0;
  readonly #bytesMax: number;
  readonly #leaves = new Set<Leaf>();

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
    for (const candidate of this.#leaves) {
      if (this.bytes <= this.#bytesMax) break;
      if (candidate === leaf) continue;
      this.#leaves.delete(candidate);
      if (candidate.used) {
        candidate.used = false;
        this.#leaves.add(candidate);
      } else {
        this.bytes -= pageMemory(candidate.page!);
        candidate.page = undefined;
      }
    }
  }

  /** The caller takes the page away. */
  remove(leaf: Leaf): void {
    if (this.#leaves.delete(leaf)) this.bytes -= pageMemory(leaf.page!);
  }
}
