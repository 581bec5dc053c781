/**
 * How streams are stored: version u8 ‖ last id ‖ highest deleted id ‖ entries added ‖ blocks ‖ groups. Blocks keep the form
 * they have in memory (stream-block.ts), so that a stream that was loaded is trimmed in the same places.
 */
import { type ByteReader, type ByteWriter, FormatError } from '@hypergate/kit/bytes';
import type { ValueType } from '../value.ts';
import { loadBlock, saveBlock } from './stream-block-codec.ts';
import type { StreamGroup } from './stream-group.ts';
import { readId, writeId } from './stream-id-codec.ts';
import { StreamValue } from './stream-value.ts';

const version = 1;

export const streamType: ValueType<StreamValue> = {
  type: 'stream',
  code: 6,
  save(stream, to) {
    to.u8(version);
    writeId(to, stream.lastId);
    writeId(to, stream.maxDeletedId);
    to.varint(stream.entriesAdded);
    to.varint(stream.blockCount);
    for (const block of stream.liveBlocks()) saveBlock(block, to);
    to.varint(stream.groups.size);
    for (const group of stream.groups.values()) saveGroup(group, to);
  },
  load(from) {
    if (from.u8() !== version) throw new FormatError('a stream of an unknown version');
    const stream = new StreamValue();
    const lastId = readId(from);
    stream.maxDeletedId = readId(from);
    const entriesAdded = from.varint();
    for (let left = from.varint(); left > 0; left--) stream.pushBlock(loadBlock(from, stream.lastStoredId));
    stream.lastId = lastId;
    stream.entriesAdded = entriesAdded;
    if (stream.lastStoredId !== undefined && stream.lastStoredId.compare(lastId) > 0)
      throw new FormatError('a stream has entries above its last id');
    for (let left = from.varint(); left > 0; left--) loadGroup(from, stream);
    return stream;
  },
  /** Segments: stream-tracker.ts. In the head: last id ‖ highest deleted id ‖ entries added. */
  segments: {
    track: (stream) => stream.track(),
    saveHead(stream, to) {
      writeId(to, stream.lastId);
      writeId(to, stream.maxDeletedId);
      to.varint(stream.entriesAdded);
    },
  },
};

function saveGroup(group: StreamGroup, to: ByteWriter): void {
  to.string(group.name);
  writeId(to, group.lastId);
  to.varint(group.entriesRead + 1);
  to.varint(group.consumers.size);
  for (const consumer of group.consumers.values()) {
    to.string(consumer.name);
    to.f64(consumer.seenAt);
    to.f64(consumer.activeAt);
    to.varint(consumer.pending.size);
    for (const entry of consumer.pending) {
      writeId(to, entry.id);
      to.f64(entry.deliveredAt);
      to.varint(entry.deliveries);
    }
  }
}

function loadGroup(from: ByteReader, stream: StreamValue): void {
  const name = from.string();
  if (stream.groups.has(name)) throw new FormatError('a group is there twice');
  const lastId = readId(from);
  const group = stream.addGroup(name, lastId, from.varint() - 1);
  for (let consumers = from.varint(); consumers > 0; consumers--) {
    const consumerName = from.string();
    if (group.consumers.has(consumerName)) throw new FormatError('a consumer is there twice');
    const consumer = stream.addConsumer(group, consumerName, from.f64());
    consumer.activeAt = from.f64();
    for (let pending = from.varint(); pending > 0; pending--) {
      const id = readId(from);
      if (group.pending.find(id) !== undefined) throw new FormatError('an entry is pending twice');
      const deliveredAt = from.f64();
      stream.setPending(group, consumer, id, deliveredAt, from.varint());
    }
  }
}
