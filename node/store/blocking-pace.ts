/**
 * Whether writes may keep the calling thread until the disk is done with them. A quick disk needs less time than two changes of
 * threads; a slow one must not stop everything else. So after a slow write comes a pause in proportion to it, longer each time
 * while every one is slow: at most a sixteenth of the thread's time is spent on waiting for a disk that is sometimes slow, and
 * next to nothing on one that always is.
 */
import { storeLimits } from './limits.ts';

export class BlockingPace {
  readonly #now: () => number;
  #pausedUntil = Number.NEGATIVE_INFINITY;
  #slowInARow = 0;

  /** @param now milliseconds of a clock that nobody sets */
  constructor(now: () => number) {
    this.#now = now;
  }

  get isPaused(): boolean {
    return this.#now() < this.#pausedUntil;
  }

  /** @throws what the work throws */
  run(work: () => void): void {
    const from = this.#now();
    work();
    const to = this.#now();
    if (to - from <= storeLimits.blockingSlowMs) {
      this.#slowInARow = 0;
      return;
    }
    const factor = storeLimits.blockingPauseFactor * 2 ** this.#slowInARow;
    this.#pausedUntil = to + Math.min((to - from) * factor, storeLimits.blockingPauseMsMax);
    this.#slowInARow += 1;
  }
}
