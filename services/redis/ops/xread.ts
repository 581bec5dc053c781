/** XREAD and XREADGROUP, which may wait for entries to come. */
import type { Call } from '../engine/call.ts';
import type { CommandRow, KeySpec } from '../engine/command.ts';
import { RedisError, wrongType } from '../engine/errors.ts';
import {
  claimEntry,
  deliverEntries,
  type StreamPlace,
  seeConsumer,
  setGroup,
} from '../engine/types/stream-changes.ts';
import { type StreamConsumer, type StreamGroup, unknownEntriesRead } from '../engine/types/stream-group.ts';
import { maxId, StreamId } from '../engine/types/stream-id.ts';
import { type StreamEntry, StreamValue } from '../engine/types/stream-value.ts';
import type { ReplySink } from '../model/reply.ts';
import { strictId } from './stream-args.ts';
import { consumerOf } from './stream-consumers.ts';
import { parseRead, type ReadOptions } from './xread-options.ts';

const keysAfterStreams = (startFrom: number): KeySpec[] => [
  {
    flags: ['RO', 'access'],
    begin: { keyword: 'STREAMS', startFrom },
    find: { lastKey: -1, step: 1, limit: 2 },
  },
];

export const xreadCommands: CommandRow[] = [
  {
    name: 'xread',
    arity: -4,
    flags: ['readonly', 'blocking', 'movablekeys'],
    categories: ['stream'],
    keys: keysAfterStreams(1),
    findKeys,
    group: 'stream',
    since: '5.0.0',
    complexity: 'O(log N + M) for each stream, for M entries of N',
    summary: 'Gives what came after ids in streams, and may wait for it.',
    syntax: '[COUNT count] [BLOCK milliseconds] STREAMS key [key ...] id [id ...]',
    run: (call, args) => read(call, args, parseRead(call, args, false)),
  },
  {
    name: 'xreadgroup',
    arity: -7,
    flags: ['write', 'blocking', 'movablekeys'],
    categories: ['stream'],
    keys: keysAfterStreams(4),
    findKeys,
    group: 'stream',
    since: '5.0.0',
    complexity: 'O(log N + M) for each stream, for M entries of N',
    summary: 'Gives a consumer what its group has not been given, or what is pending for it; may wait.',
    syntax:
      'GROUP group consumer [COUNT count] [BLOCK milliseconds] [NOACK] STREAMS key [key ...] id [id ...]',
    run: (call, args) => read(call, args, parseRead(call, args, true)),
  },
];

/** The first half of what follows STREAMS. */
function findKeys(args: readonly string[]): number[] {
  const streams = args.findIndex((word, at) => at > 0 && word.toLowerCase() === 'streams');
  const count = streams < 0 ? 0 : Math.floor((args.length - streams - 1) / 2);
  return Array.from({ length: count }, (_, i) => streams + 1 + i);
}

/** A stream that is asked for. */
interface Source {
  readonly key: string;
  readonly stream: StreamValue | undefined;
  readonly group: StreamGroup | undefined;
  /** Entries above are wanted; of a group also `undelivered`. */
  readonly after: StreamId;
}

/** `>`: what the group was not given. The highest id means the same, as for redis-server. */
const undelivered = maxId;

function read(call: Call, args: readonly string[], options: ReadOptions): void {
  const sources = resolve(call, args, options);
  const found: { readonly key: string; readonly entries: readonly Found[] }[] = [];
  for (const source of sources) {
    const entries =
      source.group === undefined
        ? readAfter(source, options.count)
        : readAsConsumer(call, source, source.group, options);
    if (entries !== undefined) found.push({ key: source.key, entries });
  }
  const { reply } = call;
  if (found.length > 0) answer(reply, found);
  else if (options.blockMs === undefined || !call.mayBlock) reply.nullArray();
  else wait(call, args, options, sources);
}

/** Finds streams and groups and reads the ids, so that nothing changes when one of them is wrong. @throws RedisError */
function resolve(call: Call, args: readonly string[], options: ReadOptions): Source[] {
  const { keysAt, keyCount, group: groupName } = options;
  const sources: Source[] = [];
  for (let i = keysAt; i < keysAt + keyCount; i++) {
    const key = args[i]!;
    const stream = streamAt(call, key, groupName !== undefined);
    const group = groupName === undefined ? undefined : stream?.groups.get(groupName);
    if (groupName !== undefined && group === undefined)
      throw new RedisError(
        `NOGROUP No such key '${key}' or consumer group '${groupName}' in XREADGROUP with GROUP option`,
      );
    sources.push({ key, stream, group, after: readAfterId(args[i + keyCount]!, stream, group) });
  }
  return sources;
}

function streamAt(call: Call, key: string, ofGroup: boolean): StreamValue | undefined {
  const value = ofGroup ? call.db.write(key) : call.db.read(key);
  if (value === undefined || value instanceof StreamValue) return value;
  // Who waits with XREAD goes on waiting for a stream while something else is there.
  if (call.resumed && !ofGroup) return undefined;
  throw wrongType;
}

