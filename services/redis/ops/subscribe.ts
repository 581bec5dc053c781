/** Subscribing: each channel is confirmed by a message of its own, in RESP3 a push. */
import { type CommandRow, keysAt } from '../engine/command.ts';
import type { ChannelKind } from '../engine/pubsub.ts';

const about = {
  flags: ['pubsub', 'noscript', 'loading', 'stale'],
  categories: [],
  group: 'pubsub',
} as const;

interface Words {
  readonly name: string;
  readonly kind: ChannelKind;
  readonly since: string;
  readonly complexity: string;
  readonly summary: string;
  readonly syntax: string;
}

/** The words of sharded commands stand where keys would: a cluster finds the shard by them. */
const shardKeys = [keysAt(1, -1, 1, ['not_key'])];

function subscribing(words: Words): CommandRow {
  const { kind, ...rest } = words;
  return {
    ...about,
    ...rest,
    arity: -2,
    ...(kind === 'shard' ? { keys: shardKeys } : {}),
    run({ engine, client }, args) {
      for (let i = 1; i < args.length; i++) engine.pubsub.subscribe(client, kind, args[i]!);
    },
  };
}

function unsubscribing(words: Words): CommandRow {
  const { kind, ...rest } = words;
  return {
    ...about,
    ...rest,
    arity: -1,
    ...(kind === 'shard' ? { keys: shardKeys } : {}),
    run({ engine, client }, args) {
      if (args.length === 1) engine.pubsub.unsubscribeAll(client, kind);
      for (let i = 1; i < args.length; i++) engine.pubsub.unsubscribe(client, kind, args[i]!);
    },
  };
}

export const subscribeCommands: CommandRow[] = [
  subscribing({
    name: 'subscribe',
    kind: 'channel',
    since: '2.0.0',
    complexity: 'O(N) where N is the number of channels to subscribe to.',
    summary: 'Listens for messages of channels.',
    syntax: 'channel [channel ...]',
  }),
  unsubscribing({
    name: 'unsubscribe',
    kind: 'channel',
    since: '2.0.0',
    complexity: 'O(N) where N is the number of channels to unsubscribe.',
    summary: 'Stops listening to channels, or to all of them.',
    syntax: '[channel [channel ...]]',
  }),
  subscribing({
    name: 'psubscribe',
    kind: 'pattern',
    since: '2.0.0',
    complexity: 'O(N) where N is the number of patterns to subscribe to.',
    summary: 'Listens for messages of all channels that match patterns.',
    syntax: 'pattern [pattern ...]',
  }),
  unsubscribing({
    name: 'punsubscribe',
    kind: 'pattern',
    since: '2.0.0',
    complexity: 'O(N) where N is the number of patterns to unsubscribe.',
    summary: 'Stops listening to patterns, or to all of them.',
    syntax: '[pattern [pattern ...]]',
  }),
  subscribing({
    name: 'ssubscribe',
    kind: 'shard',
    since: '7.0.0',
    complexity: 'O(N) where N is the number of shard channels to subscribe to.',
    summary: 'Listens for messages of shard channels.',
    syntax: 'shardchannel [shardchannel ...]',
  }),
  unsubscribing({
    name: 'sunsubscribe',
    kind: 'shard',
    since: '7.0.0',
    complexity: 'O(N) where N is the number of shard channels to unsubscribe.',
    summary: 'Stops listening to shard channels, or to all of them.',
    syntax: '[shardchannel [shardchannel ...]]',
  }),
];
