/** A timer that the test fires, and a clock that moves with it. */
import type { Timer } from '../../store/target-runner.ts';

export class ManualTimer {
  nowMs = 1_000_000;
  readonly #waiting = new Set<{ readonly dueMs: number; readonly run: () => void }>();

  readonly clock = { now: () => this.nowMs };

  readonly timer: Timer = (ms, run) => {
    const entry = { dueMs: this.nowMs + ms, run };
    this.#waiting.add(entry);
    return () => this.#waiting.delete(entry);
  };

  /** Shortest of the waiting times; undefined when nobody waits. */
  get nextMs(): number | undefined {
    const due = [...this.#waiting].map(({ dueMs }) => dueMs);
    return due.length === 0 ? undefined : Math.min(...due) - this.nowMs;
  }

  /** What becomes due on the way is called, also what is set meanwhile at once; waits for nothing. */
  advance(ms: number): void {
    this.nowMs += ms;
    for (const entry of [...this.#waiting]) {
      if (entry.dueMs > this.nowMs) continue;
      this.#waiting.delete(entry);
      entry.run();
    }
  }
}
