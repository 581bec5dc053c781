/**
 * Rows of an instance's databases as records, a short while behind and never on the way of a commit. Rounds follow what is
 * certified: without new write-ahead log there is none, and no timer runs.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { Pace, StaleTerm } from '@hypergate/table';
import type { InstanceStore } from '../model/instance-store.ts';
import type { Lsn } from '../model/lsn.ts';
import { watermarksTable } from '../model/row-tables.ts';
import { DatabaseProjector } from './database-projector.ts';
import { projectionLimits } from './limits.ts';
import { type EngineDatabases, sqlState, Visit } from './visit.ts';

export interface ProjectionOptions {
  /** Failures behind the scenes: for the log. They are tried again, except when another has the lease. */
  readonly onFailure?: (error: unknown) => void;
  /** Part of the time that it may work, while nobody waits for it; all of it unless given. Above 0, at most 1. */
  readonly share?: () => number;
}

export interface ProjectionLag {
  /** Certified write-ahead log that some database's records do not show. */
  readonly bytes: number;
  readonly databases: readonly {
    readonly name: string;
    readonly lsn: Lsn;
    /** Tables that are being read anew. */
    readonly behind: number;
  }[];
  /** Stays in databases so far. */
  readonly rounds: number;
}

interface Waiter {
  readonly lsn: Lsn;
  /** One database, or all. */
  readonly database: string | undefined;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/** The projection was stopped, or another gateway has the instance. */
export class ProjectionStopped extends Error {
  constructor(options?: ErrorOptions) {
    super('the records of rows are not written any more', options);
    this.name = 'ProjectionStopped';
  }
}

export class Projection {
  readonly store: InstanceStore;
  readonly #engine: EngineDatabases;
  readonly #options: ProjectionOptions;
  readonly #pace: Pace;
  readonly #databases = new Map<number, DatabaseProjector>();
  readonly #waiters = new Set<Waiter>();
  readonly #stop = new AbortController();
  /** By oid of the database. */
  readonly #failures = new Map<number, { readonly waitMs: number; readonly untilMs: number }>();
  #isListed = false;
  #certified: Lsn = 0;
  #rounds = 0;
  #wake: PromiseWithResolvers<void> = Promise.withResolvers();
  #running: Promise<void> | undefined;
  #holds = 0;
  #released: PromiseWithResolvers<void> | undefined;
  #failure: unknown;

  private constructor(store: InstanceStore, engine: EngineDatabases, options: ProjectionOptions) {
    this.store = store;
    this.#engine = engine;
    this.#options = options;
    this.#pace = new Pace(options.share ?? (() => 1), (ms) => this.#rest(ms));
  }

  /** Begins to follow; nothing happens before the first `advanced`. */
  static open(store: InstanceStore, engine: EngineDatabases, options: ProjectionOptions = {}): Projection {
    const projection = new Projection(store, engine, options);
    projection.#running = projection.#run();
    return projection;
  }

  get certified(): Lsn {
    return this.#certified;
  }

