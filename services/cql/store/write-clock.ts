/** Times of writing: of the wall clock, in microseconds, never the same twice, and behind everything that the journal knows. */
import type { WriteClock } from '../engine/storage.ts';

export class JournalClock implements WriteClock {
  readonly caughtUp: () => Promise<void> | undefined;
  readonly #now: () => number;
  #last: bigint;
  /** As numbers, which are quicker: microseconds since 1970 are safe until 2255. */
  #lastNumber: number;

  /**
   * @param now milliseconds since 1970
   * @param caughtUp resolves when everything that is in the journal was observed; undefined when that is so
   */
  constructor(now: () => number, last: bigint, caughtUp: () => Promise<void> | undefined = () => undefined) {
    this.#now = now;
    this.caughtUp = caughtUp;
    this.#last = last;
    this.#lastNumber = Number(last);
  }

  get last(): bigint {
    return this.#last;
  }

  next(): bigint {
    this.#lastNumber = Math.max(this.#now() * 1000, this.#lastNumber + 1);
    this.#last = BigInt(this.#lastNumber);
    return this.#last;
  }

  /** Another one gave this. */
  observe(time: bigint): void {
    if (time <= this.#last) return;
    this.#last = time;
    this.#lastNumber = Number(time);
  }
}
