/** Effects on streams: recorded in engine/types/stream-changes.ts, each body a row of elements. */
import { type ByteReader, FormatError } from '@hypergate/kit/bytes';
import type { Database } from '../database.ts';
import * as changes from '../types/stream-changes.ts';
import type { StreamConsumer, StreamGroup } from '../types/stream-group.ts';
import { readId, readMarkedId } from '../types/stream-id-codec.ts';
import { StreamValue } from '../types/stream-value.ts';
import type { EffectKind } from './effect-kind.ts';

const { streamEffects } = changes;

export const streamEffectKinds: EffectKind[] = [
  kind(streamEffects.add, 'stream add', true, (place, body) => {
    const { id, marks } = readMarkedId(body);
    const words: string[] = [];
    for (let left = body.varint(); left > 0; left--) words.push(body.string());
    if (words.length < 2 || words.length % 2 !== 0 || id.compare(place.stream.lastId) <= 0)
      throw new FormatError('an entry does not fit its stream');
    const newBlock = (marks & changes.newBlockMark) !== 0;
    if (!newBlock && place.stream.blockCount === 0) throw new FormatError('a stream has no block');
    changes.addEntry(place, id, words, 0, newBlock);
  }),
  kind(streamEffects.delete, 'stream delete', false, (place, body) => {
    if (!changes.deleteEntry(place, readId(body))) throw new FormatError('no such entry');
  }),
  kind(streamEffects.trim, 'stream trim', false, (place, body) => {
    const count = body.varint();
    if (count > place.stream.size) throw new FormatError('a stream has fewer entries');
    changes.trimEntries(place, count);
  }),
  kind(streamEffects.setId, 'stream set id', false, (place, body) => {
    const lastId = readId(body);
    const maxDeletedId = readId(body);
    changes.setStreamId(place, lastId, maxDeletedId, body.varint());
  }),
  kind(streamEffects.createGroup, 'stream create group', true, (place, body) => {
    const name = body.string();
    if (place.stream.groups.has(name)) throw new FormatError('a group is there twice');
    const lastId = readId(body);
    changes.createGroup(place, name, lastId, body.varint() - 1);
  }),
  kind(streamEffects.destroyGroup, 'stream destroy group', false, (place, body) => {
    changes.destroyGroup(place, readGroup(place, body));
  }),
  kind(streamEffects.setGroup, 'stream set group', false, (place, body) => {
    const group = readGroup(place, body);
    const lastId = readId(body);
    changes.setGroup(place, group, lastId, body.varint() - 1);
  }),
  kind(streamEffects.createConsumer, 'stream create consumer', false, (place, body) => {
    const group = readGroup(place, body);
    const name = body.string();
    if (group.consumers.has(name)) throw new FormatError('a consumer is there twice');
    changes.createConsumer(place, group, name, body.f64());
  }),
  kind(streamEffects.deleteConsumer, 'stream delete consumer', false, (place, body) => {
    const group = readGroup(place, body);
    changes.deleteConsumer(place, group, readConsumer(group, body));
  }),
  kind(streamEffects.see, 'stream see consumer', false, (place, body) => {
    const group = readGroup(place, body);
    const consumer = readConsumer(group, body);
    const seenAt = body.f64();
    changes.seeConsumer(place, group, consumer, seenAt, body.f64());
  }),
  kind(streamEffects.deliver, 'stream deliver', false, (place, body) => {
    const group = readGroup(place, body);
    const consumer = readConsumer(group, body);
    const now = body.f64();
    const ids = [];
    for (let left = body.varint(); left > 0; left--) ids.push(readId(body));
    changes.deliverEntries(place, group, consumer, ids, now);
  }),
  kind(streamEffects.claim, 'stream claim', false, (place, body) => {
    const group = readGroup(place, body);
    const consumer = readConsumer(group, body);
    const id = readId(body);
    const deliveredAt = body.f64();
    changes.claimEntry(place, group, consumer, id, deliveredAt, body.varint());
  }),
  kind(streamEffects.acknowledge, 'stream acknowledge', false, (place, body) => {
    const group = readGroup(place, body);
    if (!changes.acknowledgeEntry(place, group, readId(body))) throw new FormatError('not pending');
  }),
];

/** @param creates the stream is made when it is not there @param element applies one element */
function kind(
  code: number,
  name: string,
  creates: boolean,
  element: (place: changes.StreamPlace, body: ByteReader) => void,
): EffectKind {
  return {
    code,
    name,
    apply(db, key, body) {
      const place = { db, key, stream: streamAt(db, key, creates) };
      while (!body.done) element(place, body);
    },
  };
}

function streamAt(db: Database, key: string, creates: boolean): StreamValue {
  const value = db.peek(key);
  if (value instanceof StreamValue) return value;
  if (value !== undefined || !creates) throw new FormatError('no stream is there');
  const stream = new StreamValue();
  db.place(key, stream);
  return stream;
}

function readGroup(place: changes.StreamPlace, body: ByteReader): StreamGroup {
  const group = place.stream.groups.get(body.string());
  if (group === undefined) throw new FormatError('no such group');
  return group;
}

function readConsumer(group: StreamGroup, body: ByteReader): StreamConsumer {
  const consumer = group.consumers.get(body.string());
  if (consumer === undefined) throw new FormatError('no such consumer');
  return consumer;
}
