/** XCLAIM and XAUTOCLAIM: pending entries come to be another consumer's. */
import type { Call } from '../engine/call.ts';
import type { CommandRow } from '../engine/command.ts';
import { oneKey } from '../engine/command.ts';
import { RedisError, syntaxError } from '../engine/errors.ts';
import { parseInteger } from '../engine/numbers.ts';
import {
  acknowledgeEntry,
  claimEntry,
  type StreamPlace,
  seeConsumer,
  setGroup,
} from '../engine/types/stream-changes.ts';
import type { StreamGroup } from '../engine/types/stream-group.ts';
import { parseId, type StreamId, zeroId } from '../engine/types/stream-id.ts';
import type { StreamEntry } from '../engine/types/stream-value.ts';
import { groupOf, integerArg, rangeStart, strictId, writeStream } from './stream-args.ts';
import { consumerOf } from './stream-consumers.ts';
import { replyEntry } from './stream-replies.ts';

/** Entries that XAUTOCLAIM gives at most, where COUNT is not given. */
const usualCount = 100;
/** Entries looked at for each that is wanted. */
const attemptsPerEntry = 10;
/** Highest COUNT that Redis accepts: 2^63 - 1 by the 16 bytes of an id. */
const countMax = 2n ** 59n - 1n;

export const xclaimCommands: CommandRow[] = [
  {
    name: 'xautoclaim',
    arity: -6,
    flags: ['write', 'fast'],
    categories: ['stream'],
    keys: oneKey('RW', 'delete'),
    group: 'stream',
    since: '6.2.0',
    complexity: 'O(log N + M) for M entries looked at of N pending',
    summary: 'Gives a consumer the entries that have been pending for long, from an id on.',
    syntax: 'key group consumer min-idle-time start [COUNT count] [JUSTID]',
    tips: ['nondeterministic_output'],
    run: autoclaim,
  },
  {
    name: 'xclaim',
    arity: -6,
    flags: ['write', 'fast'],
    categories: ['stream'],
    keys: oneKey('RW', 'update'),
    group: 'stream',
    since: '5.0.0',
    complexity: 'O(log N) for each id, of N pending entries',
    summary: 'Gives a consumer pending entries of others.',
    syntax:
      'key group consumer min-idle-time id [id ...] [IDLE ms] [TIME unix-time-milliseconds] [RETRYCOUNT count] [FORCE] [JUSTID] [LASTID lastid]',
    tips: ['nondeterministic_output'],
    run: claim,
  },
];

interface ClaimOptions {
  readonly ids: readonly StreamId[];
  readonly deliveredAt: number;
  /** -1: one more. */
  readonly deliveries: number;
  readonly force: boolean;
  readonly justId: boolean;
  readonly lastId: StreamId;
}

function parseClaim(args: readonly string[], now: number): ClaimOptions {
  const ids: StreamId[] = [];
  let at = 5;
  for (; at < args.length; at++) {
    const id = parseId(args[at]!, 0);
    if (id === undefined) break;
    ids.push(id);
  }
  let deliveredAt = -1;
  let deliveries = -1;
  let force = false;
  let justId = false;
  let lastId = zeroId;
  for (; at < args.length; at++) {
    const option = args[at]!.toUpperCase();
    const value = args[at + 1];
    if (option === 'FORCE') force = true;
    else if (option === 'JUSTID') justId = true;
    else if (value === undefined) throw unrecognized(args[at]!);
    else if (option === 'IDLE') deliveredAt = now - optionInteger(option, value);
    else if (option === 'TIME') deliveredAt = optionInteger(option, value);
    else if (option === 'RETRYCOUNT') deliveries = optionInteger(option, value);
    else if (option === 'LASTID') lastId = strictId(value);
    else throw unrecognized(args[at]!);
    if (option !== 'FORCE' && option !== 'JUSTID') at++;
  }
  // A time that cannot be is taken as now: clients compute it with clocks of their own.
  if (deliveredAt < 0 || deliveredAt > now) deliveredAt = now;
  return { ids, deliveredAt, deliveries, force, justId, lastId };
}

