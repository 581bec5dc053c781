/** State that a custodian keeps between two rounds of a protocol: bounded in number and time, and taken out when it is used. */
import { thresholdLimits } from './limits.ts';

interface Entry {
  readonly value: unknown;
  readonly since: number;
}

export class OpenRounds {
  readonly #entries = new Map<string, Entry>();
  readonly #now: () => number;
  readonly #max: number;
  readonly #lifetimeMs: number;

  /** @param now milliseconds, monotonic */
  constructor(
    now: () => number,
    max: number = thresholdLimits.openRoundsMax,
    lifetimeMs: number = thresholdLimits.openRoundMs,
  ) {
    this.#now = now;
    this.#max = max;
    this.#lifetimeMs = lifetimeMs;
  }

  get size(): number {
    return this.#entries.size;
  }

  /** The oldest goes when there are too many. @throws RangeError for an id that is taken */
  open(id: string, value: unknown): void {
    if (this.#entries.has(id)) throw new RangeError('a round with this id is open');
    this.#drop();
    this.#entries.set(id, { value, since: this.#now() });
  }

  /** What was kept under this id, once. */
  take(id: string): unknown {
    const entry = this.#entries.get(id);
    this.#entries.delete(id);
    if (entry === undefined || this.#now() - entry.since > this.#lifetimeMs) return undefined;
    return entry.value;
  }

  #drop(): void {
    const limit = this.#now() - this.#lifetimeMs;
    for (const [id, { since }] of this.#entries) {
      if (since > limit && this.#entries.size < this.#max) return;
      this.#entries.delete(id);
    }
  }
}
