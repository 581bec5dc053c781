/**
 * A block of consecutive entries of a stream: the unit that approximate trimming removes. Entries are kept as elements of a
 * listpack, the form in which DUMP and RESTORE carry them:
 *   flags ‖ ms - master's ‖ seq - master's ‖ (values | number of fields ‖ fields and values) ‖ number of elements before
 * The fields of the first entry are those of the block, and entries with the same fields hold values only.
 * Source: the layout of redis-server's stream nodes (src/stream.h), which payloads must have.
 */
import { FormatError } from '@hypergate/kit/bytes';
import {
  checkElement,
  integerElementBytes,
  ListpackCursor,
  ListpackWriter,
  listpackEnd,
  listpackHeadBytes,
  stringElementBytes,
} from '../listpack.ts';
import type { Segment } from '../segments.ts';
import { canonical, StreamId, type U64, wrappingAdd, wrappingSubtract } from './stream-id.ts';

const flagDeleted = 1;
const flagSameFields = 2;
/** Elements of an entry beside fields and values: flags, ms, seq. */
const fixedElements = 3;
/** Memory of a block beside its buffers, about. */
const blockOverheadBytes = 360;
const offsetsMin = 4;

/** Used by every read of an entry: nothing keeps it. */
const cursor = new ListpackCursor(Buffer.alloc(0), 0);

export class StreamBlock implements Segment {
  id = 0;
  mark = 0;
  /** Ids are kept as differences from this one: the id of the first entry ever in the block. */
  readonly masterId: StreamId;
  readonly fields: readonly string[];
  /** Entries, those deleted included. */
  count = 0;
  /** Entries not deleted. */
  live = 0;
  private readonly body: ListpackWriter;
  /** Where entries begin in the body. */
  private offsets: Uint32Array = new Uint32Array(offsetsMin);
  /** Bytes of the elements of `fields`. */
  private readonly fieldsBytes: number;

  constructor(masterId: StreamId, fields: readonly string[], body?: Buffer) {
    this.masterId = masterId;
    this.fields = fields;
    this.body = new ListpackWriter(body);
    this.fieldsBytes = fields.reduce((sum, field) => sum + stringElementBytes(field), 0);
  }

  /** Bytes in memory, about. */
  get bytes(): number {
    return this.body.buffer.length + this.offsets.byteLength + this.fieldsBytes + blockOverheadBytes;
  }

  /** Bytes of the block as a listpack. */
  get packedBytes(): number {
    const head =
      integerElementBytes(this.live) +
      integerElementBytes(this.count - this.live) +
      integerElementBytes(this.fields.length) +
      integerElementBytes(0);
    return listpackHeadBytes + head + this.fieldsBytes + this.body.length + 1;
  }

  /** The elements of all entries, as they are stored: a view. */
  get packedEntries(): Buffer {
    return this.body.buffer.subarray(0, this.body.length);
  }

  // Entries by position, those deleted included

  idAt(position: number): StreamId {
    cursor.buffer = this.body.buffer;
    cursor.at = this.offsets[position]! + 2;
    return this.readId();
  }

  isDeleted(position: number): boolean {
    return (this.body.buffer[this.offsets[position]!]! & flagDeleted) !== 0;
  }

  /** Fields and values by turns. */
  fieldsAt(position: number): string[] {
    const { buffer, length } = this.body;
    const start = this.offsets[position]!;
    const end = position + 1 < this.count ? this.offsets[position + 1]! : length;
    const text = buffer.latin1Slice(start, end);
    cursor.buffer = buffer;
    cursor.at = start + 2;
    cursor.pass();
    cursor.pass();
    const { fields } = this;
    const found: string[] = [];
    if ((buffer[start]! & flagSameFields) !== 0) {
      for (let i = 0; i < fields.length; i++) found.push(fields[i]!, cursor.string(text, start));
    } else {
      const words = Number(cursor.integer()) * 2;
      for (let i = 0; i < words; i++) found.push(cursor.string(text, start));
    }
    return found;
  }

