/**
 * A list: a deque of chunks, each a plain array of at most `listChunkElements` strings and about `listChunkBytes`. Both ends
 * take and give in O(1); an index is found by binary search over where chunks start, which is worked out only when it is
 * asked for and is not spoilt by what happens at the ends.
 */
import { engineLimits } from '../limits.ts';
import { type Collection, stringBytes } from '../value.ts';
import { type ListSegment, ListTracker } from './list-tracker.ts';
import { listpackBytesMin, listpackEntryBytes } from './listpack-size.ts';

const { listChunkElements, listChunkBytes } = engineLimits;

/** Bytes of an empty list, of a chunk and of a reference, about. */
const listBytes = 160;
const chunkBytes = 96;
const referenceBytes = 8;

interface Chunk extends ListSegment {
  readonly items: string[];
  /** Of its strings in memory. */
  bytes: number;
  /** Of its strings as entries of a listpack. */
  packed: number;
}

const itemBytes = (item: string): number => stringBytes(item) + referenceBytes;

export class ListValue implements Collection {
  readonly type = 'list';
  size = 0;
  bytes = listBytes;
  accountedBytes = 0;
  segments: ListTracker | undefined = undefined;
  /** What redis-server would take for all of it in one listpack. */
  packedBytes = listpackBytesMin;
  /** Whether redis-server would hold it in one listpack: kept by list-changes.ts, undefined when it was just loaded. */
  packed: boolean | undefined = true;
  /** None is empty. */
  private chunks: Chunk[] = [];
  /** Number of the first element in the numbering of `starts`; goes below zero when the list grows to the left. */
  private origin = 0;
  /** Numbers of the first elements of chunks, right for chunks 1 to `startsKnown` - 1. */
  private starts: number[] = [];
  private startsKnown = 1;

  static from(items: readonly string[]): ListValue {
    const list = new ListValue();
    for (const item of items) list.pushRight(item);
    list.packed = undefined;
    return list;
  }

  /** Begins to follow which chunks change. */
  track(): void {
    this.segments = new ListTracker(this.chunks);
  }

  // Reading

  /** @param index 0 to size - 1 */
  get(index: number): string {
    const at = this.chunkAt(index);
    return this.chunks[at]!.items[index - this.startOf(at)]!;
  }

  /** Visits `count` elements from `start` on. */
  each(start: number, count: number, visit: (item: string) => void): void {
    if (count <= 0) return;
    let at = this.chunkAt(start);
    let offset = start - this.startOf(at);
    let left = count;
    while (left > 0) {
      const { items } = this.chunks[at++]!;
      const end = Math.min(items.length, offset + left);
      left -= end - offset;
      for (let i = offset; i < end; i++) visit(items[i]!);
      offset = 0;
    }
  }

  /** Visits elements with their indexes from one end to the other until told to stop. */
  scan(fromRight: boolean, visit: (item: string, index: number) => 'stop' | undefined): void {
    if (fromRight) {
      this.scanLeftwards(visit);
      return;
    }
    let index = 0;
    for (const { items } of this.chunks) {
      for (let i = 0; i < items.length; i++) if (visit(items[i]!, index++) === 'stop') return;
    }
  }

  *[Symbol.iterator](): IterableIterator<string> {
    for (const { items } of this.chunks) yield* items;
  }

  // Changing

  pushRight(item: string): void {
    const bytes = itemBytes(item);
    let chunk = this.chunks[this.chunks.length - 1];
    if (chunk === undefined || isFull(chunk, bytes)) {
      const at = this.chunks.length;
      if (at > 0 && this.startsKnown === at) {
        this.starts[at] = this.origin + this.size;
        this.startsKnown++;
      }
      const added = newChunk();
      this.label(added, chunk, undefined);
      this.chunks.push((chunk = added));
      this.bytes += chunkBytes;
    } else this.touch(chunk);
    chunk.items.push(item);
    this.count(chunk, item, bytes);
  }

  pushLeft(item: string): void {
    const bytes = itemBytes(item);
    let chunk = this.chunks[0];
    if (chunk === undefined || isFull(chunk, bytes)) {
      if (chunk !== undefined) {
        this.starts[0] = this.origin;
        this.starts.unshift(0);
        this.startsKnown++;
      }
      const added = newChunk();
      this.label(added, undefined, chunk);
      this.chunks.unshift((chunk = added));
      this.bytes += chunkBytes;
    } else this.touch(chunk);
    chunk.items.unshift(item);
    this.origin--;
    this.count(chunk, item, bytes);
  }

