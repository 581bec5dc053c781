/** Work on the log behind the commits: sealing when it is due, and trimming. One at a time, and none after the log's end. */
import { StaleTerm } from '@hypergate/table';
import type { InstanceStore } from '../model/instance-store.ts';
import type { Lsn, Timeline } from '../model/lsn.ts';
import { WalError } from './errors.ts';
import { walLimits } from './limits.ts';
import type { Places } from './places.ts';
import { Sealer, type SealLimits, type Tail, type Unsealed } from './sealer.ts';
import { trimWal } from './trim.ts';

export interface UpkeepModules {
  readonly store: InstanceStore;
  readonly places: Places;
  readonly delay: (ms: number) => Promise<void>;
  readonly timelines: () => readonly Timeline[];
  readonly tail: () => Tail;
  readonly onLost: (error: StaleTerm) => void;
  /** Sealing failed and is tried again later. */
  readonly onFailure: (error: unknown) => void;
}

export class Upkeep {
  readonly #modules: UpkeepModules;
  readonly #limits: SealLimits;
  readonly #sealer: Sealer;
  #unsealed: Unsealed;
  #sealing = false;
  #ended = false;
  #last: Promise<void> = Promise.resolve();

  constructor(unsealed: Unsealed, modules: UpkeepModules, limits: SealLimits = walLimits) {
    this.#unsealed = unsealed;
    this.#modules = modules;
    this.#limits = limits;
    this.#sealer = new Sealer(modules.store, modules.places, limits);
  }

  /** A row was written. */
  wrote(bytes: number): void {
    this.#unsealed = { rows: this.#unsealed.rows + 1, bytes: this.#unsealed.bytes + bytes };
    const { segmentBytes, segmentRows } = this.#limits;
    // The last row is never sealed: it takes one more, or some bytes more, for a segment to be due.
    if (this.#unsealed.bytes > segmentBytes || this.#unsealed.rows > segmentRows) this.seal();
  }

  /** Writes the segments that are due, however little has changed. */
  seal(): void {
    if (this.#sealing || this.#ended) return;
    this.#sealing = true;
    this.#behind(() => this.#seal())
      .catch(async (error: unknown) => {
        if (this.#ended) return;
        this.#modules.onFailure(error);
        await this.#modules.delay(walLimits.retryMsMax);
      })
      .finally(() => {
        this.#sealing = false;
      });
  }

  trim(before: Lsn): Promise<void> {
    const { store, places, timelines, tail } = this.#modules;
    return this.#behind(() => trimWal(store, places, timelines(), before, tail));
  }

  /** Resolves when nothing is under way. */
  async end(): Promise<void> {
    this.#ended = true;
    await this.#last;
  }

  async #seal(): Promise<void> {
    const before = this.#unsealed;
    const left = await this.#sealer.run(this.#modules.timelines(), this.#modules.tail);
    // What was written meanwhile may be counted twice: the next run then finds nothing due.
    const { rows, bytes } = this.#unsealed;
    this.#unsealed = { rows: left.rows + rows - before.rows, bytes: left.bytes + bytes - before.bytes };
  }

  #behind(work: () => Promise<void>): Promise<void> {
    const done = this.#last.then(async () => {
      if (this.#ended) throw new WalError('ended', 'the write-ahead log takes no more');
      try {
        await work();
      } catch (error) {
        if (error instanceof StaleTerm) this.#modules.onLost(error);
        throw error;
      }
    });
    this.#last = done.catch(() => undefined);
    return done;
  }
}
