/** Reads a stream in a payload: blocks as listpacks, figures, groups with what is pending, consumers. */
import { FormatError } from '@hypergate/kit/bytes';
import { checkElement, ListpackCursor, listpackHeadBytes } from '../listpack.ts';
import { StreamBlock } from '../types/stream-block.ts';
import type { StreamGroup } from '../types/stream-group.ts';
import { neverActive, unknownEntriesRead } from '../types/stream-group.ts';
import { canonical, StreamId, type U64, zeroId } from '../types/stream-id.ts';
import { counterMax, StreamValue } from '../types/stream-value.ts';
import { listpackCount } from './packed.ts';
import type { RdbReader } from './rdb-reader.ts';
import { rdbTypes } from './rdb-types.ts';

const idBytes = 16;
/** How `unknownEntriesRead` is written: -1 in 64 bits. */
const unknownWritten = 2n ** 64n - 1n;

/** @throws FormatError */
export function readStreamObject(type: number, from: RdbReader): StreamValue {
  const stream = new StreamValue();
  for (let left = from.count(); left > 0; left--) readBlock(from, stream);
  const size = from.number();
  const lastId = readNumbers(from);
  if (size !== stream.size) throw new FormatError('a stream has another number of entries');
  if (stream.lastStoredId !== undefined && stream.lastStoredId.compare(lastId) > 0)
    throw new FormatError('a stream has entries above its last id');
  let entriesAdded: number = stream.size;
  let maxDeletedId = zeroId;
  if (type !== rdbTypes.stream1) {
    // The first id is found in the entries.
    readNumbers(from);
    maxDeletedId = readNumbers(from);
    entriesAdded = counter(from.number());
  }
  stream.lastId = lastId;
  stream.maxDeletedId = maxDeletedId;
  stream.entriesAdded = entriesAdded;
  for (let left = from.count(); left > 0; left--) readGroup(type, from, stream);
  return stream;
}

function readBlock(from: RdbReader, stream: StreamValue): void {
  const key = from.blob();
  if (key.length !== idBytes) throw new FormatError('the id of a block has another length');
  const packed = from.blob();
  const elements = listpackCount(packed);
  const end = packed.length - 1;
  const cursor = new ListpackCursor(packed, listpackHeadBytes);
  const text = packed.latin1Slice();
  const head = () => {
    checkElement(packed, cursor.at, end);
    const value = cursor.integer();
    if (value === undefined || value < 0 || value > packed.length)
      throw new FormatError('the head of a block is damaged');
    return Number(value);
  };
  const live = head();
  const deleted = head();
  const fields: string[] = [];
  for (let left = head(); left > 0; left--) {
    checkElement(packed, cursor.at, end);
    fields.push(cursor.string(text, 0));
  }
  if (head() !== 0) throw new FormatError('the head of a block has no end');
  // Memory of its own: the payload is not kept.
  const entries = Buffer.allocUnsafeSlow(end - cursor.at);
  packed.copy(entries, 0, cursor.at, end);
  const block = StreamBlock.of(rawId(key), fields, entries, stream.lastStoredId);
  if (block.live !== live || block.count - block.live !== deleted)
    throw new FormatError('a block has another number of entries');
  if (elements !== undefined && elements !== block.elements)
    throw new FormatError('a listpack has another number of elements');
  stream.pushBlock(block);
}

function readGroup(type: number, from: RdbReader, stream: StreamValue): void {
  const name = from.text();
  if (stream.groups.has(name)) throw new FormatError('a group is there twice');
  const lastId = readNumbers(from);
  const entriesRead = type === rdbTypes.stream1 ? stream.entriesUpTo(lastId) : readEntriesRead(from);
  const group = stream.addGroup(name, lastId, entriesRead);
  const pending = readPending(from);
  for (let left = from.count(); left > 0; left--) readConsumer(type, from, stream, group, pending);
  if (pending.size > 0) throw new FormatError('a pending entry belongs to no consumer');
}

function readEntriesRead(from: RdbReader): number {
  const value = from.number();
  return value === unknownWritten ? unknownEntriesRead : counter(value);
}

interface Delivery {
  readonly deliveredAt: number;
  readonly deliveries: number;
}

/** What is pending for the whole group, by the text of ids. */
function readPending(from: RdbReader): Map<string, Delivery> {
  const pending = new Map<string, Delivery>();
  for (let left = from.count(); left > 0; left--) {
    const id = rawId(from.raw(idBytes)).toString();
    if (pending.has(id)) throw new FormatError('an entry is pending twice');
    const deliveredAt = readTime(from);
    pending.set(id, { deliveredAt, deliveries: counter(from.number()) });
  }
  return pending;
}

/** Takes what is the consumer's out of `pending`. */
function readConsumer(
  type: number,
  from: RdbReader,
  stream: StreamValue,
  group: StreamGroup,
  pending: Map<string, Delivery>,
): void {
  const name = from.text();
  if (group.consumers.has(name)) throw new FormatError('a consumer is there twice');
  const consumer = stream.addConsumer(group, name, readTime(from));
  const activeAt = type === rdbTypes.stream3 ? readTime(from) : consumer.seenAt;
  consumer.activeAt = activeAt < 0 ? neverActive : activeAt;
  for (let left = from.count(); left > 0; left--) {
    const id = rawId(from.raw(idBytes));
    const delivery = pending.get(id.toString());
    if (delivery === undefined) throw new FormatError('a consumer has what is not pending');
    pending.delete(id.toString());
    stream.setPending(group, consumer, id, delivery.deliveredAt, delivery.deliveries);
  }
}

/** Milliseconds since 1970. */
function readTime(from: RdbReader): number {
  const time = Number(from.i64());
  if (!Number.isSafeInteger(time)) throw new FormatError('a time is out of range');
  return time;
}

function counter(value: U64): number {
  return value > counterMax ? counterMax : Number(value);
}

function readNumbers(from: RdbReader): StreamId {
  const ms = from.number();
  return new StreamId(ms, from.number());
}

function rawId(bytes: Buffer): StreamId {
  return new StreamId(canonical(bytes.readBigUInt64BE(0)), canonical(bytes.readBigUInt64BE(8)));
}