  /** Of a list that is not empty. */
  popRight(): string {
    const chunk = this.chunks[this.chunks.length - 1]!;
    this.touch(chunk);
    const item = chunk.items.pop()!;
    this.uncount(chunk, item);
    if (chunk.items.length === 0) this.dropChunks(this.chunks.length - 1, 1);
    return item;
  }

  /** Of a list that is not empty. */
  popLeft(): string {
    const chunk = this.chunks[0]!;
    this.touch(chunk);
    const item = chunk.items.shift()!;
    this.origin++;
    this.uncount(chunk, item);
    if (chunk.items.length === 0) this.dropChunks(0, 1);
    return item;
  }

  /** Removes `count` elements, at most all. Whole chunks go at once. */
  dropLeft(count: number): void {
    let left = count;
    let whole = 0;
    while (whole < this.chunks.length && this.chunks[whole]!.items.length <= left) {
      left -= this.uncountAll(this.chunks[whole++]!);
    }
    this.origin += count - left;
    if (whole > 0) this.dropChunks(0, whole);
    for (; left > 0; left--) this.popLeft();
  }

  /** As `dropLeft`. */
  dropRight(count: number): void {
    let left = count;
    let keep = this.chunks.length;
    while (keep > 0 && this.chunks[keep - 1]!.items.length <= left) {
      left -= this.uncountAll(this.chunks[--keep]!);
    }
    if (keep < this.chunks.length) this.dropChunks(keep, this.chunks.length - keep);
    for (; left > 0; left--) this.popRight();
  }

  set(index: number, item: string): void {
    const at = this.chunkAt(index);
    const chunk = this.chunks[at]!;
    const offset = index - this.startOf(at);
    this.touch(chunk);
    this.uncount(chunk, chunk.items[offset]!);
    chunk.items[offset] = item;
    this.count(chunk, item, itemBytes(item));
    this.splitLarge(at);
  }

  /** Before the element at `index`, or behind all when `index` is the size. */
  insert(index: number, item: string): void {
    if (index === this.size) this.pushRight(item);
    else if (index === 0) this.pushLeft(item);
    else this.insertInside(index, item);
  }

  /** @param indexes ascending, without repetition */
  remove(indexes: readonly number[]): void {
    if (indexes.length === 0) return;
    const first = this.chunkAt(indexes[0]!);
    let start = this.startOf(first);
    let taken = 0;
    for (let at = first; at < this.chunks.length && taken < indexes.length; at++) {
      const chunk = this.chunks[at]!;
      const { items } = chunk;
      const end = start + items.length;
      let kept = indexes[taken]! < end ? indexes[taken]! - start : items.length;
      if (kept < items.length) this.touch(chunk);
      for (let i = kept; i < items.length; i++) {
        if (indexes[taken] === start + i) {
          taken++;
          this.uncount(chunk, items[i]!);
        } else items[kept++] = items[i]!;
      }
      items.length = kept;
      start = end;
    }
    this.closeGaps(first);
  }

  // Chunks

  private insertInside(index: number, item: string): void {
    const at = this.chunkAt(index);
    const chunk = this.chunks[at]!;
    this.touch(chunk);
    chunk.items.splice(index - this.startOf(at), 0, item);
    this.forgetStarts(at + 1);
    this.count(chunk, item, itemBytes(item));
    this.splitLarge(at);
  }

  private chunkAt(index: number): number {
    const last = this.chunks.length - 1;
    if (last === 0 || index < this.chunks[0]!.items.length) return 0;
    if (index >= this.size - this.chunks[last]!.items.length) return last;
    this.findStarts();
    const number = this.origin + index;
    let low = 1;
    let high = last;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.starts[middle]! <= number) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  /** Index of the first element of a chunk. */
  private startOf(at: number): number {
    if (at === 0) return 0;
    const last = this.chunks.length - 1;
    if (at === last) return this.size - this.chunks[last]!.items.length;
    this.findStarts();
    return this.starts[at]! - this.origin;
  }

  private findStarts(): void {
    const { chunks, starts } = this;
    if (this.startsKnown >= chunks.length) return;
    starts[0] = this.origin;
    for (let at = this.startsKnown; at < chunks.length; at++) {
      starts[at] = starts[at - 1]! + chunks[at - 1]!.items.length;
    }
    this.startsKnown = chunks.length;
  }

  private forgetStarts(from: number): void {
    if (this.startsKnown > from) this.startsKnown = Math.max(from, 1);
  }

