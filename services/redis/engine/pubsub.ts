/** Channels, patterns and shard channels: who is subscribed, and delivery. */
import type { Client, ClientOutput } from './client.ts';
import type { Engine } from './engine.ts';
import { globMatch } from './glob.ts';
import { engineLimits } from './limits.ts';

export type ChannelKind = 'channel' | 'pattern' | 'shard';

/** How the kinds differ on the wire. */
interface KindWords {
  readonly subscribe: string;
  readonly unsubscribe: string;
}

const words: Readonly<Record<ChannelKind, KindWords>> = {
  channel: { subscribe: 'subscribe', unsubscribe: 'unsubscribe' },
  pattern: { subscribe: 'psubscribe', unsubscribe: 'punsubscribe' },
  shard: { subscribe: 'ssubscribe', unsubscribe: 'sunsubscribe' },
};

export class PubSub {
  private readonly engine: Engine;
  private readonly subscribers: Readonly<Record<ChannelKind, Map<string, Set<Client>>>> = {
    channel: new Map(),
    pattern: new Map(),
    shard: new Map(),
  };

  constructor(engine: Engine) {
    this.engine = engine;
  }

  /** Subscribes and says so, whether answers are wanted or not. */
  subscribe(client: Client, kind: ChannelKind, name: string): void {
    const own = ownNames(client, kind);
    if (!own.has(name)) {
      own.add(name);
      client.keptBytes += name.length + engineLimits.subscriptionBytes;
      const clients = this.subscribers[kind].get(name);
      if (clients === undefined) this.subscribers[kind].set(name, new Set([client]));
      else clients.add(client);
      client.refresh();
    }
    confirm(client, kind, words[kind].subscribe, name);
  }

  unsubscribe(client: Client, kind: ChannelKind, name: string): void {
    this.remove(client, kind, name);
    confirm(client, kind, words[kind].unsubscribe, name);
  }

  /** From all channels of the kind; answers also when there is none. */
  unsubscribeAll(client: Client, kind: ChannelKind): void {
    const names = [...ownNames(client, kind)];
    for (const name of names) this.unsubscribe(client, kind, name);
    if (names.length === 0) confirm(client, kind, words[kind].unsubscribe, undefined);
  }

  /** Of every kind, and nothing is said. */
  forget(client: Client): void {
    for (const kind of ['channel', 'pattern', 'shard'] as const) {
      for (const name of ownNames(client, kind)) this.remove(client, kind, name);
    }
  }

  private remove(client: Client, kind: ChannelKind, name: string): void {
    if (!ownNames(client, kind).delete(name)) return;
    client.keptBytes -= name.length + engineLimits.subscriptionBytes;
    const clients = this.subscribers[kind].get(name)!;
    clients.delete(client);
    if (clients.size === 0) this.subscribers[kind].delete(name);
    client.refresh();
  }

  /** @returns how many were told, a client once for each of its patterns */
  publish(channel: string, message: string): number {
    let told = this.deliver('channel', 'message', channel, message);
    for (const [pattern, clients] of this.subscribers.pattern) {
      if (!globMatch(pattern, channel)) continue;
      for (const client of clients) {
        this.engine.push(client, (out) => {
          out.push(4);
          out.bulk('pmessage');
          out.bulk(pattern);
          out.bulk(channel);
          out.bulk(message);
        });
      }
      told += clients.size;
    }
    return told;
  }

  publishToShard(channel: string, message: string): number {
    return this.deliver('shard', 'smessage', channel, message);
  }

  private deliver(kind: ChannelKind, word: string, channel: string, message: string): number {
    const clients = this.subscribers[kind].get(channel);
    if (clients === undefined) return 0;
    const write = (out: ClientOutput) => {
      out.push(3);
      out.bulk(word);
      out.bulk(channel);
      out.bulk(message);
    };
    const told = clients.size;
    for (const client of clients) this.engine.push(client, write);
    return told;
  }

  /** Channels with subscribers. @param pattern undefined: all */
  names(kind: ChannelKind, pattern?: string): string[] {
    const names = [...this.subscribers[kind].keys()];
    return pattern === undefined ? names : names.filter((name) => globMatch(pattern, name));
  }

  subscriberCount(kind: ChannelKind, name: string): number {
    return this.subscribers[kind].get(name)?.size ?? 0;
  }

  /** Distinct names. */
  count(kind: ChannelKind): number {
    return this.subscribers[kind].size;
  }
}

function ownNames(client: Client, kind: ChannelKind): Set<string> {
  if (kind === 'channel') return client.channels;
  return kind === 'pattern' ? client.patterns : client.shardChannels;
}

/** A message of its own kind rather than an answer: it is sent under CLIENT REPLY OFF too. */
function confirm(client: Client, kind: ChannelKind, word: string, name: string | undefined): void {
  const { output } = client.port;
  output.push(3);
  output.bulk(word);
  if (name === undefined) output.null();
  else output.bulk(name);
  output.integer(kind === 'shard' ? client.shardChannels.size : client.channels.size + client.patterns.size);
}
