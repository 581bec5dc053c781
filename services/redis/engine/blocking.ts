/**
 * Clients that wait for keys, as in Redis 7.2. A key that comes to hold something is noted; once the command, transaction or
 * script that did it has ended, keys are served in the order they were noted, and of each key the clients in the order they
 * began to wait, as long as the key holds the type they wait for. A client is served by running its command again from the
 * start, so the order of keys in its command decides which of several it takes from. What that changes may make other keys
 * ready: they are served in turn, before the next command of any client.
 */
import type { BlockRequest } from './call.ts';
import type { Client } from './client.ts';
import type { CommandGroup } from './command.ts';
import type { Database } from './database.ts';
import type { Engine } from './engine.ts';
import { type CollectionType, typeOf, type Value } from './value.ts';

/** What the blocking commands of a group wait for. */
const awaitedTypes: Partial<Record<CommandGroup, CollectionType>> = {
  list: 'list',
  'sorted-set': 'zset',
  stream: 'stream',
};

export interface Waiter {
  readonly client: Client;
  readonly args: readonly string[];
  readonly type: CollectionType | undefined;
  readonly request: BlockRequest;
  /** Of each key it waits for. */
  readonly queues: readonly KeyQueue[];
  timer: ReturnType<typeof setTimeout> | undefined;
}

/** Who waits for one key, in the order they came. */
interface KeyQueue {
  /** Number of the database: who waits stays with the number when SWAPDB gives it other data. */
  readonly database: number;
  readonly key: string;
  readonly waiters: Set<Waiter>;
  /** Of them, those that want to know when the key goes away. */
  deletionWaiters: number;
  /** It stands in `ready`. */
  isReady: boolean;
}

const unblocked = 'UNBLOCKED client unblocked via CLIENT UNBLOCK';

const timerMsMax = 2 ** 31 - 1;

export class Blocking {
  private readonly engine: Engine;
  private readonly byClient = new Map<Client, Waiter>();
  /** By number of the database. */
  private readonly byKey: Map<string, KeyQueue>[] = [];
  private ready: KeyQueue[] = [];
  private serving = false;

  constructor(engine: Engine) {
    this.engine = engine;
    for (let i = 0; i < engine.databases.length; i++) this.byKey.push(new Map());
  }

  /** Clients that wait. */
  get size(): number {
    return this.byClient.size;
  }

  waiterOf(client: Client): Waiter | undefined {
    return this.byClient.get(client);
  }

  park(client: Client, args: readonly string[], db: Database, request: BlockRequest): void {
    const queues = new Set<KeyQueue>();
    for (const key of request.keys) queues.add(this.queueOf(db.index, key));
    const type = awaitedTypes[client.call.row.group];
    const waiter: Waiter = { client, args, type, request, queues: [...queues], timer: undefined };
    this.byClient.set(client, waiter);
    for (const queue of queues) {
      queue.waiters.add(waiter);
      if (request.wakeOnDelete === true) queue.deletionWaiters++;
    }
    this.arm(waiter);
    client.port.setBlocked(true);
  }

  /** A key came to hold something: who waits for it is served soon. */
  signal(db: Database, key: string): void {
    const queue = this.byKey[db.index]!.get(key);
    if (queue !== undefined) this.note(queue);
  }

  /** A key went away. */
  signalRemoved(db: Database, key: string): void {
    const queue = this.byKey[db.index]!.get(key);
    if (queue !== undefined && queue.deletionWaiters > 0) this.note(queue);
  }

  /** FLUSHDB, SWAPDB and such: every key of the database that someone waits for. */
  signalAll(db: Database): void {
    for (const queue of this.byKey[db.index]!.values()) this.note(queue);
  }

  /** Serves until no key is ready. Called at the end of each command. */
  serve(): void {
    if (this.serving || this.ready.length === 0) return;
    this.serving = true;
    while (this.ready.length > 0) {
      const batch = this.ready;
      this.ready = [];
      for (const queue of batch) {
        queue.isReady = false;
        this.serveKey(queue);
      }
    }
    this.serving = false;
    // Keys that were found to have expired.
    this.engine.settle();
  }

  /** Runs the commands again that wait for no key but for something else that may have come: WAIT and WAITAOF. */
  retryKeyless(): void {
    for (const waiter of this.byClient.values()) if (waiter.queues.length === 0) this.retry(waiter);
  }

  /** How many keys are waited for, and how many of them also for their going away. */
  countKeys(): { readonly all: number; readonly onDelete: number } {
    let all = 0;
    let onDelete = 0;
    for (const queues of this.byKey) {
      all += queues.size;
      for (const queue of queues.values()) if (queue.deletionWaiters > 0) onDelete++;
    }
    return { all, onDelete };
  }

  /** Ends a wait without running anything; the client goes on. @returns the waiter, if the client waited */
  release(client: Client): Waiter | undefined {
    const waiter = this.forget(client);
    if (waiter !== undefined) client.port.setBlocked(false);
    return waiter;
  }

  /** Ends the wait of a client that is gone. @returns the waiter, if the client waited */
  forget(client: Client): Waiter | undefined {
    const waiter = this.byClient.get(client);
    if (waiter === undefined) return undefined;
    this.byClient.delete(client);
    clearTimeout(waiter.timer);
    for (const queue of waiter.queues) {
      queue.waiters.delete(waiter);
      if (waiter.request.wakeOnDelete === true) queue.deletionWaiters--;
      if (queue.waiters.size === 0) this.byKey[queue.database]!.delete(queue.key);
    }
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

  private queueOf(database: number, key: string): KeyQueue {
    const queues = this.byKey[database]!;
    let queue = queues.get(key);
    if (queue === undefined) {
      queue = { database, key, waiters: new Set(), deletionWaiters: 0, isReady: false };
      queues.set(key, queue);
    }
    return queue;
  }

  private note(queue: KeyQueue): void {
    if (queue.isReady) return;
    queue.isReady = true;
    this.ready.push(queue);
  }

  private serveKey(queue: KeyQueue): void {
    const db = this.engine.databases[queue.database]!;
    // Who comes while others are served waits for the next time.
    let left = queue.waiters.size;
    for (const waiter of queue.waiters) {
      if (left-- === 0) return;
      // What is given to a connection that ends would be lost.
      if (waiter.client.closing) continue;
      const value = db.peek(queue.key);
      if (value === undefined && queue.deletionWaiters === 0) return;
      if (waiter.request.wakeOnDelete === true || isAwaited(waiter, value)) this.retry(waiter);
    }
  }

  /** Runs the command again; if it still waits it keeps its place and its time. */
  private retry(waiter: Waiter): void {
    const { client, args } = waiter;
    const { call } = client;
    call.resumed = true;
    call.blockRequest = undefined;
    this.engine.rerun(client, args);
    call.resumed = false;
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

function isAwaited(waiter: Waiter, value: Value | undefined): boolean {
  return value !== undefined && (waiter.type === undefined || typeOf(value) === waiter.type);
}
