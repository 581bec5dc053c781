/**
 * A stream: entries in the order of their ids, in blocks of bounded size, and the groups that read it. Pure data; what is
 * recorded stands in stream-changes.ts.
 */
import type { Collection } from '../value.ts';
import { stringBytes } from '../value.ts';
import type { PendingEntry } from './pending-list.ts';
import { StreamBlock } from './stream-block.ts';
import { StreamConsumer, StreamGroup, unknownEntriesRead } from './stream-group.ts';
import { type StreamId, zeroId } from './stream-id.ts';
import { StreamTracker } from './stream-tracker.ts';

export interface StreamEntry {
  readonly id: StreamId;
  /** Fields and values by turns. */
  readonly fields: readonly string[];
}

/** When a block is full: 0 for no limit. */
export interface BlockLimits {
  readonly entriesMax: number;
  readonly bytesMax: number;
}

/** Bytes of fields and values of one entry, and of a block where `bytesMax` is 0; Redis' own. */
export const packedBytesMax = 2 ** 30;

/** Counters stop here: they stay exact, and one more can be stored. */
export const counterMax = Number.MAX_SAFE_INTEGER - 1;

const streamBytes = 200;
const groupBytes = 300;
const consumerBytes = 260;
const pendingBytes = 150;
/** Places at the head that are free are given up once they are this many and most. */
const headSlackMin = 32;
/** Stands where a block was. */
const removedBlock = new StreamBlock(zeroId, []);

export class StreamValue implements Collection {
  readonly type = 'stream';
  accountedBytes = 0;
  private tracker: StreamTracker | undefined = undefined;
  size = 0;
  bytes = streamBytes;
  /** The last id ever given or set. */
  lastId = zeroId;
  /** Id of the first entry, 0-0 without one. */
  firstId = zeroId;
  /** Highest id of an entry removed by XDEL. */
  maxDeletedId = zeroId;
  entriesAdded = 0;
  readonly groups = new Map<string, StreamGroup>();
  private blocks: StreamBlock[] = [];
  /** Blocks before this place were removed. Without a block it is 0 and `blocks` is empty. */
  private head = 0;

  /** Begins to follow which parts change. */
  track(): void {
    this.segments = new StreamTracker(this.liveBlocks(), this.groups.values());
  }

  get segments(): StreamTracker | undefined {
    return this.tracker;
  }

  set segments(tracker: StreamTracker | undefined) {
    this.tracker = tracker;
    if (tracker === undefined) for (const group of this.groups.values()) group.pending.untrack();
  }

  get blockCount(): number {
    return this.blocks.length - this.head;
  }

  /** From the first on. */
  liveBlocks(): readonly StreamBlock[] {
    return this.head === 0 ? this.blocks : this.blocks.slice(this.head);
  }

  // Entries

  /** Whether the entry does not fit in the last block. @param words fields and values by turns, from `from` on */
  needsBlock(words: readonly string[], from: number, limits: BlockLimits): boolean {
    const last = this.blocks.at(-1);
    if (last === undefined) return true;
    let bytes = last.packedBytes;
    for (let i = from; i < words.length; i++) bytes += words[i]!.length;
    const bytesMax =
      limits.bytesMax === 0 || limits.bytesMax > packedBytesMax ? packedBytesMax : limits.bytesMax;
    return bytes >= bytesMax || (limits.entriesMax > 0 && last.count >= limits.entriesMax);
  }

  /** @param id above `lastId` */
  append(id: StreamId, words: readonly string[], from: number, newBlock: boolean): void {
    const block = newBlock ? this.openBlock(id, words, from) : this.blocks[this.blocks.length - 1]!;
    if (this.tracker !== undefined) this.tracker.touch(block);
    this.bytes -= block.bytes;
    block.append(id, words, from);
    this.bytes += block.bytes;
    this.size++;
    if (this.entriesAdded < counterMax) this.entriesAdded++;
    this.lastId = id;
    if (this.size === 1) this.firstId = id;
  }

  private openBlock(id: StreamId, words: readonly string[], from: number): StreamBlock {
    const before = this.blocks.at(-1);
    if (before !== undefined) {
      this.bytes -= before.bytes;
      before.close();
      this.bytes += before.bytes;
    }
    let fields: readonly string[] = [];
    if (before !== undefined && sameFields(before.fields, words, from)) fields = before.fields;
    else {
      const own: string[] = [];
      for (let i = from; i < words.length; i += 2) own.push(words[i]!);
      fields = own;
    }
    const block = new StreamBlock(id, fields);
    this.tracker?.addBlock(block);
    this.blocks.push(block);
    this.bytes += block.bytes;
    return block;
  }

  /** For loading: a block after all others. */
  pushBlock(block: StreamBlock): void {
    if (this.size === 0) this.firstId = block.idAt(block.nextLive(0, 1));
    this.blocks.push(block);
    this.size += block.live;
    this.bytes += block.bytes;
  }

  /** Last id in the last block, deleted or not: for loading. */
  get lastStoredId(): StreamId | undefined {
    const last = this.blocks.at(-1);
    return last?.idAt(last.count - 1);
  }

