/**
 * Refuses writes before the disk is full. Log and chunk files take a full disk without harm; the key-value store stops for good
 * at a failed write until the next start. So the last part of the disk is kept for what the store still has to write, for
 * deletions and for the copies that a collection makes.
 *
 * The disk is asked when enough was written or enough time went by since the last answer; in between, what was written
 * and what may be on its way is taken off the answer.
 */
import { NodeError, nodeLimits, type Operation, type Transaction } from '../api/index.ts';
import type { NodeClock } from './clock.ts';
import { embeddedLimits } from './limits.ts';

export interface SpaceReserveModules {
  readonly freeBytes: () => Promise<number>;
  readonly clock: NodeClock;
  /** The disk did not answer: writes go on, as they would without a reserve. */
  onFailure(error: unknown): void;
}

export class SpaceReserve {
  readonly #modules: SpaceReserveModules;
  readonly #reserveBytes: number;
  #free = Number.POSITIVE_INFINITY;
  #writtenSince = 0;
  #askedAt = Number.NEGATIVE_INFINITY;
  #asking: Promise<void> | undefined;
  #staging = 0;

  constructor(reserveBytes: number, modules: SpaceReserveModules) {
    this.#reserveBytes = reserveBytes;
    this.#modules = modules;
  }

  /** Whether the last answer left less than the reserve. */
  get isShort(): boolean {
    return this.#left() < this.#reserveBytes;
  }

  /** @throws NodeError `storage-full` */
  async requireRoom(): Promise<void> {
    await this.#refresh();
    if (this.isShort) throw new NodeError('storage-full', 'the disk is nearly full');
  }

  /** Runs a stage of at most one chunk. @throws NodeError `storage-full`; what the work throws */
  async staging<T extends { readonly length: number }>(work: () => Promise<T>): Promise<T> {
    this.#staging += 1;
    try {
      await this.requireRoom();
      const chunk = await work();
      this.#writtenSince += chunk.length;
      return chunk;
    } finally {
      this.#staging -= 1;
    }
  }

  /** Of the log and, soon after, of the key-value store. */
  wrote(bytes: number): void {
    this.#writtenSince += 2 * bytes;
  }

  #left(): number {
    return this.#free - this.#writtenSince - this.#staging * nodeLimits.chunkBytesMax;
  }

  async #refresh(): Promise<void> {
    const { clock } = this.#modules;
    const isOld = clock.monotonic() - this.#askedAt >= embeddedLimits.freeSpaceEveryMs;
    if (!isOld && this.#writtenSince < embeddedLimits.freeSpaceEveryBytes) return;
    this.#asking ??= this.#ask();
    // Only near the limit does the caller have to know.
    if (
      this.#left() < this.#reserveBytes + embeddedLimits.freeSpaceMarginBytes ||
      this.#free === Number.POSITIVE_INFINITY
    ) {
      await this.#asking;
    }
  }

  async #ask(): Promise<void> {
    const { clock, freeBytes, onFailure } = this.#modules;
    const before = this.#writtenSince;
    this.#askedAt = clock.monotonic();
    try {
      this.#free = await freeBytes();
      this.#writtenSince -= before;
    } catch (error) {
      onFailure(error);
    } finally {
      this.#asking = undefined;
    }
  }
}

const removals: ReadonlySet<Operation['kind']> = new Set([
  'remove-vertex',
  'remove-hyperedge',
  'remove-domain',
]);

/** Whether a transaction only adds. One that also removes gives back more than it takes, or is on its way to. */
export function onlyAdds({ operations }: Transaction): boolean {
  return (
    operations.some(
      ({ kind }) => kind === 'add-vertex' || kind === 'add-hyperedge' || kind === 'create-domain',
    ) && !operations.some(({ kind }) => removals.has(kind))
  );
}
