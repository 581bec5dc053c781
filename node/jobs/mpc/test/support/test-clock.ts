/** A clock that moves only when it is told to. */
import type { SessionClock } from '../../session/clock.ts';

interface Timer {
  readonly at: number;
  readonly callback: () => void;
}

export class TestClock implements SessionClock {
  #now = 0;
  readonly #timers = new Set<Timer>();

  /** Timers that did not run and were not called off. */
  get pending(): number {
    return this.#timers.size;
  }

  monotonic(): number {
    return this.#now;
  }

  timer(delayMs: number, callback: () => void): () => void {
    const timer = { at: this.#now + delayMs, callback };
    this.#timers.add(timer);
    return () => {
      this.#timers.delete(timer);
    };
  }

  /** Runs what falls due, in order, with a turn of the event loop after each moment. */
  async advance(ms: number): Promise<void> {
    const until = this.#now + ms;
    for (;;) {
      const due = [...this.#timers].filter(({ at }) => at <= until).sort((a, b) => a.at - b.at)[0];
      if (due === undefined) break;
      this.#timers.delete(due);
      this.#now = Math.max(this.#now, due.at);
      due.callback();
      await turns();
    }
    this.#now = until;
    await turns();
  }
}

/** Lets everything that is ready happen. */
export async function turns(count = 20): Promise<void> {
  for (let turn = 0; turn < count; turn++) await new Promise((resolve) => setImmediate(resolve));
}
