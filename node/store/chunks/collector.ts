/**
 * Runs collections in steps of a few milliseconds each, so that requests go on between them. A step is one of: a stretch
 * of location entries compared with the state (once after a start), a number of due chunks forgotten, one file emptied.
 *
 * What is due: a dropped chunk after `droppedLifetimeMs`, a staged one after `stagedLifetimeMs`, and at once what was
 * left by an earlier process: none of its readers and transactions is there any more.
 */
import type { CollectOptions } from '../chunk-store-port.ts';
import { locationRange } from '../format/v1.ts';
import type { ChunkFile } from './chunk-file.ts';
import type { ChunkEntry } from './chunk-index.ts';
import { type CollectModules, compactOne, removeUnnamed, sweep } from './collect-chunks.ts';

export interface CollectorOptions {
  readonly folder: string;
  readonly stagedLifetimeMs: number;
  readonly droppedLifetimeMs: number;
}

export type CollectorModules = Omit<CollectModules, 'signal' | 'pause' | 'tried'> & {
  readonly clock: { now(): number };
  /** Aborted when the store closes. */
  readonly closing: AbortSignal;
};

interface Step {
  readonly freedBytes: number;
  /** Nothing was left to do. */
  readonly done: boolean;
}

const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

export class Collector {
  readonly #options: CollectorOptions;
  readonly #modules: CollectorModules;
  /** Files in which nothing can ever have been synced. */
  readonly #empty: ChunkFile[];
  /** Key from which the sweep goes on; undefined when it is through. */
  #sweepFrom: Uint8Array | undefined = locationRange.gte;
  /** The last step asked for: steps of two collections take turns. */
  #last: Promise<unknown> = Promise.resolve();

  constructor(options: CollectorOptions, modules: CollectorModules, empty: readonly ChunkFile[]) {
    this.#options = options;
    this.#modules = modules;
    this.#empty = [...empty];
  }

  /** Call only once the log was replayed. */
  async collect(options: CollectOptions = {}): Promise<number> {
    const { closing } = this.#modules;
    const signal = options.signal === undefined ? closing : AbortSignal.any([options.signal, closing]);
    const pause = (): Promise<void> => unlessAborted((options.pause ?? nextTurn)(), signal);
    const modules: CollectModules = { ...this.#modules, signal, pause, tried: new Set() };
    let freed = 0;
    while (!signal.aborted) {
      const { freedBytes, done } = await this.#inTurn(() => this.#step(modules, options));
      freed += freedBytes;
      if (done) break;
      await pause();
    }
    return freed;
  }

  async #inTurn(step: () => Promise<Step>): Promise<Step> {
    const before = this.#last;
    const running = before.then(step);
    this.#last = running.catch(() => undefined);
    return running;
  }

  async #step(modules: CollectModules, options: CollectOptions): Promise<Step> {
    const done = { freedBytes: 0, done: true };
    const more = { freedBytes: 0, done: false };
    if (modules.signal.aborted) return done;
    for (const file of this.#empty.splice(0)) await modules.disk.remove(file.path);
    if (await removeUnnamed(modules, this.#dueNow(options))) return more;
    if (this.#sweepFrom !== undefined) {
      this.#sweepFrom = await sweep(modules, this.#sweepFrom);
      return more;
    }
    const freedBytes = await compactOne(modules, this.#options.folder);
    return freedBytes === undefined ? done : { freedBytes, done: false };
  }

  #dueNow(options: CollectOptions): (entry: ChunkEntry) => boolean {
    const now = this.#modules.clock.now();
    const { stagedLifetimeMs } = this.#options;
    const droppedLifetimeMs = options.droppedLifetimeMs ?? this.#options.droppedLifetimeMs;
    return ({ state, since }) => now - since >= (state === 'dropped' ? droppedLifetimeMs : stagedLifetimeMs);
  }

  /** At the end of the store: a later start then finds no dropped chunks to sweep. */
  async removeDropped(): Promise<void> {
    await this.#last;
    const signal = this.#modules.closing;
    const modules: CollectModules = { ...this.#modules, signal, pause: nextTurn, tried: new Set() };
    while (await removeUnnamed(modules, (entry) => entry.state === 'dropped')) await nextTurn();
  }
}

/** Resolves with the promise, or as soon as the signal is aborted. */
async function unlessAborted(promise: Promise<void>, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  const { promise: aborted, resolve } = Promise.withResolvers<void>();
  const onAbort = (): void => resolve();
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    await Promise.race([promise, aborted]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}
