/** XPENDING: what was delivered and not acknowledged. */
import type { Call } from '../engine/call.ts';
import type { CommandRow } from '../engine/command.ts';
import { oneKey } from '../engine/command.ts';
import { syntaxError } from '../engine/errors.ts';
import type { PendingEntry } from '../engine/types/pending-list.ts';
import { type StreamGroup, sortedByName } from '../engine/types/stream-group.ts';
import type { StreamId } from '../engine/types/stream-id.ts';
import { groupOf, integerArg, rangeEnd, rangeStart, readStream } from './stream-args.ts';

export const xpendingCommands: CommandRow[] = [
  {
    name: 'xpending',
    arity: -3,
    flags: ['readonly'],
    categories: ['stream'],
    keys: oneKey('RO', 'access'),
    group: 'stream',
    since: '5.0.0',
    complexity: 'O(log N + M) for M entries looked at of N pending; O(C) for the summary of C consumers',
    summary: 'Tells of the entries that a group was given and has not acknowledged.',
    syntax: 'key group [[IDLE min-idle-time] start end count [consumer]]',
    tips: ['nondeterministic_output'],
    run(call, args) {
      const query = args.length === 3 ? undefined : parseQuery(args);
      const stream = readStream(call.db, args[1]!);
      const group = groupOf(stream, args[1]!, args[2]!);
      if (query === undefined) summary(call, group);
      else list(call, group, query);
    },
  },
];

interface Query {
  readonly minIdleMs: number;
  readonly start: StreamId;
  readonly end: StreamId;
  readonly count: number;
  readonly consumer: string | undefined;
}

function parseQuery(args: readonly string[]): Query {
  if (args.length < 6 || args.length > 9) throw syntaxError;
  let at = 3;
  let minIdleMs = 0;
  if (args[3]!.toLowerCase() === 'idle') {
    minIdleMs = integerArg(args[4]!);
    if (args.length < 8) throw syntaxError;
    at = 5;
  }
  const count = Math.max(integerArg(args[at + 2]!), 0);
  const start = rangeStart(args[at]!);
  const end = rangeEnd(args[at + 1]!);
  return { minIdleMs, start, end, count, consumer: args[at + 3] };
}

function summary(call: Call, group: StreamGroup): void {
  const { reply } = call;
  const { pending } = group;
  reply.array(4);
  reply.integer(pending.size);
  if (pending.first === undefined || pending.last === undefined) {
    reply.null();
    reply.null();
    reply.nullArray();
    return;
  }
  reply.bulk(pending.first.id.toString());
  reply.bulk(pending.last.id.toString());
  const consumers = sortedByName(group.consumers).filter((consumer) => consumer.pending.size > 0);
  reply.array(consumers.length);
  for (const consumer of consumers) {
    reply.array(2);
    reply.bulk(consumer.name);
    reply.bulk(String(consumer.pending.size));
  }
}

function list(call: Call, group: StreamGroup, query: Query): void {
  const { reply, now } = call;
  const owner = query.consumer === undefined ? group : group.consumers.get(query.consumer);
  const found: PendingEntry[] = [];
  let entry = owner?.pending.from(query.start);
  while (entry !== undefined && found.length < query.count && entry.id.compare(query.end) <= 0) {
    if (query.minIdleMs === 0 || now - entry.deliveredAt >= query.minIdleMs) found.push(entry);
    entry = owner!.pending.after(entry.id);
  }
  reply.array(found.length);
  for (const { id, consumer, deliveredAt, deliveries } of found) {
    reply.array(4);
    reply.bulk(id.toString());
    reply.bulk(consumer.name);
    reply.integer(Math.max(now - deliveredAt, 0));
    reply.integer(deliveries);
  }
}