function readAfterId(
  text: string,
  stream: StreamValue | undefined,
  group: StreamGroup | undefined,
): StreamId {
  if (text === '$') {
    if (group !== undefined)
      throw new RedisError(
        'ERR The $ ID is meaningless in the context of XREADGROUP: you want to read the history of this consumer by specifying a proper ID, or use the > ID to get new messages. The $ ID would just return an empty result set.',
      );
    return stream?.lastId ?? new StreamId(0, 0);
  }
  if (text === '>') {
    if (group === undefined)
      throw new RedisError(
        'ERR The > ID can be specified only when calling XREADGROUP using the GROUP <group> <consumer> option.',
      );
    return undelivered;
  }
  return strictId(text);
}

/** An entry that is given; without fields when it was removed since it was delivered. */
type Found = StreamEntry | { readonly id: StreamId; readonly fields: undefined };

/** @returns undefined when nothing came after the id */
function readAfter({ stream, after }: Source, count: number): StreamEntry[] | undefined {
  if (stream === undefined || after.compare(stream.lastId) >= 0) return undefined;
  const entries = stream.range(after.next()!, maxId, count, false);
  return entries.length === 0 ? undefined : entries;
}

/** @returns undefined when there is nothing new; what is pending is given even when that is nothing */
function readAsConsumer(
  call: Call,
  source: Source,
  group: StreamGroup,
  options: ReadOptions,
): readonly Found[] | undefined {
  const stream = source.stream!;
  const place: StreamPlace = { db: call.db, key: source.key, stream };
  const { now } = call;
  if (!source.after.equals(undelivered)) {
    const consumer = consumerOf(call, place, group, options.consumer);
    seeConsumer(place, group, consumer, now, consumer.activeAt);
    return readPending(call, place, group, consumer, source.after, options.count);
  }
  const entries = readAfter({ ...source, after: group.lastId }, options.count);
  // A wait that goes on is no new attempt of the consumer.
  if (entries === undefined && call.resumed) return undefined;
  const consumer = consumerOf(call, place, group, options.consumer);
  const active = entries !== undefined && !options.noAck;
  seeConsumer(place, group, consumer, now, active ? now : consumer.activeAt);
  if (entries === undefined) return undefined;
  if (!options.noAck) deliverEntries(place, group, consumer, idsOf(entries), now);
  setGroup(place, group, entries.at(-1)!.id, countRead(stream, group, entries));
  return entries;
}

function idsOf(entries: readonly StreamEntry[]): StreamId[] {
  return entries.map((entry) => entry.id);
}

/** How many entries the group will have been given, or -1: counted on while no removed entry may lie between. */
function countRead(stream: StreamValue, group: StreamGroup, entries: readonly StreamEntry[]): number {
  let { entriesRead } = group;
  for (const { id } of entries) {
    if (entriesRead !== unknownEntriesRead && !stream.hasGapAfter(id)) entriesRead++;
    else if (stream.entriesAdded > 0) entriesRead = stream.entriesUpTo(id);
  }
  return entriesRead;
}

/** What the consumer was given and has not acknowledged. Giving it again counts as a delivery. */
function readPending(
  call: Call,
  place: StreamPlace,
  group: StreamGroup,
  consumer: StreamConsumer,
  after: StreamId,
  count: number,
): Found[] {
  const found: Found[] = [];
  let pending = consumer.pending.after(after);
  while (pending !== undefined && (count === 0 || found.length < count)) {
    const { id } = pending;
    const entry = place.stream.get(id);
    found.push(entry ?? { id, fields: undefined });
    if (entry !== undefined) claimEntry(place, group, consumer, id, call.now, pending.deliveries + 1);
    pending = consumer.pending.after(id);
  }
  return found;
}

function answer(
  reply: ReplySink,
  found: readonly { readonly key: string; readonly entries: readonly Found[] }[],
): void {
  if (reply.resp === 2) reply.array(found.length);
  else reply.map(found.length);
  for (const { key, entries } of found) {
    if (reply.resp === 2) reply.array(2);
    reply.bulk(key);
    reply.array(entries.length);
    for (const { id, fields } of entries) {
      reply.array(2);
      reply.bulk(id.toString());
      if (fields === undefined) {
        reply.nullArray();
        continue;
      }
      reply.array(fields.length);
      for (const word of fields) reply.bulk(word);
    }
  }
}

function wait(call: Call, args: readonly string[], options: ReadOptions, sources: readonly Source[]): void {
  const { keysAt, keyCount, blockMs } = options;
  // The command is run again: `$` must then mean what it means now.
  let words = args;
  for (let i = 0; i < keyCount; i++) {
    const at = keysAt + keyCount + i;
    if (args[at] === '$') words = words.with(at, sources[i]!.after.toString());
  }
  call.block({
    keys: args.slice(keysAt, keysAt + keyCount),
    until: blockMs === 0 ? 0 : call.now + blockMs!,
    timedOut: (reply) => reply.nullArray(),
    wakeOnDelete: options.group !== undefined,
    args: words,
  });
}
