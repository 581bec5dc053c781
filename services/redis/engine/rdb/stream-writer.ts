/** Writes a stream into a payload as redis-server 7.0 does. The time consumers were active is not in that form. */
import type { StreamGroup } from '../types/stream-group.ts';
import { unknownEntriesRead } from '../types/stream-group.ts';
import type { StreamId } from '../types/stream-id.ts';
import type { StreamValue } from '../types/stream-value.ts';
import type { RdbWriter } from './rdb-writer.ts';

const idBytes = 16;
const unknownWritten = 2n ** 64n - 1n;

export function writeStreamObject(stream: StreamValue, to: RdbWriter): void {
  to.number(stream.blockCount);
  for (const block of stream.liveBlocks()) {
    to.number(idBytes);
    writeRawId(block.masterId, to);
    to.blob(block.packed());
  }
  to.number(stream.size);
  writeNumbers(stream.lastId, to);
  writeNumbers(stream.firstId, to);
  writeNumbers(stream.maxDeletedId, to);
  to.number(stream.entriesAdded);
  to.number(stream.groups.size);
  for (const group of stream.groups.values()) writeGroup(group, to);
}

function writeGroup(group: StreamGroup, to: RdbWriter): void {
  to.text(group.name);
  writeNumbers(group.lastId, to);
  to.number(group.entriesRead === unknownEntriesRead ? unknownWritten : group.entriesRead);
  to.number(group.pending.size);
  for (const entry of group.pending) {
    writeRawId(entry.id, to);
    to.i64(BigInt(entry.deliveredAt));
    to.number(entry.deliveries);
  }
  to.number(group.consumers.size);
  for (const consumer of group.consumers.values()) {
    to.text(consumer.name);
    to.i64(BigInt(consumer.seenAt));
    to.number(consumer.pending.size);
    for (const entry of consumer.pending) writeRawId(entry.id, to);
  }
}

function writeNumbers(id: StreamId, to: RdbWriter): void {
  to.number(id.ms);
  to.number(id.seq);
}

function writeRawId(id: StreamId, to: RdbWriter): void {
  to.u64be(id.ms);
  to.u64be(id.seq);
}
