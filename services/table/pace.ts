/**
 * Work that leaves time to others: after each slice a rest, as long as the share asks for. Little by little, because whoever
 * commits meanwhile waits for a slice, not for all there is to do.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';

/** Of work between two rests, milliseconds. */
const sliceMs = 2;

export class Pace {
  readonly #share: () => number;
  readonly #rest: (ms: number) => Promise<void>;
  #since = performance.now();

  /**
   * @param share part of the time for this work; above 0, at most 1
   * @param rest resolves after so many milliseconds, or when there is a reason to hurry
   */
  constructor(share: () => number, rest: (ms: number) => Promise<void>) {
    this.#share = share;
    this.#rest = rest;
  }

  /** What went before is no work. */
  begin(): void {
    this.#since = performance.now();
  }

  get share(): number {
    return this.#share();
  }

  /** Called often; to be awaited when a rest is due. */
  step(): Promise<void> | undefined {
    const workedMs = performance.now() - this.#since;
    return workedMs < sliceMs ? undefined : this.#pause(workedMs);
  }

  async #pause(workedMs: number): Promise<void> {
    const ms = workedMs * (1 / this.#share() - 1);
    await (ms < 1 ? nextTurn() : this.#rest(ms));
    this.#since = performance.now();
  }
}

/** All the time there is. */
export function unhurried(): Pace {
  return new Pace(
    () => 1,
    () => nextTurn(),
  );
}
