/** A clock that moves only when told. Times in milliseconds. */
interface Timer {
  readonly at: number;
  readonly order: number;
  readonly run: () => void;
}

export class SimClock {
  #now: number;
  #order = 0;
  readonly #timers = new Set<Timer>();

  constructor(now = 1_700_000_000_000) {
    this.#now = now;
  }

  now(): number {
    return this.#now;
  }

  /** Runs the function once the clock has moved that far. Returns the cancellation. */
  after(delayMs: number, run: () => void): () => void {
    const timer: Timer = { at: this.#now + Math.max(0, delayMs), order: this.#order++, run };
    this.#timers.add(timer);
    return () => {
      this.#timers.delete(timer);
    };
  }

  /** Moves on, running what falls due in order of time, then of registration; also what those register. */
  advance(byMs: number): void {
    const target = this.#now + byMs;
    for (;;) {
      let due: Timer | undefined;
      for (const timer of this.#timers) {
        if (timer.at > target) continue;
        if (due === undefined || timer.at < due.at || (timer.at === due.at && timer.order < due.order))
          due = timer;
      }
      if (due === undefined) break;
      this.#timers.delete(due);
      this.#now = Math.max(this.#now, due.at);
      due.run();
    }
    this.#now = target;
  }
}
