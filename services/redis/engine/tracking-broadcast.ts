/** Client-side caching in broadcast mode: who asked for a prefix is told of all changed keys that have it, once a turn. */
import type { Client } from './client.ts';
import type { Engine } from './engine.ts';
import { engineLimits } from './limits.ts';
import type { Tracking } from './tracking.ts';

interface Prefix {
  readonly text: string;
  readonly clients: Set<Client>;
  /** Changed keys and who changed them last. */
  changed: Map<string, Client | undefined>;
}

export class TrackingBroadcast {
  private readonly engine: Engine;
  private readonly tracking: Tracking;
  private readonly prefixes = new Map<string, Prefix>();
  private readonly pending = new Set<Prefix>();
  /** Batch of the last change that is pending. */
  private shown = 0;

  constructor(engine: Engine, tracking: Tracking) {
    this.engine = engine;
    this.tracking = tracking;
  }

  get prefixCount(): number {
    return this.prefixes.size;
  }

  add(client: Client, prefixes: readonly string[]): void {
    for (const text of prefixes) {
      client.keptBytes += text.length + engineLimits.subscriptionBytes;
      const prefix = this.prefixes.get(text);
      if (prefix === undefined) {
        this.prefixes.set(text, { text, clients: new Set([client]), changed: new Map() });
      } else prefix.clients.add(client);
    }
  }

  remove(client: Client, prefixes: readonly string[]): void {
    for (const text of prefixes) {
      client.keptBytes -= text.length + engineLimits.subscriptionBytes;
      const prefix = this.prefixes.get(text)!;
      prefix.clients.delete(client);
      if (prefix.clients.size > 0) continue;
      this.prefixes.delete(text);
      this.pending.delete(prefix);
    }
  }

  changed(key: string, origin: Client | undefined): void {
    for (const prefix of this.prefixes.values()) {
      if (!key.startsWith(prefix.text)) continue;
      prefix.changed.set(key, origin);
      // Once all commands of this turn have run and were answered.
      if (this.pending.size === 0) queueMicrotask(() => this.flush());
      this.pending.add(prefix);
      this.shown = this.engine.effects.batch;
    }
  }

  private flush(): void {
    this.engine.expose(this.shown);
    for (const { clients, changed } of this.pending) {
      const all = [...changed.keys()];
      for (const client of clients) {
        const keys = client.tracking?.noLoop ? all.filter((key) => changed.get(key) !== client) : all;
        if (keys.length > 0) this.tracking.send(client, keys);
      }
      changed.clear();
    }
    this.pending.clear();
  }
}
