/** Who hears of applied batches: listeners in the same process, readers who wait for a position, followers of the log. */
import type { AppliedBatch, Position } from '../api/index.ts';
import type { Lifecycle } from './lifecycle.ts';
import { embeddedLimits } from './limits.ts';

interface Waiter {
  readonly position: Position;
  resolve(): void;
  reject(error: unknown): void;
}

export class AppliedFeed {
  readonly #lifecycle: Lifecycle;
  readonly #recentBytesMax: number;
  readonly #listeners = new Set<(batch: AppliedBatch) => void>();
  readonly #recent = new Map<Position, { readonly batch: AppliedBatch; readonly bytes: number }>();
  #recentBytes = 0;
  #waiters: Waiter[] = [];
  #position: Position;

  constructor(lifecycle: Lifecycle, recentBytesMax: number, position: Position) {
    this.#lifecycle = lifecycle;
    this.#recentBytesMax = recentBytesMax;
    this.#position = position;
  }

  get position(): Position {
    return this.#position;
  }

  listen(listener: (batch: AppliedBatch) => void): () => void {
    // Each call counts by itself, also for the same function.
    const own = (batch: AppliedBatch): void => listener(batch);
    this.#listeners.add(own);
    return () => {
      this.#listeners.delete(own);
    };
  }

  /** A batch applied not long ago. */
  recent(position: Position): AppliedBatch | undefined {
    return this.#recent.get(position)?.batch;
  }

  /** Forgets what was applied, not who listens. */
  clearRecent(): void {
    this.#recent.clear();
    this.#recentBytes = 0;
  }

  publish(batch: AppliedBatch, bytes: number): void {
    this.#position = batch.position;
    this.#recent.set(batch.position, { batch, bytes });
    this.#recentBytes += bytes;
    for (const [oldest, entry] of this.#recent) {
      const isSmall = this.#recentBytes <= this.#recentBytesMax;
      if (isSmall && this.#recent.size <= embeddedLimits.recentBatchesMax) break;
      this.#recent.delete(oldest);
      this.#recentBytes -= entry.bytes;
    }
    for (const listener of this.#listeners) this.#tell(listener, batch);
    if (this.#waiters.length > 0) this.#wake();
  }

  /** Resolves when the position is applied. @throws NodeError `closed` when it never will be; the signal's reason */
  async reached(position: Position, signal?: AbortSignal): Promise<void> {
    if (position <= this.#position) return;
    signal?.throwIfAborted();
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const waiter: Waiter = { position, resolve, reject };
    this.#waiters.push(waiter);
    const abort = (): void => reject(signal?.reason);
    signal?.addEventListener('abort', abort, { once: true });
    try {
      await promise;
    } finally {
      signal?.removeEventListener('abort', abort);
      this.#waiters = this.#waiters.filter((other) => other !== waiter);
    }
  }

  /** No more batches will come. */
  end(): void {
    const waiters = this.#waiters;
    this.#waiters = [];
    for (const waiter of waiters) waiter.reject(this.#lifecycle.closedError());
  }

  /** A listener that throws lost step with the log; to go on would show its owner a state that never was. */
  #tell(listener: (batch: AppliedBatch) => void, batch: AppliedBatch): void {
    try {
      listener(batch);
    } catch (error) {
      this.#lifecycle.fail(
        new Error(`a listener failed at position ${batch.position}: ${String(error)}`, { cause: error }),
      );
    }
  }

  #wake(): void {
    const ready = this.#waiters.filter((waiter) => waiter.position <= this.#position);
    this.#waiters = this.#waiters.filter((waiter) => waiter.position > this.#position);
    for (const waiter of ready) waiter.resolve();
  }
}
