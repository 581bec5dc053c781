/**
 * Keeps chunks alive between the moment a commit was found to name them and the moment it is applied. Without it, a
 * chunk whose last vertex is removed meanwhile could be collected although an ordered transaction names it again.
 */
import type { ChunkRef } from '../api/index.ts';
import type { ChunkStore } from '../store/chunk-store-port.ts';

export class ChunkPins {
  readonly #chunks: ChunkStore;
  /** Whether the state names the chunk. */
  readonly #isNamed: (chunk: ChunkRef) => boolean;
  readonly #pins = new Map<string, number>();
  readonly #dropped = new Map<string, ChunkRef>();

  constructor(chunks: ChunkStore, isNamed: (chunk: ChunkRef) => boolean) {
    this.#chunks = chunks;
    this.#isNamed = isNamed;
  }

  isPinned(hash: Uint8Array): boolean {
    return this.#pins.has(textOf(hash));
  }

  pin(chunks: readonly ChunkRef[]): void {
    for (const { hash } of chunks) {
      const text = textOf(hash);
      this.#pins.set(text, (this.#pins.get(text) ?? 0) + 1);
    }
  }

  unpin(chunks: readonly ChunkRef[]): void {
    const free: ChunkRef[] = [];
    for (const { hash } of chunks) {
      const text = textOf(hash);
      const pins = (this.#pins.get(text) ?? 0) - 1;
      if (pins > 0) {
        this.#pins.set(text, pins);
        continue;
      }
      this.#pins.delete(text);
      const dropped = this.#dropped.get(text);
      if (dropped !== undefined && this.#dropped.delete(text) && !this.#isNamed(dropped)) free.push(dropped);
    }
    if (free.length > 0) this.#chunks.dropped(free);
  }

  /** Passes on what the state dropped, now or when the last pin goes. */
  dropped(chunks: readonly ChunkRef[]): void {
    const free: ChunkRef[] = [];
    for (const chunk of chunks) {
      const text = textOf(chunk.hash);
      if (this.#pins.has(text)) this.#dropped.set(text, chunk);
      else free.push(chunk);
    }
    if (free.length > 0) this.#chunks.dropped(free);
  }
}

function textOf(hash: Uint8Array): string {
  return Buffer.from(hash.buffer, hash.byteOffset, hash.byteLength).toString('latin1');
}