  /** Everything before this position is certified. */
  advanced(lsn: Lsn): void {
    if (lsn <= this.#certified) return;
    this.#certified = lsn;
    this.#wake.resolve();
  }

  /** Resolves when records show everything that committed before, of one database or of all. @throws ProjectionStopped */
  async settled(lsn: Lsn, database?: string, signal?: AbortSignal): Promise<void> {
    if (this.#stop.signal.aborted) throw this.#stopped();
    signal?.throwIfAborted();
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const waiter: Waiter = { lsn, database, resolve, reject };
    const giveUp = () => {
      this.#waiters.delete(waiter);
      reject(signal?.reason);
    };
    signal?.addEventListener('abort', giveUp, { once: true });
    this.#waiters.add(waiter);
    this.#wake.resolve();
    try {
      await promise;
    } finally {
      signal?.removeEventListener('abort', giveUp);
    }
  }

  /**
   * Calls with a database whose records show everything up to there, and keeps them so meanwhile.
   * @returns undefined when there is no such database
   */
  async held<Result>(
    name: string,
    lsn: Lsn,
    call: (database: DatabaseProjector) => Promise<Result>,
    signal?: AbortSignal,
  ): Promise<Result | undefined> {
    for (;;) {
      await this.settled(lsn, name, signal);
      const database = this.#named(name);
      if (database === undefined) return undefined;
      if (!database.shows(lsn)) continue;
      this.#holds += 1;
      this.#released ??= Promise.withResolvers();
      try {
        return await call(database);
      } finally {
        this.#holds -= 1;
        if (this.#holds === 0) {
          this.#released.resolve();
          this.#released = undefined;
        }
      }
    }
  }

  lag(): ProjectionLag {
    const databases = [...this.#databases.values()].map((each) => ({
      name: each.name,
      lsn: each.watermark?.lsn ?? 0,
      behind: each.behind(),
    }));
    const oldest = databases.reduce((lsn, each) => Math.min(lsn, each.lsn), this.#certified);
    return { bytes: this.#certified - oldest, databases, rounds: this.#rounds };
  }

  /** Nothing is written behind it. */
  async stop(): Promise<void> {
    this.#stop.abort();
    this.#wake.resolve();
    await this.#running;
  }

  #named(name: string): DatabaseProjector | undefined {
    return [...this.#databases.values()].find((database) => database.name === name);
  }

  #stopped(): ProjectionStopped {
    return new ProjectionStopped({ cause: this.#failure });
  }

  async #run(): Promise<void> {
    const { roundMsMin, roundMsMax, gapMs } = projectionLimits;
    let pauseMs: number = roundMsMin;
    const { signal } = this.#stop;
    while (!signal.aborted) {
      await this.#wanted();
      if (signal.aborted) break;
      this.#pace.begin();
      try {
        const { changed, isDone } = await this.#round();
        this.#tellWaiters();
        pauseMs = changed ? roundMsMin : Math.min(roundMsMax, pauseMs * 2);
        if (!isDone || this.#waiters.size > 0) pauseMs = gapMs;
      } catch (error) {
        this.#isListed = false;
        if (!signal.aborted && !isPassing(error)) this.#options.onFailure?.(error);
        if (error instanceof StaleTerm) {
          this.#failure = error;
          this.#stop.abort();
        }
        pauseMs = Math.min(roundMsMax, pauseMs * 2);
      }
      await this.#pace.step();
      await this.#pause(pauseMs);
    }
    for (const { reject } of this.#waiters) reject(this.#stopped());
    this.#waiters.clear();
  }

  /** Until there is something that records do not show, or somebody waits; without a timer when all is shown. */
  async #wanted(): Promise<void> {
    for (;;) {
      this.#tellWaiters();
      if (this.#stop.signal.aborted || this.#waiters.size > 0) return;
      const isShown =
        this.#isListed && [...this.#databases.values()].every((database) => database.shows(this.#certified));
      if (this.#certified > 0 && !isShown) return;
      this.#wake = Promise.withResolvers();
      await this.#wake.promise;
    }
  }

  /** Shorter when somebody begins to wait. */
  async #pause(ms: number): Promise<void> {
    const { gapMs } = projectionLimits;
    const { signal } = this.#stop;
    await delay(Math.min(ms, gapMs), undefined, { signal }).catch(() => undefined);
    if (ms > gapMs) await this.#rest(ms - gapMs);
  }

  /** Not at all when somebody waits. */
  async #rest(ms: number): Promise<void> {
    const cut = new AbortController();
    const rest = delay(ms, undefined, { signal: cut.signal }).catch(() => undefined);
    await Promise.race([rest, this.#somebodyWaits()]);
    cut.abort();
  }

  async #somebodyWaits(): Promise<void> {
    while (this.#waiters.size === 0 && !this.#stop.signal.aborted) {
      this.#wake = Promise.withResolvers();
      await this.#wake.promise;
    }
  }

  async #round(): Promise<{ readonly changed: boolean; readonly isDone: boolean }> {
    const target = this.#certified;
    await this.#listDatabases();
    let changed = false;
    let isDone = true;
    for (const database of [...this.#databases.values()]) {
      if (this.#stop.signal.aborted) break;
      const isForced = this.#isWaitedFor(database.name);
      if (database.shows(target) && this.#isListed) continue;
      const done = await this.#visit(database, target, isForced);
      if (done === undefined) continue;
      changed ||= done.changed;
      isDone &&= done.isDone;
    }
    this.#isListed = true;
    return { changed, isDone };
  }

  /** @returns undefined when it failed: it is tried again later, and others do not wait for it */
  async #visit(database: DatabaseProjector, target: Lsn, isForced: boolean) {
    const { oid, name } = database;
    const failure = this.#failures.get(oid);
    if (failure !== undefined && performance.now() < failure.untilMs) return undefined;
    this.#rounds += 1;
    try {
      const done = await database.round(this.#engine, target, isForced, () => this.#mayWrite());
      this.#failures.delete(oid);
      return done;
    } catch (error) {
      if (error instanceof StaleTerm || this.#stop.signal.aborted) throw error;
      if (!isPassing(error)) this.#options.onFailure?.(error);
      const { roundMsMin, roundMsMax } = projectionLimits;
      const waitMs = Math.min(roundMsMax, (failure?.waitMs ?? roundMsMin) * 2);
      this.#failures.set(oid, { waitMs, untilMs: performance.now() + waitMs });
      // What is in memory may be half of something: the records are the truth.
      this.#databases.set(oid, await DatabaseProjector.open(this.store, oid, name, this.#pace));
      return undefined;
    }
  }

  async #mayWrite(): Promise<void> {
    while (this.#released !== undefined) await this.#released.promise;
    this.#stop.signal.throwIfAborted();
  }

  #isWaitedFor(name: string): boolean {
    return [...this.#waiters].some(({ database }) => database === undefined || database === name);
  }

  #tellWaiters(): void {
    for (const waiter of this.#waiters) {
      const { lsn, database, resolve } = waiter;
      if (lsn > this.#certified || !this.#isListed) continue;
      const all = [...this.#databases.values()];
      const concerned = database === undefined ? all : all.filter(({ name }) => name === database);
      if (!concerned.every((each) => each.shows(lsn))) continue;
      this.#waiters.delete(waiter);
      resolve();
    }
  }

  /** Those that customers can connect to, except templates: whoever makes a database of one wants it for himself. */
  async #listDatabases(): Promise<void> {
    const found = await Visit.run(this.#engine, undefined, (visit) =>
      visit.query('SELECT oid, datname FROM pg_catalog.pg_database WHERE datallowconn AND NOT datistemplate'),
    );
    const names = new Map(found.map(([oid, name]) => [Number(oid), name!]));
    await this.#mayWrite();
    if (this.#databases.size === 0) await this.#findFormer();
    for (const [oid, database] of this.#databases) {
      const name = names.get(oid);
      if (name === database.name) continue;
      this.#databases.delete(oid);
      this.#failures.delete(oid);
      await database.remove(name !== undefined);
    }
    for (const [oid, name] of names) {
      if (!this.#databases.has(oid))
        this.#databases.set(oid, await DatabaseProjector.open(this.store, oid, name, this.#pace));
    }
  }

  /** Databases of which there are records: some may be gone. */
  async #findFormer(): Promise<void> {
    const { domain } = this.store;
    for (const { sort } of await domain.scan(watermarksTable, Buffer.alloc(0), {})) {
      const key = { partition: Buffer.alloc(0), sort: Buffer.from(sort) };
      const oid = (await domain.get(watermarksTable, key))?.row.databaseOid;
      if (oid === undefined) continue;
      const name = key.sort.toString();
      this.#databases.set(oid, await DatabaseProjector.open(this.store, oid, name, this.#pace));
    }
  }
}

/** The database is gone, or somebody wants it for himself, or what is waited for takes its time: nothing is wrong. */
function isPassing(error: unknown): boolean {
  return ['3D000', '55000', '55006', '55P03', '57014', '57P01', '57P05'].includes(sqlState(error) ?? '');
}
