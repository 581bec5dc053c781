/** XINFO: what a stream, its groups and their consumers are. */
import type { Call } from '../engine/call.ts';
import type { CommandRow } from '../engine/command.ts';
import { keysAt } from '../engine/command.ts';
import { noSuchKey, RedisError } from '../engine/errors.ts';
import type { PendingEntry } from '../engine/types/pending-list.ts';
import {
  neverActive,
  type StreamConsumer,
  type StreamGroup,
  sortedByName,
  unknownEntriesRead,
} from '../engine/types/stream-group.ts';
import { maxId, zeroId } from '../engine/types/stream-id.ts';
import type { StreamValue } from '../engine/types/stream-value.ts';
import type { ReplySink } from '../model/reply.ts';
import { helpRow } from './help.ts';
import { integerArg, ownGroup, readStream } from './stream-args.ts';
import { replyEntries, replyEntry } from './stream-replies.ts';

/** Entries that FULL shows of each list, where COUNT is not given. */
const fullCount = 10;

export const xinfoCommands: CommandRow[] = [
  {
    name: 'xinfo',
    arity: -2,
    flags: [],
    categories: [],
    group: 'stream',
    since: '5.0.0',
    complexity: 'Depends on the subcommand.',
    summary: 'Commands that tell of streams.',
    syntax: '',
    subcommands: [
      {
        ...row('consumers', 4, 'O(N) for N consumers'),
        summary: 'Tells of the consumers of a group.',
        syntax: 'key group',
        tips: ['nondeterministic_output'],
        run(call, args) {
          const group = ownGroup(streamOf(call, args[2]!), args[2]!, args[3]!);
          call.reply.array(group.consumers.size);
          for (const consumer of sortedByName(group.consumers)) briefConsumer(call, consumer);
        },
      },
      {
        ...row('groups', 3, 'O(N) for N groups'),
        summary: 'Tells of the groups of a stream.',
        syntax: 'key',
        run(call, args) {
          const stream = streamOf(call, args[2]!);
          call.reply.array(stream.groups.size);
          for (const group of sortedByName(stream.groups)) briefGroup(call.reply, stream, group);
        },
      },
      helpRow(
        'xinfo',
        '5.0.0',
        'stream',
        [
          'CONSUMERS <key> <groupname>',
          '    Tells of the consumers of a group.',
          'GROUPS <key>',
          '    Tells of the groups of a stream.',
          'STREAM <key> [FULL [COUNT <count>]]',
          '    Tells of a stream; FULL adds its entries, groups and consumers.',
        ],
        ['stream'],
      ),
      {
        ...row('stream', -3, 'O(1); with FULL O(N) for what is shown'),
        summary: 'Tells of a stream.',
        syntax: 'key [FULL [COUNT count]]',
        run(call, args) {
          const stream = streamOf(call, args[2]!);
          if (args.length === 3) briefStream(call.reply, stream);
          else fullStream(call.reply, stream, parseCount(args));
        },
      },
    ],
  },
];

function row(
  name: string,
  arity: number,
  complexity: string,
): Omit<CommandRow, 'summary' | 'syntax' | 'run'> {
  return {
    name,
    arity,
    flags: ['readonly'],
    categories: ['stream'],
    keys: [keysAt(2, 0, 1, ['RO', 'access'])],
    group: 'stream',
    since: '5.0.0',
    complexity,
  };
}

function streamOf(call: Call, key: string): StreamValue {
  const stream = readStream(call.db, key);
  if (stream === undefined) throw noSuchKey;
  return stream;
}

/** @returns entries to show of each list, 0 for all */
function parseCount(args: readonly string[]): number {
  const good =
    args[3]!.toLowerCase() === 'full' &&
    (args.length === 4 || (args.length === 6 && args[4]!.toLowerCase() === 'count'));
  if (!good)
    throw new RedisError(
      `ERR unknown subcommand or wrong number of arguments for '${args[1]!.slice(0, 128)}'. Try XINFO HELP.`,
    );
  if (args.length === 4) return fullCount;
  const count = integerArg(args[5]!);
  return count < 0 ? fullCount : count;
}

