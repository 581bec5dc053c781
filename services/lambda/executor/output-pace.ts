/**
 * How fast a function is listened to: a token bucket of lines and of bytes. Each line costs the gateway much more than it costs the function, so one that
 * only writes would keep all others waiting. Beyond its share its pipes are not read, and whoever writes into a full pipe waits.
 */
import type { Readable } from 'node:stream';
import { executorLimits } from './limits.ts';

export interface PaceOptions {
  readonly streams: readonly Pick<Readable, 'pause' | 'resume'>[];
  /** Milliseconds from any point on. */
  readonly now: () => number;
}

const perMs = {
  lines: executorLimits.logLinesPerSecond / 1000,
  bytes: executorLimits.logBytesPerSecond / 1000,
};

export class OutputPace {
  readonly #options: PaceOptions;
  /** What may be taken at once; below nothing after a piece that was larger. */
  #lines: number = executorLimits.logLinesBurst;
  #bytes: number = executorLimits.logBytesBurst;
  #lookedMs: number;
  #timer: NodeJS.Timeout | undefined;
  #isOver = false;

  constructor(options: PaceOptions) {
    this.#options = options;
    this.#lookedMs = options.now();
  }

  /** Of what was read. */
  took(lines: number, bytes: number): void {
    if (this.#isOver) return;
    this.#refill();
    this.#lines -= lines;
    this.#bytes -= bytes;
    if (this.#timer) return;
    const waitMs = Math.max(-this.#lines / perMs.lines, -this.#bytes / perMs.bytes);
    if (waitMs <= 0) return;
    for (const stream of this.#options.streams) stream.pause();
    this.#timer = setTimeout(() => this.#goOn(), Math.ceil(waitMs));
  }

  /** Nobody writes any more: what is in the pipes is read to its end. */
  end(): void {
    this.#isOver = true;
    this.#goOn();
  }

  #goOn(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    for (const stream of this.#options.streams) stream.resume();
  }

  #refill(): void {
    const nowMs = this.#options.now();
    const passedMs = nowMs - this.#lookedMs;
    this.#lookedMs = nowMs;
    this.#lines = Math.min(executorLimits.logLinesBurst, this.#lines + passedMs * perMs.lines);
    this.#bytes = Math.min(executorLimits.logBytesBurst, this.#bytes + passedMs * perMs.bytes);
  }
}