function optionInteger(option: string, value: string): number {
  return integerArg(value, new RedisError(`ERR Invalid ${option} option argument for XCLAIM`));
}

function unrecognized(word: string): RedisError {
  return new RedisError(`ERR Unrecognized XCLAIM option '${word}'`);
}

function claim(call: Call, args: readonly string[]): void {
  const { now } = call;
  const place = placeOf(call, args[1]!, args[2]!);
  const { group } = place;
  const minIdleMs = integerArg(args[4]!, new RedisError('ERR Invalid min-idle-time argument for XCLAIM'));
  const options = parseClaim(args, now);
  if (options.lastId.compare(group.lastId) > 0) setGroup(place, group, options.lastId, group.entriesRead);
  const consumer = consumerOf(call, place, group, args[3]!);
  const claimed: StreamEntry[] = [];
  for (const id of options.ids) {
    const entry = place.stream.get(id);
    if (entry === undefined) {
      acknowledgeEntry(place, group, id);
      continue;
    }
    const pending = group.pending.find(id);
    if (pending === undefined && !options.force) continue;
    if (pending !== undefined && minIdleMs > 0 && now - pending.deliveredAt < minIdleMs) continue;
    let { deliveries } = options;
    if (deliveries < 0) deliveries = (pending?.deliveries ?? 1) + (options.justId ? 0 : 1);
    claimEntry(place, group, consumer, id, options.deliveredAt, deliveries);
    claimed.push(entry);
  }
  seeConsumer(place, group, consumer, now, claimed.length > 0 ? now : consumer.activeAt);
  replyClaimed(call, claimed, options.justId);
}

function autoclaim(call: Call, args: readonly string[]): void {
  const { now, reply } = call;
  const minIdleMs = integerArg(args[4]!, new RedisError('ERR Invalid min-idle-time argument for XAUTOCLAIM'));
  const start = rangeStart(args[5]!);
  let count = usualCount;
  let justId = false;
  for (let at = 6; at < args.length; at++) {
    const option = args[at]!.toLowerCase();
    if (option === 'count' && at + 1 < args.length) {
      const value = parseInteger(args[++at]!);
      if (value === undefined || value < 1 || value > countMax) throw new RedisError('ERR COUNT must be > 0');
      count = Number(value);
    } else if (option === 'justid') justId = true;
    else throw syntaxError;
  }
  const place = placeOf(call, args[1]!, args[2]!);
  const { group } = place;
  const consumer = consumerOf(call, place, group, args[3]!);
  const claimed: StreamEntry[] = [];
  const deleted: StreamId[] = [];
  let pending = group.pending.from(start);
  for (let left = count * attemptsPerEntry; left > 0 && pending !== undefined; left--) {
    if (claimed.length + deleted.length >= count) break;
    const { id } = pending;
    const entry = place.stream.get(id);
    if (entry === undefined) {
      acknowledgeEntry(place, group, id);
      deleted.push(id);
    } else if (minIdleMs <= 0 || now - pending.deliveredAt >= minIdleMs) {
      claimEntry(place, group, consumer, id, now, pending.deliveries + (justId ? 0 : 1));
      claimed.push(entry);
    }
    pending = group.pending.after(id);
  }
  seeConsumer(place, group, consumer, now, claimed.length > 0 ? now : consumer.activeAt);
  reply.array(3);
  reply.bulk((pending?.id ?? zeroId).toString());
  replyClaimed(call, claimed, justId);
  reply.array(deleted.length);
  for (const id of deleted) reply.bulk(id.toString());
}

function placeOf(call: Call, key: string, group: string): StreamPlace & { readonly group: StreamGroup } {
  const stream = writeStream(call.db, key);
  const found = groupOf(stream, key, group);
  return { db: call.db, key, stream: stream!, group: found };
}

function replyClaimed(call: Call, claimed: readonly StreamEntry[], justId: boolean): void {
  const { reply } = call;
  reply.array(claimed.length);
  for (const entry of claimed) {
    if (justId) reply.bulk(entry.id.toString());
    else replyEntry(reply, entry);
  }
}
