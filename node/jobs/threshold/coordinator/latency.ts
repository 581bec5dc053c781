/** How quickly a custodian answered lately. Who was not asked for a while seems quicker by and by, so that it is tried again. */
import { coordinatorLimits } from './limits.ts';

export class Latency {
  #ms = 0;
  #at = 0;

  note(ms: number, now: number): void {
    const before = this.estimate(now);
    const weight = this.#at === 0 ? 1 : coordinatorLimits.latencyWeight;
    this.#ms = before + weight * (ms - before);
    this.#at = now;
  }

  estimate(now: number): number {
    return this.#ms * 0.5 ** ((now - this.#at) / coordinatorLimits.latencyHalfMs);
  }
}