  /** Position of the first entry whose id is not below; `count` when there is none. */
  lowerBound(id: StreamId): number {
    let low = 0;
    let high = this.count;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.idAt(middle).compare(id) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** Position of the live entry or -1. */
  find(id: StreamId): number {
    const position = this.lowerBound(id);
    return position < this.count && !this.isDeleted(position) && this.idAt(position).equals(id)
      ? position
      : -1;
  }

  /** Position of the next live entry from here on, in steps of 1 or -1; -1 when there is none. */
  nextLive(from: number, step: number): number {
    for (let i = from; i >= 0 && i < this.count; i += step) if (!this.isDeleted(i)) return i;
    return -1;
  }

  // Changes

  /** @param words fields and values by turns, from `from` on */
  append(id: StreamId, words: readonly string[], from: number): void {
    const { body, fields, masterId } = this;
    const same = this.hasFields(words, from);
    this.pushOffset(body.length);
    body.integer(same ? flagSameFields : 0);
    body.integer(wrappingSubtract(id.ms, masterId.ms));
    body.integer(wrappingSubtract(id.seq, masterId.seq));
    if (same) {
      for (let i = from + 1; i < words.length; i += 2) body.string(words[i]!);
      body.integer(fields.length + fixedElements);
    } else {
      const pairs = (words.length - from) / 2;
      body.integer(pairs);
      for (let i = from; i < words.length; i++) body.string(words[i]!);
      body.integer(pairs * 2 + fixedElements + 1);
    }
    this.live++;
  }

  deleteAt(position: number): void {
    this.body.buffer[this.offsets[position]!]! |= flagDeleted;
    this.live--;
  }

  /** No more entries will come. */
  close(): void {
    this.body.shrink();
    this.offsets = this.offsets.slice(0, this.count);
  }

  // Stored forms

  /** The block as a listpack, in memory of its own. */
  packed(): Buffer {
    const head = new ListpackWriter();
    for (const value of [this.live, this.count - this.live, this.fields.length]) head.integer(value);
    for (const field of this.fields) head.string(field);
    head.integer(0);
    const bytes = this.packedBytes;
    const packed = Buffer.allocUnsafe(bytes);
    packed.writeUInt32LE(bytes, 0);
    packed.writeUInt16LE(this.elements, 4);
    head.buffer.copy(packed, listpackHeadBytes, 0, head.length);
    this.body.buffer.copy(packed, listpackHeadBytes + head.length, 0, this.body.length);
    packed[bytes - 1] = listpackEnd;
    return packed;
  }

  /** Elements of the block as a listpack; 65535 stands for that many and more. */
  get elements(): number {
    let elements = 4 + this.fields.length;
    for (let i = 0; i < this.count; i++) elements += this.elementsAt(i) + 1;
    return Math.min(elements, 0xffff);
  }

  private elementsAt(position: number): number {
    const start = this.offsets[position]!;
    const { buffer } = this.body;
    if ((buffer[start]! & flagSameFields) !== 0) return this.fields.length + fixedElements;
    cursor.buffer = buffer;
    cursor.at = start + 2;
    cursor.pass();
    cursor.pass();
    return Number(cursor.integer()) * 2 + fixedElements + 1;
  }

  /**
   * Makes a block of stored entries and checks every one.
   * @param entries bytes that the block keeps
   * @param after the last id of the block before
   * @throws FormatError
   */
  static of(
    masterId: StreamId,
    fields: readonly string[],
    entries: Buffer,
    after: StreamId | undefined,
  ): StreamBlock {
    const block = new StreamBlock(masterId, fields, entries);
    let last = after;
    for (let at = 0; at < entries.length; ) {
      block.pushOffset(at);
      const flags = entries[at]!;
      if (flags > 3) throw new FormatError('an entry of a stream has unknown flags');
      if ((flags & flagDeleted) === 0) block.live++;
      at = block.checkEntry(at, entries);
      const id = block.idAt(block.count - 1);
      if (id.compare(masterId) < 0 || (last !== undefined && id.compare(last) <= 0))
        throw new FormatError('the ids of a stream are not in order');
      last = id;
    }
    block.close();
    if (block.live === 0) throw new FormatError('a block of a stream is empty');
    return block;
  }

  private checkEntry(start: number, entries: Buffer): number {
    const end = entries.length;
    let at = checkElement(entries, start, end);
    for (let i = 0; i < 2; i++) {
      const next = checkElement(entries, at, end);
      checkedInteger(entries, at);
      at = next;
    }
    let words = this.fields.length;
    let elements = words + fixedElements;
    if ((entries[start]! & flagSameFields) === 0) {
      const next = checkElement(entries, at, end);
      const pairs = checkedInteger(entries, at);
      if (pairs < 1 || pairs > end - at) throw new FormatError('an entry has an odd number of fields');
      words = Number(pairs) * 2;
      elements = words + fixedElements + 1;
      at = next;
    }
    for (let i = 0; i < words; i++) at = checkElement(entries, at, end);
    const next = checkElement(entries, at, end);
    if (checkedInteger(entries, at) !== elements)
      throw new FormatError('an entry has another number of elements');
    return next;
  }

  private readId(): StreamId {
    const ms = wrappingAdd(this.masterId.ms, cursor.integer()!);
    return new StreamId(ms, wrappingAdd(this.masterId.seq, cursor.integer()!));
  }

  private hasFields(words: readonly string[], from: number): boolean {
    const { fields } = this;
    if ((words.length - from) / 2 !== fields.length) return false;
    for (let i = 0; i < fields.length; i++) if (words[from + i * 2] !== fields[i]) return false;
    return true;
  }

  private pushOffset(offset: number): void {
    if (this.count === this.offsets.length) {
      const larger = new Uint32Array(Math.max(offsetsMin, this.count * 2));
      larger.set(this.offsets);
      this.offsets = larger;
    }
    this.offsets[this.count++] = offset;
  }
}

/** The integer element at a place that was checked. @throws FormatError when it is a string */
function checkedInteger(buffer: Buffer, at: number): U64 {
  cursor.buffer = buffer;
  cursor.at = at;
  const value = cursor.integer();
  if (value === undefined) throw new FormatError('a string stands where a number must');
  return typeof value === 'bigint' ? canonical(value) : value;
}
