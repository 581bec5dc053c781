/** The custodians as the coordinator knows them: whom it reaches, who is up to date, who was caught, who is quick. */
import { ThresholdAbort } from '../errors.ts';
import { Latency } from './latency.ts';
import { coordinatorLimits } from './limits.ts';

export type MemberState = 'unreachable' | 'catching-up' | 'ready';

interface Entry {
  state: MemberState;
  reason: string | undefined;
  readonly latency: Latency;
}

export class Members {
  readonly #entries: ReadonlyMap<number, Entry>;
  readonly #isAccused: (index: number) => boolean;
  readonly #now: () => number;
  readonly #readyMs: number;
  readonly #waiting = new Set<() => void>();

  /**
   * @param now milliseconds, monotonic
   * @param readyMs how long calls wait for custodians that are starting or catching up
   */
  constructor(
    indices: readonly number[],
    isAccused: (index: number) => boolean,
    now: () => number,
    readyMs: number = coordinatorLimits.readyMs,
  ) {
    this.#entries = new Map(
      indices.map((index) => [
        index,
        { state: 'unreachable', reason: 'it was not reached yet', latency: new Latency() },
      ]),
    );
    this.#isAccused = isAccused;
    this.#now = now;
    this.#readyMs = readyMs;
  }

  get indices(): number[] {
    return [...this.#entries.keys()];
  }

  state(index: number): MemberState {
    return this.#entry(index).state;
  }

  reason(index: number): string | undefined {
    return this.#entry(index).reason;
  }

  /** How quickly it answered lately, in milliseconds; 0 when it was not asked for a while. */
  latencyMs(index: number): number {
    return this.#entry(index).latency.estimate(this.#now());
  }

  set(index: number, state: MemberState, reason?: string): void {
    const entry = this.#entry(index);
    entry.state = state;
    entry.reason = reason;
    this.changed();
  }

  /** Something that others may wait for. */
  changed(): void {
    for (const wake of [...this.#waiting]) wake();
  }

  noteAnswer(index: number, ms: number): void {
    this.#entry(index).latency.note(ms, this.#now());
  }

  /** Up to date and not accused, the quickest first. */
  ready(): number[] {
    const now = this.#now();
    return this.indices
      .filter((index) => this.state(index) === 'ready' && !this.#isAccused(index))
      .map((index) => ({ index, ms: this.#entry(index).latency.estimate(now) }))
      .sort((left, right) => left.ms - right.ms)
      .map(({ index }) => index);
  }

  /** Until when whoever begins now waits for others to be ready. */
  readyBy(): number {
    return this.#now() + this.#readyMs;
  }

  /** @throws ThresholdAbort `unavailable` when there are too few until then */
  async requireReady(count: number, signal?: AbortSignal, deadline = this.readyBy()): Promise<void> {
    while (this.ready().length < count) {
      const left = deadline - this.#now();
      if (left <= 0 || signal?.aborted)
        throw new ThresholdAbort('unavailable', undefined, 'too few custodians are ready');
      await this.rest(left, signal);
    }
  }

  /** Until something changes, or for so long. */
  async rest(ms: number, signal?: AbortSignal): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, ms);
    this.#waiting.add(resolve);
    const cancel = (): void => resolve();
    signal?.addEventListener('abort', cancel, { once: true });
    if (signal?.aborted) resolve();
    await promise;
    signal?.removeEventListener('abort', cancel);
    this.#waiting.delete(resolve);
    clearTimeout(timer);
  }

  #entry(index: number): Entry {
    const entry = this.#entries.get(index);
    if (entry === undefined) throw new RangeError('no such custodian');
    return entry;
  }
}
