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

const unblocked = 'UNBLOCKED client unblocked via CLIENT UNBLOCK';

const timerMsMax = 2 ** 31 - 1;

export class Blocking {
  private readonly engine: Engine;
  private readonly byClient = new Map<Client, Waiter>();
  /** Commands that wait for the end of CLIENT PAUSE, in the order they came. */
  private readonly postponed = new Map<Client, readonly string[]>();
  /** Waiters by key in the order they came. */
  private readonly byKey = new Map<Database, Map<string, Set<Waiter>>>();
  private ready: { readonly db: Database; readonly key: string }[] = [];
  private serving = false;

  constructor(engine: Engine) {
    this.engine = engine;
  }

  /** Clients that wait for keys or for the end of a pause. */
  get size(): number {
    return this.byClient.size + this.postponed.size;
  }

  isBlocked(client: Client): boolean {
    return this.byClient.has(client) || this.postponed.has(client);
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

  /** The command is run once clients are not paused any more. */
  postpone(client: Client, args: readonly string[]): void {
    this.postponed.set(client, args);
    client.port.setBlocked(true);
  }

  /** After the turn, as who ended the pause is to be answered first. */
  resumePostponed(): void {
    if (this.postponed.size > 0) queueMicrotask(() => this.runPostponed());
  }

  private runPostponed(): void {
    const waiting = [...this.postponed];
    for (const [client, args] of waiting) {
      if (!this.postponed.delete(client)) continue;
      client.port.setBlocked(false);
      this.engine.execute(client, args);
      client.port.wake();
    }
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

  /** How many keys are waited for, and how many of them also for their going away. */
  countKeys(): { readonly all: number; readonly onDelete: number } {
    let all = 0;
    let onDelete = 0;
    for (const keys of this.byKey.values()) {
      for (const waiters of keys.values()) {
        all++;
        if ([...waiters].some((waiter) => waiter.request.wakeOnDelete === true)) onDelete++;
      }
    }
    return { all, onDelete };
  }

  /** Runs the commands again that wait for no key but for something else that may have come: WAIT and WAITAOF. */
  retryKeyless(): void {
    for (const waiter of [...this.byClient.values()]) {
      if (waiter.request.keys.length === 0) this.retry(waiter);
    }
  }

  /** Ends a wait without running anything. @returns the waiter, if the client waited */
  release(client: Client): Waiter | undefined {
    this.postponed.delete(client);
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
    this.engine.meter.waitEnded(client.call.row, error ? unblocked : undefined);
    if (error) client.call.reply.error(unblocked);
    else waiter.request.timedOut(client.call.reply);
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
        this.engine.meter.waitEnded(waiter.client.call.row);
        waiter.request.timedOut(waiter.client.call.reply);
        waiter.client.port.wake();
      },
      Math.min(Math.max(left, 0), timerMsMax),
    );
  }
}
