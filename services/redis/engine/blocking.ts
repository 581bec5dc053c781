/**
 * Clients that wait for keys. Who waited longest is served first; a client is served by running its command again, as Redis
 * 7.2 does, once the command, transaction or script that made the key ready has ended.
 */
import type { BlockRequest } from './call.ts';
import type { Client } from './client.ts';
import type { Database } from './database.ts';
import type { Engine } from './engine.ts';
import { RedisError } from './errors.ts';

export interface Waiter {
  readonly client: Client;
  readonly args: readonly string[];
  readonly db: Database;
  readonly request: BlockRequest;
  timer: ReturnType<typeof setTimeout> | undefined;
}

const timerMsMax = 2 ** 31 - 1;

export class Blocking {
  private readonly engine: Engine;
  private readonly byClient = new Map<Client, Waiter>();
  /** Waiters by key in the order they came. */
  private readonly byKey = new Map<Database, Map<string, Set<Waiter>>>();
  private ready: { readonly db: Database; readonly key: string }[] = [];
  private serving = false;

  constructor(engine: Engine) {
    this.engine = engine;
  }

  get size(): number {
    return this.byClient.size;
  }

  waiterOf(client: Client): Waiter | undefined {
    return this.byClient.get(client);
  }

  park(client: Client, args: readonly string[], db: Database, request: BlockRequest): void {
    const waiter: Waiter = { client, args, db, request, timer: undefined };
    this.byClient.set(client, waiter);
    let keys = this.byKey.get(db);
    if (keys === undefined) this.byKey.set(db, (keys = new Map()));
    for (const key of request.keys) {
      const waiters = keys.get(key);
      if (waiters === undefined) keys.set(key, new Set([waiter]));
      else waiters.add(waiter);
    }
    this.arm(waiter);
    client.port.setBlocked(true);
  }

  /** A key came to hold something, or went away: who waits for it is served soon. */
  signal(db: Database, key: string): void {
    if (this.byKey.get(db)?.has(key)) this.ready.push({ db, key });
  }

  /** SWAPDB and such: every key of the database that someone waits for. */
  signalAll(db: Database): void {
    for (const key of this.byKey.get(db)?.keys() ?? []) this.ready.push({ db, key });
  }

  /** Serves until no key is ready. Called at the end of each command. */
  serve(): void {
    if (this.serving || this.ready.length === 0) return;
    this.serving = true;
    while (this.ready.length > 0) {
      const batch = this.ready;
      this.ready = [];
      for (const { db, key } of batch) this.serveKey(db, key);
    }
    this.serving = false;
  }

  /** Ends a wait without running anything. @returns the waiter, if the client waited */
  release(client: Client): Waiter | undefined {
    const waiter = this.byClient.get(client);
    if (waiter === undefined) return undefined;
    this.byClient.delete(client);
    clearTimeout(waiter.timer);
    const keys = this.byKey.get(waiter.db);
    for (const key of waiter.request.keys) {
      const waiters = keys?.get(key);
      waiters?.delete(waiter);
      if (waiters?.size === 0) keys?.delete(key);
    }
    client.port.setBlocked(false);
    return waiter;
  }

  /** CLIENT UNBLOCK. @returns whether the client waited */
  unblock(client: Client, error: boolean): boolean {
    const waiter = this.release(client);
    if (waiter === undefined) return false;
    if (error) client.port.output.error('UNBLOCKED client unblocked via CLIENT UNBLOCK');
    else waiter.request.timedOut(client.port.output);
    client.port.wake();
    return true;
  }

  private serveKey(db: Database, key: string): void {
    const waiters = this.byKey.get(db)?.get(key);
    if (waiters === undefined) return;
    for (const waiter of [...waiters]) {
      if (this.byClient.get(waiter.client) !== waiter) continue;
      if (db.peek(key) === undefined && waiter.request.wakeOnDelete !== true) return;
      this.retry(waiter);
    }
  }

  /** Runs the command again; if it still waits it keeps its place. */
  private retry(waiter: Waiter): void {
    const { client, args } = waiter;
    const { call } = client;
    call.resumed = true;
    call.blockRequest = undefined;
    try {
      this.engine.rerun(client, args);
    } catch (error) {
      if (!(error instanceof RedisError)) throw error;
      call.reply.error(error.message);
    } finally {
      call.resumed = false;
    }
    if (call.blockRequest !== undefined) {
      call.blockRequest = undefined;
      return;
    }
    this.release(client);
    client.port.wake();
  }

  private arm(waiter: Waiter): void {
    const { until } = waiter.request;
    if (until === 0) return;
    const left = until - this.engine.modules.clock.now();
    waiter.timer = setTimeout(
      () => {
        if (until > this.engine.modules.clock.now()) return this.arm(waiter);
        if (this.release(waiter.client) === undefined) return;
        this.engine.beginTurn();
        waiter.request.timedOut(waiter.client.port.output);
        waiter.client.port.wake();
      },
      Math.min(Math.max(left, 0), timerMsMax),
    );
  }
}