  /** Id of the last entry that is there; undefined without one. */
  get lastEntryId(): StreamId | undefined {
    const last = this.blocks.at(-1);
    return last?.idAt(last.nextLive(last.count - 1, -1));
  }

  has(id: StreamId): boolean {
    const block = this.blocks[this.blockOf(id)];
    return block !== undefined && block.find(id) >= 0;
  }

  get(id: StreamId): StreamEntry | undefined {
    const block = this.blocks[this.blockOf(id)];
    const position = block === undefined ? -1 : block.find(id);
    return position < 0 ? undefined : { id, fields: block!.fieldsAt(position) };
  }

  /**
   * Entries from `start` to `end`, both included.
   * @param limit at most so many; 0 for all
   */
  range(start: StreamId, end: StreamId, limit: number, reverse: boolean): StreamEntry[] {
    const found: StreamEntry[] = [];
    if (this.size === 0 || start.compare(end) > 0) return found;
    const step = reverse ? -1 : 1;
    const from = reverse ? end : start;
    const stop = reverse ? start : end;
    let at = Math.max(this.blockOf(from), this.head);
    // In reverse the search begins at the last entry that is not above.
    let position = 0;
    const first = this.blocks[at]!;
    const bound = first.lowerBound(from);
    if (!reverse) position = bound;
    else position = bound < first.count && first.idAt(bound).equals(from) ? bound : bound - 1;
    for (;;) {
      const block = this.blocks[at]!;
      position = block.nextLive(position, step);
      if (position < 0) {
        at += step;
        if (at < this.head || at >= this.blocks.length) return found;
        position = reverse ? this.blocks[at]!.count - 1 : 0;
        continue;
      }
      const id = block.idAt(position);
      if ((reverse ? stop.compare(id) : id.compare(stop)) > 0) return found;
      found.push({ id, fields: block.fieldsAt(position) });
      if (found.length === limit) return found;
      position += step;
    }
  }

  /** @returns whether it was there */
  delete(id: StreamId): boolean {
    const at = this.blockOf(id);
    const block = this.blocks[at];
    const position = block === undefined ? -1 : block.find(id);
    if (position < 0) return false;
    this.size--;
    if (id.compare(this.maxDeletedId) > 0) this.maxDeletedId = id;
    if (block!.live > 1) {
      this.tracker?.touch(block!);
      block!.deleteAt(position);
    } else this.removeBlock(at);
    if (id.equals(this.firstId)) this.findFirst();
    return true;
  }

  // Trimming: what to remove is found first, and removed by its number, so that doing it again removes the same

  /**
   * How many entries at the head to remove so that `length` stay.
   * @param whole only whole blocks
   * @param limit at most so many, unless 0
   */
  excess(length: number, whole: boolean, limit: number): number {
    let removed = 0;
    for (let at = this.head; at < this.blocks.length && this.size - removed > length; at++) {
      const { live } = this.blocks[at]!;
      if (limit > 0 && removed + live > limit) break;
      if (this.size - removed - live < length) return whole ? removed : this.size - length;
      removed += live;
    }
    return removed;
  }

  /** How many entries at the head have an id below. Parameters as of `excess`. */
  countBelow(id: StreamId, whole: boolean, limit: number): number {
    let removed = 0;
    for (let at = this.head; at < this.blocks.length; at++) {
      const block = this.blocks[at]!;
      if (limit > 0 && removed + block.live > limit) break;
      if (block.idAt(block.count - 1).compare(id) < 0) {
        removed += block.live;
        continue;
      }
      if (whole) break;
      const bound = block.lowerBound(id);
      for (let i = 0; i < bound; i++) if (!block.isDeleted(i)) removed++;
      break;
    }
    return removed;
  }

  /** Removes the first entries. */
  trimHead(count: number): void {
    let left = count;
    while (left > 0) {
      const block = this.blocks[this.head]!;
      if (block.live <= left) {
        left -= block.live;
        this.size -= block.live;
        this.removeBlock(this.head);
        continue;
      }
      this.size -= left;
      this.tracker?.touch(block);
      for (let i = block.nextLive(0, 1); left > 0; i = block.nextLive(i + 1, 1), left--) block.deleteAt(i);
    }
    if (count > 0) this.findFirst();
  }

  // Groups

  addGroup(name: string, lastId: StreamId, entriesRead: number): StreamGroup {
    const group = new StreamGroup(name, lastId, entriesRead);
    this.groups.set(name, group);
    this.tracker?.addGroup(group);
    this.bytes += groupBytes + stringBytes(name);
    return group;
  }

  /** @param entriesRead how many entries it has been given, or -1 */
  setGroup(group: StreamGroup, lastId: StreamId, entriesRead: number): void {
    this.tracker?.touchMember(group);
    group.lastId = lastId;
    group.entriesRead = entriesRead;
  }

  removeGroup(group: StreamGroup): void {
    this.tracker?.dropGroup(group);
    this.groups.delete(group.name);
    this.bytes -= groupBytes + stringBytes(group.name) + group.pending.size * pendingBytes;
    for (const name of group.consumers.keys()) this.bytes -= consumerBytes + stringBytes(name);
  }

