/** A value as text, the same whether it comes from the engine or from the segments of its record. */
import { ByteReader } from '@hypergate/kit/bytes';
import { HashValue } from '../../engine/types/hash-value.ts';
import { ListValue } from '../../engine/types/list-value.ts';
import { SetValue } from '../../engine/types/set-value.ts';
import { loadBlock } from '../../engine/types/stream-block-codec.ts';
import { maxId, zeroId } from '../../engine/types/stream-id.ts';
import { readId } from '../../engine/types/stream-id-codec.ts';
import { StreamValue } from '../../engine/types/stream-value.ts';
import { ZsetValue } from '../../engine/types/zset-value.ts';
import type { Value } from '../../engine/value.ts';
import type { ReadRecord } from './record-reader.ts';

/** Hashes and sets in the order of their positions, which segments keep; sorted sets by member, as loading changes positions. */
export function textOfValue(value: Value): string {
  if (value instanceof HashValue) {
    const { keys, values } = value.fields;
    return JSON.stringify(keys.map((key, i) => [key, values[i], value.deadline(key)]));
  }
  if (value instanceof SetValue) return JSON.stringify(value.keys);
  if (value instanceof ZsetValue) {
    const { keys, values } = value.scores;
    return JSON.stringify(keys.map((key, i) => [key, String(values[i])]).sort());
  }
  if (value instanceof ListValue) return JSON.stringify([...value]);
  if (value instanceof StreamValue) return textOfStream(value);
  throw new Error('a value that is never in segments');
}

function textOfStream(stream: StreamValue): string {
  const groups = [...stream.groups.values()].map((group) => [
    group.name,
    String(group.lastId),
    group.entriesRead,
    [...group.consumers.values()].map(({ name, seenAt, activeAt }) => [name, seenAt, activeAt]),
    [...group.pending].map(({ id, consumer, deliveredAt, deliveries }) => [
      String(id),
      consumer.name,
      deliveredAt,
      deliveries,
    ]),
  ]);
  const entries = stream.range(zeroId, maxId, 0, false).map(({ id, fields }) => [String(id), fields]);
  const { lastId, maxDeletedId, entriesAdded } = stream;
  return JSON.stringify([String(lastId), String(maxDeletedId), entriesAdded, entries, groups]);
}

export function textOfRecord(record: ReadRecord): string {
  const parts = record.segments.map(({ content }) => new ByteReader(content));
  switch (record.type) {
    case 2:
      return JSON.stringify(parts.flatMap(strings));
    case 3:
      return JSON.stringify(parts.flatMap(fields));
    case 4:
      return JSON.stringify(parts.flatMap(strings));
    case 5:
      return JSON.stringify(parts.flatMap(scores).sort());
    case 6:
      return textOfStreamRecord(record);
    default:
      throw new Error('a value that is never in segments');
  }
}

function strings(from: ByteReader): string[] {
  return whole(from, () => Array.from({ length: elementsOf(from) }, () => from.string()));
}

function scores(from: ByteReader): [string, string][] {
  return whole(from, () =>
    Array.from({ length: elementsOf(from) }, () => [from.string(), String(from.f64())]),
  );
}

function fields(from: ByteReader): [string, string, number][] {
  return whole(from, () => {
    const found = Array.from({ length: elementsOf(from) }, (): [string, string, number] => [
      from.string(),
      from.string(),
      0,
    ]);
    for (let left = from.varint(); left > 0; left--) found[from.varint()]![2] = from.f64();
    return found;
  });
}

const idRange = 2 ** 50;

function textOfStreamRecord({ segments, head }: ReadRecord): string {
  const stream = new StreamValue();
  const groups = new Map<
    number,
    { group: [string, string, number]; consumers: [string, number, number][] }
  >();
  const consumers = new Map<number, string>();
  const pending = new Map<number, [bigint, bigint, [string, number, number, number]][]>();
  for (const { id, content } of segments) {
    const from = new ByteReader(content);
    whole(from, () => {
      const kind = Math.floor(id / idRange);
      if (kind === 0) stream.pushBlock(loadBlock(from, stream.lastStoredId));
      else if (kind === 3) readPending(from, pending);
      else {
        for (let left = from.varint(); left > 0; left--) {
          const number = from.varint();
          if (kind === 1) {
            const group: [string, string, number] = [from.string(), String(readId(from)), from.varint() - 1];
            groups.set(number, { group, consumers: [] });
          } else {
            const { consumers: some } = groups.get(from.varint())!;
            const consumer: [string, number, number] = [from.string(), from.f64(), from.f64()];
            consumers.set(number, consumer[0]);
            some.push(consumer);
          }
        }
      }
    });
  }
  for (const number of pending.keys()) {
    if (!groups.has(number)) throw new Error('entries are pending for a group that is not there');
  }
  const groupTexts = [...groups].map(([number, { group, consumers: some }]) => [
    ...group,
    some,
    (pending.get(number) ?? [])
      .sort(([ms, seq], [otherMs, otherSeq]) =>
        ms === otherMs ? (seq < otherSeq ? -1 : 1) : ms < otherMs ? -1 : 1,
      )
      .map(([, , [id, consumer, ...rest]]) => [id, consumers.get(consumer), ...rest]),
  ]);
  const entries = stream.range(zeroId, maxId, 0, false).map(({ id, fields: words }) => [String(id), words]);
  const from = new ByteReader(head);
  return whole(from, () =>
    JSON.stringify([String(readId(from)), String(readId(from)), from.varint(), entries, groupTexts]),
  );
}

function readPending(
  from: ByteReader,
  pending: Map<number, [bigint, bigint, [string, number, number, number]][]>,
): void {
  const group = from.varint();
  const entries = pending.get(group) ?? [];
  pending.set(group, entries);
  for (let left = from.varint(); left > 0; left--) {
    const id = readId(from);
    entries.push([BigInt(id.ms), BigInt(id.seq), [String(id), from.varint(), from.f64(), from.varint()]]);
  }
}

function elementsOf(from: ByteReader): number {
  const count = from.varint();
  if (count === 0) throw new Error('a segment is empty');
  return count;
}

function whole<T>(from: ByteReader, read: () => T): T {
  const result = read();
  if (!from.done) throw new Error('a segment is too long');
  return result;
}
