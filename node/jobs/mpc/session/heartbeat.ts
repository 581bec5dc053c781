/**
 * Notices that the other side is gone, and shows it that this one is there.
 *
 * Time is counted in ticks, of which one passes at most each eighth of the limit. In a tick without anything sent a ping goes out; after
 * eight ticks in a row without anything received the other side counts as gone. While this side computes without a pause no tick
 * passes, so that what arrived meanwhile is read before it is missed. The other side's long computations do count: whoever blocks
 * its event loop for longer than the limit is taken for dead. Ticks while this side does not want to read do not count.
 */
import type { SessionClock } from './clock.ts';

const ticks = 8;

export interface Heart {
  readonly idleMs: number;
  readonly clock: SessionClock;
  /** Whether silence is of this side's making. */
  readonly isPaused: () => boolean;
  readonly ping: () => void;
  readonly gone: () => void;
}

export class Heartbeat {
  readonly #heart: Heart;
  #sent = true;
  #received = true;
  #silent = 0;
  #stop: () => void;

  constructor(heart: Heart) {
    this.#heart = heart;
    this.#stop = this.#next();
  }

  noteSent(): void {
    this.#sent = true;
  }

  noteReceived(): void {
    this.#received = true;
  }

  stop(): void {
    this.#stop();
  }

  #next(): () => void {
    return this.#heart.clock.timer(this.#heart.idleMs / ticks, () => this.#tick());
  }

  #tick(): void {
    this.#silent = this.#received || this.#heart.isPaused() ? 0 : this.#silent + 1;
    const isQuiet = !this.#sent;
    this.#sent = this.#received = false;
    this.#stop = this.#next();
    if (this.#silent >= ticks) this.#heart.gone();
    else if (isQuiet) this.#heart.ping();
  }
}
