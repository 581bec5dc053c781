/**
 * Deletions of entries that were found to be stale, behind the read that found them. They are no more than tidying: what does not fit, or
 * is not written, is forgotten, and met again by the next reader.
 */
import type { Mutation } from '../engine/model.ts';
import type { Storage } from '../engine/storage.ts';
import { indexLimits } from './limits.ts';

export class StaleEntries {
  readonly #storage: Pick<Storage, 'write'>;
  readonly #onFailure: (error: unknown) => void;
  #waiting: Mutation[] = [];
  #writing: Promise<void> | undefined;
  #isClosed = false;

  /** @param onFailure for the log */
  constructor(storage: Pick<Storage, 'write'>, onFailure: (error: unknown) => void) {
    this.#storage = storage;
    this.#onFailure = onFailure;
  }

  get waiting(): number {
    return this.#waiting.length;
  }

  add(deletion: Mutation): void {
    if (this.#isClosed || this.#waiting.length >= indexLimits.staleMax) return;
    this.#waiting.push(deletion);
    this.#writing ??= this.#write();
  }

  /** Resolves when nothing waits any more. */
  async written(): Promise<void> {
    await this.#writing;
  }

  /** What waits is forgotten; resolves when nothing is being written. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#waiting = [];
    await this.#writing;
  }

  async #write(): Promise<void> {
    // What the same read finds goes along.
    await new Promise((resolve) => setImmediate(resolve));
    try {
      while (this.#waiting.length > 0)
        await this.#storage.write(this.#waiting.splice(0, indexLimits.staleAtOnce));
    } catch (error) {
      this.#waiting = [];
      this.#onFailure(error);
    } finally {
      this.#writing = undefined;
    }
  }
}
