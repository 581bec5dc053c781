/** PUBLISH, SPUBLISH and PUBSUB. */
import { type CommandRow, keysAt } from '../engine/command.ts';
import { RedisError } from '../engine/errors.ts';
import type { ChannelKind } from '../engine/pubsub.ts';
import { helpRow } from './help.ts';

const publishing = {
  arity: 3,
  flags: ['pubsub', 'loading', 'stale', 'fast', 'may_replicate'],
  categories: [],
  group: 'pubsub',
} as const;

const asking = {
  flags: ['pubsub', 'loading', 'stale'],
  categories: [],
  group: 'pubsub',
} as const;

function namesRow(name: string, kind: ChannelKind, since: string, summary: string): CommandRow {
  return {
    ...asking,
    name,
    arity: -2,
    since,
    complexity: 'O(N) where N is the number of active channels, and assuming constant time pattern matching',
    summary,
    syntax: '[pattern]',
    run({ engine, reply }, args) {
      if (args.length > 3) {
        throw new RedisError(
          `ERR unknown subcommand or wrong number of arguments for '${args[1]!.slice(0, 128)}'. Try PUBSUB HELP.`,
        );
      }
      const names = engine.pubsub.names(kind, args[2]);
      reply.array(names.length);
      for (const channel of names) reply.bulk(channel);
    },
  };
}

function countsRow(
  name: string,
  kind: ChannelKind,
  since: string,
  summary: string,
  word: string,
): CommandRow {
  return {
    ...asking,
    name,
    arity: -2,
    since,
    complexity: 'O(N) where N is the number of requested channels',
    summary,
    syntax: `[${word} [${word} ...]]`,
    run({ engine, reply }, args) {
      reply.array((args.length - 2) * 2);
      for (let i = 2; i < args.length; i++) {
        reply.bulk(args[i]!);
        reply.integer(engine.pubsub.subscriberCount(kind, args[i]!));
      }
    },
  };
}

export const publishCommands: CommandRow[] = [
  {
    ...publishing,
    name: 'publish',
    since: '2.0.0',
    complexity:
      'O(N+M) where N is the number of clients subscribed to the receiving channel and M is the total number of subscribed patterns (by any client).',
    summary: 'Sends a message to who listens to the channel and tells how many they are.',
    syntax: 'channel message',
    run: ({ engine, reply }, args) => reply.integer(engine.pubsub.publish(args[1]!, args[2]!)),
  },
  {
    ...publishing,
    name: 'spublish',
    keys: [keysAt(1, 0, 1, ['not_key'])],
    since: '7.0.0',
    complexity: 'O(N) where N is the number of clients subscribed to the receiving shard channel.',
    summary: 'Sends a message to who listens to the shard channel.',
    syntax: 'shardchannel message',
    run: ({ engine, reply }, args) => reply.integer(engine.pubsub.publishToShard(args[1]!, args[2]!)),
  },
  {
    name: 'pubsub',
    arity: -2,
    flags: [],
    categories: [],
    group: 'pubsub',
    since: '2.8.0',
    complexity: 'Depends on subcommand.',
    summary: 'Which channels are listened to.',
    syntax: '',
    subcommands: [
      namesRow('channels', 'channel', '2.8.0', 'Channels that someone listens to.'),
      countsRow('numsub', 'channel', '2.8.0', 'How many listen to each channel.', 'channel'),
      {
        ...asking,
        name: 'numpat',
        arity: 2,
        since: '2.8.0',
        complexity: 'O(1)',
        summary: 'How many distinct patterns are listened to.',
        syntax: '',
        run: ({ engine, reply }) => reply.integer(engine.pubsub.count('pattern')),
      },
      namesRow('shardchannels', 'shard', '7.0.0', 'Shard channels that someone listens to.'),
      countsRow('shardnumsub', 'shard', '7.0.0', 'How many listen to each shard channel.', 'shardchannel'),
      helpRow('pubsub', '6.2.0', 'pubsub', [
        'CHANNELS [<pattern>]',
        '    Channels that someone listens to, of those that match the pattern.',
        'NUMPAT',
        '    Number of patterns that someone listens to.',
        'NUMSUB [<channel> [<channel> ...]]',
        '    Number of listeners of each channel.',
        'SHARDCHANNELS [<pattern>]',
        '    Shard channels that someone listens to, of those that match the pattern.',
        'SHARDNUMSUB [<shardchannel> [<shardchannel> ...]]',
        '    Number of listeners of each shard channel.',
      ]),
    ],
  },
];
