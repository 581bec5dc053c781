/**
 * Calls that wait for messages. Each stands in its queue's line while it looks and while it waits, so that what is sent meanwhile is not
 * missed. What is sent here wakes them at once; what other gateways send, and what becomes visible by the time alone, is found by a look at
 * each of those queues a few times a second, one for all that wait for it.
 */
import type { Clock } from '@hypergate/kit';
import { queueLimits } from './limits.ts';

export class Waiter {
  readonly queueId: string;
  readonly untilMs: number;
  isWoken = false;
  /** Ends its wait, while it waits. */
  go: (() => void) | undefined;

  constructor(queueId: string, untilMs: number) {
    this.queueId = queueId;
    this.untilMs = untilMs;
  }
}

export interface WaitingModules {
  readonly clock: Clock;
  /** Whether a receive would find something now. */
  readonly hasMessages: (queueId: string) => Promise<boolean>;
  readonly onFailure: (error: unknown) => void;
}

export class Waiting {
  readonly #modules: WaitingModules;
  readonly #lines = new Map<string, Set<Waiter>>();
  #count = 0;
  #timer: NodeJS.Timeout | undefined;
  #looking = false;
  #isOver = false;

  constructor(modules: WaitingModules) {
    this.#modules = modules;
  }

  /** @returns undefined when nobody may wait any more */
  enter(queueId: string, waitMs: number): Waiter | undefined {
    if (this.#isOver || this.#count >= queueLimits.waitersMax) return undefined;
    const waiter = new Waiter(queueId, this.#modules.clock.now() + waitMs);
    const line = this.#lines.get(queueId);
    if (line === undefined) this.#lines.set(queueId, new Set([waiter]));
    else line.add(waiter);
    this.#count += 1;
    this.#timer ??= setInterval(() => void this.look(), queueLimits.lookEveryMs).unref();
    return waiter;
  }

  leave(waiter: Waiter): void {
    const line = this.#lines.get(waiter.queueId);
    if (line?.delete(waiter) !== true) return;
    this.#count -= 1;
    if (line.size === 0) this.#lines.delete(waiter.queueId);
    if (this.#count === 0) {
      clearInterval(this.#timer);
      this.#timer = undefined;
    }
    // What woke it may still be there for another.
    if (waiter.isWoken) this.wake(waiter.queueId, 1);
  }

  /** Resolves when there may be something, when its time is over, or when the signal comes. */
  async next(waiter: Waiter, signal: AbortSignal | undefined): Promise<void> {
    if (waiter.isWoken || this.isDone(waiter, signal)) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    waiter.go = resolve;
    signal?.addEventListener('abort', resolve as () => void, { once: true });
    await promise;
    signal?.removeEventListener('abort', resolve as () => void);
    waiter.go = undefined;
  }

  isDone({ untilMs }: Waiter, signal: AbortSignal | undefined): boolean {
    return this.#isOver || signal?.aborted === true || this.#modules.clock.now() >= untilMs;
  }

  wake(queueId: string, count: number): void {
    let left = count;
    for (const waiter of this.#lines.get(queueId) ?? []) {
      if (left === 0) return;
      if (waiter.isWoken) continue;
      waiter.isWoken = true;
      waiter.go?.();
      left -= 1;
    }
  }

  /** Ends waits whose time is over, and wakes one for each queue that has something. */
  async look(): Promise<void> {
    for (const line of this.#lines.values())
      for (const waiter of line) if (this.isDone(waiter, undefined)) waiter.go?.();
    if (this.#looking) return;
    this.#looking = true;
    try {
      for (const queueId of [...this.#lines.keys()])
        if (await this.#modules.hasMessages(queueId)) this.wake(queueId, 1);
    } catch (error) {
      this.#modules.onFailure(error);
    } finally {
      this.#looking = false;
    }
  }

  /** Whoever waits goes away with what there is. */
  stop(): void {
    this.#isOver = true;
    for (const line of this.#lines.values()) for (const waiter of line) waiter.go?.();
  }
}
