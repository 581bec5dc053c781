/**
 * WATCH: which clients' transactions must fail when a key changes. A key that has expired counts as one that is not there: that
 * it goes away is no change, and that it expires after it was watched is one, noticed by EXEC.
 */
import type { Client } from './client.ts';
import type { Database } from './database.ts';
import { engineLimits } from './limits.ts';

export interface Watch {
  readonly client: Client;
  readonly db: Database;
  readonly key: string;
  /** The key was there and its time was over. */
  expired: boolean;
}

export class Watches {
  private readonly byKey = new Map<Database, Map<string, Set<Watch>>>();
  private count = 0;

  get size(): number {
    return this.count;
  }

  add(client: Client, db: Database, key: string): void {
    if (client.watches.some((watch) => watch.key === key && watch.db === db)) return;
    const watch: Watch = { client, db, key, expired: hasExpired(db, key) };
    client.watches.push(watch);
    client.keptBytes += key.length + engineLimits.watchBytes;
    let keys = this.byKey.get(db);
    if (keys === undefined) this.byKey.set(db, (keys = new Map()));
    const watches = keys.get(key);
    if (watches === undefined) keys.set(key, new Set([watch]));
    else watches.add(watch);
    this.count++;
    client.engine.updateWatching();
  }

  removeAll(client: Client): void {
    if (client.watches.length === 0) return;
    for (const watch of client.watches) {
      const keys = this.byKey.get(watch.db)!;
      const watches = keys.get(watch.key)!;
      watches.delete(watch);
      if (watches.size === 0) keys.delete(watch.key);
      client.keptBytes -= watch.key.length + engineLimits.watchBytes;
    }
    this.count -= client.watches.length;
    client.watches = [];
    client.engine.updateWatching();
  }

  /** A key was changed or removed. */
  changed(db: Database, key: string): void {
    const watches = this.byKey.get(db)?.get(key);
    if (watches === undefined) return;
    for (const watch of watches) {
      if (watch.expired && db.keys.get(key) === undefined) watch.expired = false;
      else watch.client.watchFailed = true;
    }
  }

  /**
   * All keys of a database are about to go, or to be those of another one (SWAPDB asks for both, before it swaps).
   * @param replacement the database whose keys come
   */
  replaced(db: Database, replacement?: Database): void {
    for (const [key, watches] of this.byKey.get(db) ?? []) {
      const isThere = db.keys.get(key) !== undefined;
      const willBeThere = replacement !== undefined && replacement.keys.get(key) !== undefined;
      if (!isThere && !willBeThere) continue;
      const willBeExpired = replacement !== undefined && hasExpired(replacement, key);
      for (const watch of watches) {
        if (watch.expired) {
          // Nothing before and nothing after is no change.
          if (willBeThere && !willBeExpired) watch.client.watchFailed = true;
          else if (!willBeThere) watch.expired = false;
        } else if (!isThere && willBeExpired) watch.expired = true;
        else watch.client.watchFailed = true;
      }
    }
  }

  /** Whether a watched key was there and expired since. */
  anyExpired(client: Client): boolean {
    return client.watches.some((watch) => !watch.expired && hasExpired(watch.db, watch.key));
  }
}

/** The key is in the table and its time is over; it is not removed. */
function hasExpired(db: Database, key: string): boolean {
  const at = db.expiresAt(key);
  return at > 0 && at <= db.engine.now;
}
