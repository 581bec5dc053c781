/**
 * Everything that changes a stream, each with the effect that does it again (engine/effects/stream-effects.ts): concrete ids,
 * times and numbers of entries. A stream that is new was put in with `place` before.
 */
import type { Database } from '../database.ts';
import type { StreamConsumer, StreamGroup } from './stream-group.ts';
import type { StreamId } from './stream-id.ts';
import { ownMark, writeId } from './stream-id-codec.ts';
import { counterMax, type StreamValue } from './stream-value.ts';

/** Codes of the effects; they stand in stored journals. */
export const streamEffects = {
  add: 96,
  delete: 97,
  trim: 98,
  setId: 99,
  createGroup: 100,
  destroyGroup: 101,
  setGroup: 102,
  createConsumer: 103,
  deleteConsumer: 104,
  see: 105,
  deliver: 106,
  claim: 107,
  acknowledge: 108,
} as const;

/** Mark on an added entry's id: it begins a block. Blocks are then the same whatever the limits are when it is done again. */
export const newBlockMark = ownMark;

/** A stream and where it is. */
export interface StreamPlace {
  readonly db: Database;
  readonly key: string;
  readonly stream: StreamValue;
}

/** @param words fields and values by turns, from `from` on @param id above the stream's last */
export function addEntry(
  place: StreamPlace,
  id: StreamId,
  words: readonly string[],
  from: number,
  newBlock: boolean,
): void {
  place.stream.append(id, words, from, newBlock);
  const out = place.db.effect(streamEffects.add, place.key);
  if (out === undefined) return;
  writeId(out, id, newBlock ? newBlockMark : 0);
  out.varint(words.length - from);
  for (let i = from; i < words.length; i++) out.string(words[i]!);
}

/** @returns whether it was there */
export function deleteEntry(place: StreamPlace, id: StreamId): boolean {
  if (!place.stream.delete(id)) return false;
  const out = place.db.effect(streamEffects.delete, place.key);
  if (out !== undefined) writeId(out, id);
  return true;
}

/** Removes the first entries. */
export function trimEntries(place: StreamPlace, count: number): void {
  if (count === 0) return;
  place.stream.trimHead(count);
  place.db.effect(streamEffects.trim, place.key)?.varint(count);
}

export function setStreamId(
  place: StreamPlace,
  lastId: StreamId,
  maxDeletedId: StreamId,
  counted: number,
): void {
  const { stream } = place;
  const entriesAdded = Math.min(counted, counterMax);
  stream.lastId = lastId;
  stream.maxDeletedId = maxDeletedId;
  stream.entriesAdded = entriesAdded;
  const out = place.db.effect(streamEffects.setId, place.key);
  if (out === undefined) return;
  writeId(out, lastId);
  writeId(out, maxDeletedId);
  out.varint(entriesAdded);
}

export function createGroup(place: StreamPlace, name: string, lastId: StreamId, counted: number): void {
  const entriesRead = Math.min(counted, counterMax);
  place.stream.addGroup(name, lastId, entriesRead);
  writeGroup(place, streamEffects.createGroup, name, lastId, entriesRead);
}

export function destroyGroup(place: StreamPlace, group: StreamGroup): void {
  place.stream.removeGroup(group);
  place.db.effect(streamEffects.destroyGroup, place.key)?.string(group.name);
}

export function setGroup(place: StreamPlace, group: StreamGroup, lastId: StreamId, counted: number): void {
  const entriesRead = Math.min(counted, counterMax);
  place.stream.setGroup(group, lastId, entriesRead);
  writeGroup(place, streamEffects.setGroup, group.name, lastId, entriesRead);
}

function writeGroup(
  place: StreamPlace,
  code: number,
  name: string,
  lastId: StreamId,
  entriesRead: number,
): void {
  const out = place.db.effect(code, place.key);
  if (out === undefined) return;
  out.string(name);
  writeId(out, lastId);
  out.varint(entriesRead + 1);
}

export function createConsumer(
  place: StreamPlace,
  group: StreamGroup,
  name: string,
  now: number,
): StreamConsumer {
  const consumer = place.stream.addConsumer(group, name, now);
  const out = place.db.effect(streamEffects.createConsumer, place.key);
  if (out !== undefined) {
    out.string(group.name);
    out.string(name);
    out.f64(now);
  }
  return consumer;
}

export function deleteConsumer(place: StreamPlace, group: StreamGroup, consumer: StreamConsumer): void {
  place.stream.removeConsumer(group, consumer);
  const out = place.db.effect(streamEffects.deleteConsumer, place.key);
  if (out === undefined) return;
  out.string(group.name);
  out.string(consumer.name);
}

/** The consumer asked for entries. @param activeAt when it was last given some, -1 for never */
export function seeConsumer(
  place: StreamPlace,
  group: StreamGroup,
  consumer: StreamConsumer,
  seenAt: number,
  activeAt: number,
): void {
  if (consumer.seenAt === seenAt && consumer.activeAt === activeAt) return;
  place.stream.seeConsumer(consumer, seenAt, activeAt);
  const out = place.db.effect(streamEffects.see, place.key);
  if (out === undefined) return;
  out.string(group.name);
  out.string(consumer.name);
  out.f64(seenAt);
  out.f64(activeAt);
}

/** Entries come to be pending for the consumer, for the first time or anew, with one delivery. */
export function deliverEntries(
  place: StreamPlace,
  group: StreamGroup,
  consumer: StreamConsumer,
  ids: readonly StreamId[],
  now: number,
): void {
  for (const id of ids) place.stream.setPending(group, consumer, id, now, 1);
  const out = place.db.effect(streamEffects.deliver, place.key);
  if (out === undefined) return;
  out.string(group.name);
  out.string(consumer.name);
  out.f64(now);
  out.varint(ids.length);
  for (const id of ids) writeId(out, id);
}

/** An entry comes to be pending, or goes on being so, with these figures. */
export function claimEntry(
  place: StreamPlace,
  group: StreamGroup,
  consumer: StreamConsumer,
  id: StreamId,
  deliveredAt: number,
  counted: number,
): void {
  const deliveries = Math.min(counted, counterMax);
  place.stream.setPending(group, consumer, id, deliveredAt, deliveries);
  const out = place.db.effect(streamEffects.claim, place.key);
  if (out === undefined) return;
  out.string(group.name);
  out.string(consumer.name);
  writeId(out, id);
  out.f64(deliveredAt);
  out.varint(deliveries);
}

/** @returns whether it was pending */
export function acknowledgeEntry(place: StreamPlace, group: StreamGroup, id: StreamId): boolean {
  if (!place.stream.removePending(group, id)) return false;
  const out = place.db.effect(streamEffects.acknowledge, place.key);
  if (out !== undefined) {
    out.string(group.name);
    writeId(out, id);
  }
  return true;
}