  private dropChunks(at: number, count: number): void {
    this.bytes -= count * chunkBytes;
    for (let i = at; this.segments !== undefined && i < at + count; i++) this.segments.drop(this.chunks[i]!);
    if (at === 0) {
      if (count === 1) {
        this.chunks.shift();
        this.starts.shift();
      } else {
        this.chunks.splice(0, count);
        this.starts.splice(0, count);
      }
      this.startsKnown = Math.max(this.startsKnown - count, 1);
    } else {
      this.chunks.splice(at, count);
      this.starts.length = Math.min(this.starts.length, at);
      this.forgetStarts(at);
    }
  }

  /** Splits a chunk that an insertion or a longer element made too large. */
  private splitLarge(at: number): void {
    const chunk = this.chunks[at]!;
    const { items } = chunk;
    if (items.length <= 1) return;
    if (items.length <= listChunkElements && chunk.bytes <= listChunkBytes) return;
    const right = newChunk();
    for (const item of items.splice(items.length >> 1)) {
      right.items.push(item);
      right.bytes += itemBytes(item);
      right.packed += listpackEntryBytes(item);
    }
    chunk.bytes -= right.bytes;
    chunk.packed -= right.packed;
    this.label(right, chunk, this.chunks[at + 1]);
    this.chunks.splice(at + 1, 0, right);
    this.bytes += chunkBytes;
    this.forgetStarts(at + 1);
    this.splitLarge(at + 1);
    this.splitLarge(at);
  }

  /** After removals from chunk `first` on: drops empty chunks and joins small neighbours. */
  private closeGaps(first: number): void {
    const { chunks } = this;
    const from = Math.max(first - 1, 0);
    let kept = from;
    for (let at = from; at < chunks.length; at++) {
      const chunk = chunks[at]!;
      const before = kept > 0 ? chunks[kept - 1]! : undefined;
      if (chunk.items.length === 0) {
        this.segments?.drop(chunk);
        continue;
      }
      if (before !== undefined && mayJoin(before, chunk)) {
        this.touch(before);
        this.segments?.drop(chunk);
        for (const item of chunk.items) before.items.push(item);
        before.bytes += chunk.bytes;
        before.packed += chunk.packed;
      } else chunks[kept++] = chunk;
    }
    this.bytes -= (chunks.length - kept) * chunkBytes;
    chunks.length = kept;
    this.forgetStarts(Math.max(from - 1, 1));
  }

  /** The chunk is about to change. */
  private touch(chunk: Chunk): void {
    if (this.segments !== undefined) this.segments.touch(chunk);
  }

  /** A new chunk between two others. */
  private label(chunk: Chunk, left: Chunk | undefined, right: Chunk | undefined): void {
    if (this.segments?.insert(chunk, left, right) === false) this.segments = undefined;
  }

  private scanLeftwards(visit: (item: string, index: number) => 'stop' | undefined): void {
    let index = this.size;
    for (let at = this.chunks.length - 1; at >= 0; at--) {
      const { items } = this.chunks[at]!;
      for (let i = items.length - 1; i >= 0; i--) if (visit(items[i]!, --index) === 'stop') return;
    }
  }

  private count(chunk: Chunk, item: string, bytes: number): void {
    const packed = listpackEntryBytes(item);
    chunk.bytes += bytes;
    chunk.packed += packed;
    this.bytes += bytes;
    this.packedBytes += packed;
    this.size++;
  }

  private uncount(chunk: Chunk, item: string): void {
    const bytes = itemBytes(item);
    const packed = listpackEntryBytes(item);
    chunk.bytes -= bytes;
    chunk.packed -= packed;
    this.bytes -= bytes;
    this.packedBytes -= packed;
    this.size--;
  }

  /** @returns how many elements the chunk has, which is about to be dropped */
  private uncountAll(chunk: Chunk): number {
    this.bytes -= chunk.bytes;
    this.packedBytes -= chunk.packed;
    this.size -= chunk.items.length;
    return chunk.items.length;
  }
}

function newChunk(): Chunk {
  return { items: [], bytes: 0, packed: 0, id: 0, mark: 0 };
}

function isFull(chunk: Chunk, bytes: number): boolean {
  return chunk.items.length >= listChunkElements || chunk.bytes + bytes > listChunkBytes;
}

/** Half full together, so that the next insertions do not split them again. */
function mayJoin(left: Chunk, right: Chunk): boolean {
  return (
    (left.items.length + right.items.length) * 2 <= listChunkElements &&
    (left.bytes + right.bytes) * 2 <= listChunkBytes
  );
}