function streamHead(reply: ReplySink, stream: StreamValue): void {
  reply.bulk('length');
  reply.integer(stream.size);
  reply.bulk('radix-tree-keys');
  reply.integer(stream.blockCount);
  reply.bulk('radix-tree-nodes');
  // There is no tree here: a root and a leaf for each block is the least that one would have.
  reply.integer(stream.blockCount + 1);
  reply.bulk('last-generated-id');
  reply.bulk(stream.lastId.toString());
  reply.bulk('max-deleted-entry-id');
  reply.bulk(stream.maxDeletedId.toString());
  reply.bulk('entries-added');
  reply.integer(stream.entriesAdded);
  reply.bulk('recorded-first-entry-id');
  reply.bulk(stream.firstId.toString());
}

function briefStream(reply: ReplySink, stream: StreamValue): void {
  reply.map(10);
  streamHead(reply, stream);
  reply.bulk('groups');
  reply.integer(stream.groups.size);
  for (const reverse of [false, true]) {
    reply.bulk(reverse ? 'last-entry' : 'first-entry');
    const entry = stream.range(zeroId, maxId, 1, reverse)[0];
    if (entry === undefined) reply.null();
    else replyEntry(reply, entry);
  }
}

function fullStream(reply: ReplySink, stream: StreamValue, count: number): void {
  reply.map(9);
  streamHead(reply, stream);
  reply.bulk('entries');
  replyEntries(reply, stream.range(zeroId, maxId, count, false));
  reply.bulk('groups');
  reply.array(stream.groups.size);
  for (const group of sortedByName(stream.groups)) fullGroup(reply, stream, group, count);
}

function fullGroup(reply: ReplySink, stream: StreamValue, group: StreamGroup, count: number): void {
  reply.map(7);
  reply.bulk('name');
  reply.bulk(group.name);
  groupProgress(reply, stream, group);
  reply.bulk('pel-count');
  reply.integer(group.pending.size);
  reply.bulk('pending');
  const shown = firstOf(group.pending, count);
  reply.array(shown.length);
  for (const entry of shown) {
    reply.array(4);
    reply.bulk(entry.id.toString());
    reply.bulk(entry.consumer.name);
    reply.integer(entry.deliveredAt);
    reply.integer(entry.deliveries);
  }
  reply.bulk('consumers');
  reply.array(group.consumers.size);
  for (const consumer of sortedByName(group.consumers)) fullConsumer(reply, consumer, count);
}

function fullConsumer(reply: ReplySink, consumer: StreamConsumer, count: number): void {
  reply.map(5);
  reply.bulk('name');
  reply.bulk(consumer.name);
  reply.bulk('seen-time');
  reply.integer(consumer.seenAt);
  reply.bulk('active-time');
  reply.integer(consumer.activeAt);
  reply.bulk('pel-count');
  reply.integer(consumer.pending.size);
  reply.bulk('pending');
  const shown = firstOf(consumer.pending, count);
  reply.array(shown.length);
  for (const entry of shown) {
    reply.array(3);
    reply.bulk(entry.id.toString());
    reply.integer(entry.deliveredAt);
    reply.integer(entry.deliveries);
  }
}

function firstOf(pending: Iterable<PendingEntry>, count: number): PendingEntry[] {
  const shown: PendingEntry[] = [];
  for (const entry of pending) {
    shown.push(entry);
    if (shown.length === count) break;
  }
  return shown;
}

function groupProgress(reply: ReplySink, stream: StreamValue, group: StreamGroup): void {
  reply.bulk('last-delivered-id');
  reply.bulk(group.lastId.toString());
  reply.bulk('entries-read');
  if (group.entriesRead === unknownEntriesRead) reply.null();
  else reply.integer(group.entriesRead);
  reply.bulk('lag');
  const lag = stream.lag(group);
  if (lag === undefined) reply.null();
  else reply.integer(lag);
}

function briefGroup(reply: ReplySink, stream: StreamValue, group: StreamGroup): void {
  reply.map(6);
  reply.bulk('name');
  reply.bulk(group.name);
  reply.bulk('consumers');
  reply.integer(group.consumers.size);
  reply.bulk('pending');
  reply.integer(group.pending.size);
  groupProgress(reply, stream, group);
}

function briefConsumer(call: Call, consumer: StreamConsumer): void {
  const { reply, now } = call;
  reply.map(4);
  reply.bulk('name');
  reply.bulk(consumer.name);
  reply.bulk('pending');
  reply.integer(consumer.pending.size);
  reply.bulk('idle');
  reply.integer(Math.max(now - consumer.seenAt, 0));
  reply.bulk('inactive');
  reply.integer(consumer.activeAt === neverActive ? -1 : Math.max(now - consumer.activeAt, 0));
}
