/**
 * Cuts transfers that stand still. One timer serves all transfers, so that a small request pays two set operations
 * instead of arming and clearing a timer of its own; the price is that the cut comes up to a quarter later than asked.
 */
import { idleChecks } from './limits.ts';

/** Timers, passed in so that tests decide when time goes by. */
export interface Timers {
  setInterval(callback: () => void, ms: number): unknown;
  clearInterval(handle: unknown): void;
  setTimeout(callback: () => void, ms: number): unknown;
  clearTimeout(handle: unknown): void;
}

export const systemTimers: Timers = {
  setInterval: (callback, ms) => {
    const timer = setInterval(callback, ms);
    timer.unref();
    return timer;
  },
  clearInterval: (handle) => clearInterval(handle as NodeJS.Timeout),
  setTimeout: (callback, ms) => {
    const timer = setTimeout(callback, ms);
    timer.unref();
    return timer;
  },
  clearTimeout: (handle) => clearTimeout(handle as NodeJS.Timeout),
};

export interface Watched {
  /** Checks since the last progress; whoever makes progress sets it to zero. */
  idleChecks: number;
  /** Whether it is the peer that we wait for; our own slowness is not held against it. */
  readonly waitsForPeer: boolean;
  onIdle(): void;
}

export class IdleWatch {
  readonly #timers: Timers;
  readonly #checkMs: number;
  readonly #watched = new Set<Watched>();
  #timer: unknown;

  constructor(timers: Timers, idleMs: number) {
    this.#timers = timers;
    this.#checkMs = Math.max(1, Math.ceil(idleMs / idleChecks));
  }

  watch(transfer: Watched): void {
    this.#watched.add(transfer);
    this.#timer ??= this.#timers.setInterval(() => this.#check(), this.#checkMs);
  }

  unwatch(transfer: Watched): void {
    this.#watched.delete(transfer);
  }

  #check(): void {
    if (this.#watched.size === 0) {
      this.#timers.clearInterval(this.#timer);
      this.#timer = undefined;
      return;
    }
    for (const transfer of this.#watched) {
      if (!transfer.waitsForPeer) {
        transfer.idleChecks = 0;
      } else if (++transfer.idleChecks > idleChecks) {
        this.#watched.delete(transfer);
        transfer.onIdle();
      }
    }
  }
}
