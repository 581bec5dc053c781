/**
 * Client-side caching: clients are told when keys change that they have read (the table), or that begin with a prefix
 * (broadcast, engine/tracking-broadcast.ts). What a client's own command invalidates comes after its answer.
 * Source: https://redis.io/docs/latest/develop/reference/client-side-caching/.
 */
import type { Client, ClientOutput } from './client.ts';
import type { CommandRow } from './command.ts';
import { keysIfAny } from './command-keys.ts';
import { Dict } from './dict.ts';
import type { Engine } from './engine.ts';
import { TrackingBroadcast } from './tracking-broadcast.ts';

export interface ClientTracking {
  /** Id of the client that is told instead; 0 for none. */
  redirect: number;
  readonly broadcast: boolean;
  /** In broadcast mode; the empty prefix is all keys. */
  readonly prefixes: string[];
  /** Keys are remembered only after CLIENT CACHING yes (`in`), or always but after CLIENT CACHING no (`out`). */
  readonly option: 'in' | 'out' | undefined;
  /** Not told of its own changes. */
  noLoop: boolean;
  /** CLIENT CACHING, for the next command. */
  caching: 'yes' | 'no' | undefined;
  /** The client redirected to is gone. */
  brokenRedirect: boolean;
}

export const invalidateChannel = '__redis__:invalidate';

export class Tracking {
  readonly broadcast: TrackingBroadcast;
  private readonly engine: Engine;
  /** Ids of the clients that may have the key. Keys of all databases together, as in Redis. */
  private table = new Dict<Set<number>>();
  private items = 0;
  private keysMax = 0;
  private readonly clients = new Set<Client>();
  /** Clients with a table; who broadcasts has none. */
  private readers = 0;

  constructor(engine: Engine) {
    this.engine = engine;
    this.broadcast = new TrackingBroadcast(engine, this);
    engine.config.onChange('tracking-table-max-keys', (value) => {
      this.keysMax = Number(value);
      this.evict();
    });
  }

  get clientCount(): number {
    return this.clients.size;
  }

  get keyCount(): number {
    return this.table.size;
  }

  /** Pairs of key and client. */
  get itemCount(): number {
    return this.items;
  }

  enable(client: Client, tracking: ClientTracking): void {
    this.disable(client);
    client.tracking = tracking;
    this.clients.add(client);
    if (tracking.broadcast) this.broadcast.add(client, tracking.prefixes);
    else this.readers++;
    this.update(client);
  }

  disable(client: Client): void {
    const { tracking } = client;
    if (tracking === undefined) return;
    client.tracking = undefined;
    this.clients.delete(client);
    if (tracking.broadcast) this.broadcast.remove(client, tracking.prefixes);
    else this.readers--;
    if (this.readers === 0) this.clearTable();
    this.update(client);
  }

  private update(client: Client): void {
    client.refresh();
    this.engine.tracksReads = this.readers > 0;
    this.engine.updateWatching();
  }

  /** The client has run a command that reads; `of` are the words the keys are in. */
  remember(client: Client, row: CommandRow, args: readonly string[]): void {
    const { tracking } = client;
    if (tracking === undefined || tracking.broadcast) return;
    if (tracking.option === 'in' && tracking.caching !== 'yes') return;
    if (tracking.option === 'out' && tracking.caching === 'no') return;
    for (const { position } of keysIfAny(row, args)) this.add(client, args[position]!);
    this.evict();
  }

  private add(client: Client, key: string): void {
    let ids = this.table.get(key);
    if (ids === undefined) {
      ids = new Set();
      this.table.set(key, ids);
    }
    if (ids.has(client.id)) return;
    ids.add(client.id);
    this.items++;
  }

  /** A key changed. @param origin whose command did it; undefined when it expired or was evicted */
  changed(key: string, origin: Client | undefined): void {
    this.broadcast.changed(key, origin);
    if (this.table.size > 0) this.invalidate(key, origin);
  }

  private invalidate(key: string, origin: Client | undefined): void {
    const ids = this.table.get(key);
    if (ids === undefined) return;
    this.table.delete(key);
    this.items -= ids.size;
    for (const id of ids) {
      const client = this.engine.clients.get(id);
      const tracking = client?.tracking;
      if (tracking === undefined || tracking.broadcast) continue;
      if (tracking.noLoop && client === origin) continue;
      this.send(client!, [key]);
    }
  }

  /** A database was flushed: every client forgets everything. */
  flushed(): void {
    if (this.clients.size === 0) return;
    for (const client of this.clients) this.send(client, undefined);
    this.clearTable();
  }

  private clearTable(): void {
    this.table = new Dict();
    this.items = 0;
  }

  /** Keys above `tracking-table-max-keys` are forgotten, and who has them is told so. */
  private evict(): void {
    if (this.keysMax === 0) return;
    while (this.table.size > this.keysMax) {
      const position = Math.floor(this.engine.modules.random() * this.table.size);
      this.invalidate(this.table.keys[position]!, undefined);
    }
  }

  /** @param keys undefined: all */
  send(client: Client, keys: readonly string[] | undefined): void {
    const tracking = client.tracking!;
    let target = client;
    if (tracking.redirect !== 0) {
      const redirected = this.engine.clients.get(tracking.redirect);
      if (redirected === undefined) {
        tracking.brokenRedirect = true;
        if (client.resp === 3) this.engine.push(client, (out) => brokenRedirect(out, tracking.redirect));
        return;
      }
      target = redirected;
    }
    // RESP2 has no messages out of turn but those of channels, and only where messages are redirected to.
    if (target.resp === 2 && (target === client || target.subscriptions === 0)) return;
    this.engine.push(target, (out) => invalidation(out, keys));
  }
}

function brokenRedirect(out: ClientOutput, id: number): void {
  out.push(2);
  out.bulk('tracking-redir-broken');
  out.integer(id);
}

function invalidation(out: ClientOutput, keys: readonly string[] | undefined): void {
  if (out.resp === 3) {
    out.push(2);
    out.bulk('invalidate');
  } else {
    out.array(3);
    out.bulk('message');
    out.bulk(invalidateChannel);
  }
  if (keys === undefined) {
    out.null();
    return;
  }
  out.array(keys.length);
  for (const key of keys) out.bulk(key);
}
