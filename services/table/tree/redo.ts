/**
 * The changes that leaves still hold in memory, in the order they came, in numbered blocks: what stands in the store of
 * leaves whose pages are not yet written anew. A block may go once no leaf holds a change that came in it or earlier.
 * Replaying a change whose leaf was written since is harmless: every later change of that key is in a later block.
 *
 * redo block, version 1 = changes as entries of block.ts with whole keys
 */
import { deleted, entryHeadBytes } from './block.ts';
import { writeEntry } from './changes.ts';
import { IndexDamaged } from './errors.ts';

export interface RedoBlock {
  readonly number: number;
  readonly bytes: Buffer;
}

export class RedoLog {
  /** Number of the oldest block still needed. */
  first: number;
  /** Number of the block that is being filled. */
  current: number;
  /** Bytes of the blocks from `first` on. */
  liveBytes = 0;
  readonly #blockBytes: number;
  /** Sizes of the closed blocks from `first` on. */
  readonly #sizes = new Map<number, number>();
  readonly #stored = new Set<number>();
  #closed: RedoBlock[] = [];
  #open: Buffer;
  #used = 0;
  unsavedBytes = 0;

  constructor(first: number, next: number, blockBytes: number) {
    this.first = first;
    this.current = next;
    this.#blockBytes = blockBytes;
    this.#open = Buffer.allocUnsafeSlow(blockBytes);
  }

  /** A block that the store holds. */
  restored(number: number, bytes: number): void {
    this.#sizes.set(number, bytes);
    this.#stored.add(number);
    this.liveBytes += bytes;
  }

  append(key: Uint8Array, value: Uint8Array | undefined): void {
    const size = entryHeadBytes + key.length + (value?.length ?? 0);
    if (this.#used > 0 && this.#used + size > this.#open.length) this.#close();
    if (size > this.#open.length) this.#open = Buffer.allocUnsafeSlow(size);
    this.#used = writeEntry(this.#open, this.#used, key, value);
    this.liveBytes += size;
    this.unsavedBytes += size;
  }

  /** Blocks to be stored now; whoever fails to store them gives them back by `restore`. */
  take(): RedoBlock[] {
    if (this.#used > 0) this.#close();
    const blocks = this.#closed;
    this.#closed = [];
    this.unsavedBytes = 0;
    for (const { number } of blocks) this.#stored.add(number);
    return blocks;
  }

  restore(blocks: readonly RedoBlock[]): void {
    const needed = blocks.filter(({ number }) => number >= this.first);
    this.#closed = [...needed, ...this.#closed];
    for (const { number, bytes } of needed) {
      this.#stored.delete(number);
      this.unsavedBytes += bytes.length;
    }
  }

  /** Gives up blocks below `first`; returns those that the store may hold. */
  release(first: number): number[] {
    const gone: number[] = [];
    for (; this.first < first; this.first += 1) {
      const size = this.#sizes.get(this.first) ?? 0;
      this.#sizes.delete(this.first);
      this.liveBytes -= size;
      if (this.#stored.delete(this.first)) gone.push(this.first);
      else if (this.#closed[0]?.number === this.first) {
        this.#closed.shift();
        this.unsavedBytes -= size;
      }
    }
    return gone;
  }

  #close(): void {
    const bytes = Buffer.from(this.#open.subarray(0, this.#used));
    this.#closed.push({ number: this.current, bytes });
    this.#sizes.set(this.current, bytes.length);
    this.current += 1;
    this.#used = 0;
    if (this.#open.length > this.#blockBytes) this.#open = Buffer.allocUnsafeSlow(this.#blockBytes);
  }
}

/** @throws IndexDamaged */
export function* readRedo(
  bytes: Buffer,
): Iterable<{ readonly key: Buffer; readonly value: Buffer | undefined }> {
  let at = 0;
  while (at < bytes.length) {
    if (at + entryHeadBytes > bytes.length) throw new IndexDamaged('a redo block is cut');
    const keyEnd = at + entryHeadBytes + bytes.readUInt16BE(at);
    const length = bytes.readUInt16BE(at + 2);
    const end = length === deleted ? keyEnd : keyEnd + length;
    if (end > bytes.length) throw new IndexDamaged('a redo block is cut');
    yield {
      key: bytes.subarray(at + entryHeadBytes, keyEnd),
      value: length === deleted ? undefined : bytes.subarray(keyEnd, end),
    };
    at = end;
  }
}
