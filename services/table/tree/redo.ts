/**
 * The changes that leaves still hold in memory, in the order they came, in numbered blocks: what stands in the store of
 * leaves whose pages are not yet written anew. A block may go once no leaf holds a change that came in it or earlier.
 * Replaying a change whose leaf was written since is harmless: every later change of that key is in a later block.
 *
 * redo block, version 1 = changes, each: bytes that the key shares with the key before it in the block (2) ‖ length of
 * the rest of the key (2) ‖ value length (2; 0xffff: deleted) ‖ rest of the key ‖ value
 */
import { commonLength, copyBytes, deleted } from './block.ts';
import { writeHead } from './changes.ts';
import { IndexDamaged } from './errors.ts';

const changeHeadBytes = 6;
const noKey = new Uint8Array(0);

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
  /** The key before, which the caller must not change: keys are made for one change. */
  #before: Uint8Array = noKey;
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
    const longest = changeHeadBytes + key.length + (value?.length ?? 0);
    if (this.#used > 0 && this.#used + longest > this.#open.length) this.#close();
    if (longest > this.#open.length) this.#open = Buffer.allocUnsafeSlow(longest);
    const start = this.#used;
    const shared = commonLength(this.#before, key);
    this.#open[start] = shared >>> 8;
    this.#open[start + 1] = shared & 0xff;
    writeHead(this.#open, start + 2, key.length - shared, value);
    copyBytes(key, shared, key.length, this.#open, start + changeHeadBytes);
    this.#used = start + changeHeadBytes + key.length - shared;
    if (value !== undefined) {
      this.#open.set(value, this.#used);
      this.#used += value.length;
    }
    this.#before = key;
    this.liveBytes += this.#used - start;
    this.unsavedBytes += this.#used - start;
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
    this.#before = noKey;
    if (this.#open.length > this.#blockBytes) this.#open = Buffer.allocUnsafeSlow(this.#blockBytes);
  }
}

export interface RedoChange {
  readonly key: Buffer;
  readonly value: Buffer | undefined;
}

/** @throws IndexDamaged */
export function* readRedo(bytes: Buffer): Iterable<RedoChange> {
  let at = 0;
  let before = Buffer.alloc(0);
  while (at < bytes.length) {
    const rest = at + changeHeadBytes;
    if (rest > bytes.length) throw new IndexDamaged('a redo block is cut');
    const shared = bytes.readUInt16BE(at);
    const keyEnd = rest + bytes.readUInt16BE(at + 2);
    const length = bytes.readUInt16BE(at + 4);
    const end = length === deleted ? keyEnd : keyEnd + length;
    if (end > bytes.length || shared > before.length) throw new IndexDamaged('a redo block is cut');
    const key = Buffer.allocUnsafe(shared + keyEnd - rest);
    copyBytes(before, 0, shared, key, 0);
    copyBytes(bytes, rest, keyEnd, key, shared);
    yield { key, value: length === deleted ? undefined : bytes.subarray(keyEnd, end) };
    before = key;
    at = end;
  }
}