  addConsumer(group: StreamGroup, name: string, seenAt: number): StreamConsumer {
    const consumer = new StreamConsumer(name, seenAt);
    group.consumers.set(name, consumer);
    this.tracker?.addConsumer(group, consumer);
    this.bytes += consumerBytes + stringBytes(name);
    return consumer;
  }

  /** The consumer asked for entries. @param activeAt when it was last given some, -1 for never */
  seeConsumer(consumer: StreamConsumer, seenAt: number, activeAt: number): void {
    this.tracker?.touchMember(consumer);
    consumer.seenAt = seenAt;
    consumer.activeAt = activeAt;
  }

  /** What it has not acknowledged is forgotten. */
  removeConsumer(group: StreamGroup, consumer: StreamConsumer): void {
    for (const { id } of consumer.pending) group.pending.delete(id);
    this.tracker?.dropConsumer(consumer);
    this.bytes -= consumerBytes + stringBytes(consumer.name) + consumer.pending.size * pendingBytes;
    group.consumers.delete(consumer.name);
  }

  /** Makes the entry pending for the consumer, taking it from whom it was pending for. */
  setPending(
    group: StreamGroup,
    consumer: StreamConsumer,
    id: StreamId,
    deliveredAt: number,
    deliveries: number,
  ): void {
    const before = group.pending.find(id);
    if (before === undefined) {
      const entry: PendingEntry = { id, consumer, deliveredAt, deliveries };
      group.pending.add(entry);
      consumer.pending.add(entry);
      this.bytes += pendingBytes;
      return;
    }
    if (this.tracker !== undefined) group.pending.touch(id);
    if (before.consumer !== consumer) {
      before.consumer.pending.delete(id);
      before.consumer = consumer;
      consumer.pending.add(before);
    }
    before.deliveredAt = deliveredAt;
    before.deliveries = deliveries;
  }

  /** @returns whether it was pending */
  removePending(group: StreamGroup, id: StreamId): boolean {
    const entry = group.pending.find(id);
    if (entry === undefined) return false;
    group.pending.delete(id);
    entry.consumer.pending.delete(id);
    this.bytes -= pendingBytes;
    return true;
  }

  // How far a group is. Whether a number can be known follows redis-server 7.2: an entry removed from the middle hides it.

  /** Whether an entry was removed by XDEL between `start` and the end, as far as is known. */
  hasGapAfter(start: StreamId): boolean {
    if (this.size === 0 || this.maxDeletedId.isZero) return false;
    if (this.firstId.compare(this.maxDeletedId) > 0) return false;
    return start.compare(this.maxDeletedId) <= 0;
  }

  /** How many of the entries ever added have ids up to this one, or -1 when that is not known. */
  entriesUpTo(id: StreamId): number {
    if (this.entriesAdded === 0) return 0;
    const last = id.compare(this.lastId);
    if (last === 0 || (this.size === 0 && last < 0)) return this.entriesAdded;
    if (last > 0) return unknownEntriesRead;
    if (this.maxDeletedId.isZero || this.maxDeletedId.compare(this.firstId) < 0) {
      const first = id.compare(this.firstId);
      if (first < 0) return this.entriesAdded - this.size;
      if (first === 0) return this.entriesAdded - this.size + 1;
    }
    return unknownEntriesRead;
  }

  /** Entries the group has not been given; undefined when that is not known. */
  lag(group: StreamGroup): number | undefined {
    if (this.entriesAdded === 0) return 0;
    const known = group.entriesRead !== unknownEntriesRead && !this.hasGapAfter(group.lastId);
    const read = known ? group.entriesRead : this.entriesUpTo(group.lastId);
    return read === unknownEntriesRead ? undefined : this.entriesAdded - read;
  }

  private removeBlock(at: number): void {
    this.bytes -= this.blocks[at]!.bytes;
    this.tracker?.drop(this.blocks[at]!);
    if (at !== this.head) {
      this.blocks.splice(at, 1);
      return;
    }
    this.blocks[this.head++] = removedBlock;
    if (this.head === this.blocks.length) {
      this.blocks = [];
      this.head = 0;
    } else if (this.head >= headSlackMin && this.head * 2 > this.blocks.length) {
      this.blocks = this.blocks.slice(this.head);
      this.head = 0;
    }
  }

  private findFirst(): void {
    const first = this.blocks[this.head];
    this.firstId = first === undefined ? zeroId : first.idAt(first.nextLive(0, 1));
  }

  /** The last block whose first id is not above, or `head - 1`. */
  private blockOf(id: StreamId): number {
    let low = this.head;
    let high = this.blocks.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.blocks[middle]!.masterId.compare(id) <= 0) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  }
}

function sameFields(fields: readonly string[], words: readonly string[], from: number): boolean {
  if ((words.length - from) / 2 !== fields.length) return false;
  for (let i = 0; i < fields.length; i++) if (words[from + i * 2] !== fields[i]) return false;
  return true;
}
