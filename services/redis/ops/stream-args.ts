/** What the commands on streams share: reading ids and numbers, finding streams and groups. */
import type { Database } from '../engine/database.ts';
import { notInteger, RedisError } from '../engine/errors.ts';
import { parseSafeInteger } from '../engine/numbers.ts';
import type { StreamGroup } from '../engine/types/stream-group.ts';
import { maxId, maxPart, parseId, type StreamId, type U64, zeroId } from '../engine/types/stream-id.ts';
import type { StreamValue } from '../engine/types/stream-value.ts';

export const invalidId = new RedisError('ERR Invalid stream ID specified as stream command argument');

/** `ms-seq` or `ms`. @throws RedisError for all else, `-` and `+` too */
export function strictId(text: string, missingSeq: U64 = 0): StreamId {
  const id = parseId(text, missingSeq);
  if (id === undefined) throw invalidId;
  return id;
}

/** As `strictId`, and `-` and `+` for the first and last id there can be. @throws RedisError */
export function anyId(text: string, missingSeq: U64 = 0): StreamId {
  if (text === '-') return zeroId;
  return text === '+' ? maxId : strictId(text, missingSeq);
}

/** Where a range begins, `(` for what comes after. @throws RedisError */
export function rangeStart(text: string): StreamId {
  if (text.length < 2 || text[0] !== '(') return anyId(text, 0);
  const id = strictId(text.slice(1), 0).next();
  if (id === undefined) throw new RedisError('ERR invalid start ID for the interval');
  return id;
}

/** Where a range ends, `(` for what comes before. @throws RedisError */
export function rangeEnd(text: string): StreamId {
  if (text.length < 2 || text[0] !== '(') return anyId(text, maxPart);
  const id = strictId(text.slice(1), maxPart).previous();
  if (id === undefined) throw new RedisError('ERR invalid end ID for the interval');
  return id;
}

/** @throws RedisError */
export function integerArg(text: string, error: RedisError = notInteger): number {
  const value = parseSafeInteger(text);
  if (value === undefined) throw error;
  return value;
}

/** @throws RedisError WRONGTYPE */
export function readStream(db: Database, key: string): StreamValue | undefined {
  return db.readCollection(key, 'stream') as StreamValue | undefined;
}

/** @throws RedisError WRONGTYPE */
export function writeStream(db: Database, key: string): StreamValue | undefined {
  return db.writeCollection(key, 'stream') as StreamValue | undefined;
}

/** @throws RedisError NOGROUP */
export function groupOf(stream: StreamValue | undefined, key: string, name: string): StreamGroup {
  const group = stream?.groups.get(name);
  if (group === undefined) throw new RedisError(`NOGROUP No such key '${key}' or consumer group '${name}'`);
  return group;
}

/** As `groupOf`, where the stream is there. @throws RedisError NOGROUP */
export function ownGroup(stream: StreamValue, key: string, name: string): StreamGroup {
  const group = stream.groups.get(name);
  if (group === undefined)
    throw new RedisError(`NOGROUP No such consumer group '${name}' for key name '${key}'`);
  return group;
}
