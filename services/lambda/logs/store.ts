/** The logs of all accounts: what functions append, what the API reads and writes, and the sweep. */
import type { LogLine } from '../executor/api.ts';
import type { LambdaBase } from '../store/context.ts';
import type { LogPlace, LogStore } from './api.ts';
import { EventWriter } from './event-writer.ts';
import { logLimits } from './limits.ts';
import { LineBuffer } from './line-buffer.ts';
import { sweep } from './sweep.ts';

export class Logs implements LogStore {
  readonly base: LambdaBase;
  readonly writer: EventWriter;
  readonly #lines: LineBuffer;
  readonly #stopped = new AbortController();
  #timer: ReturnType<typeof setInterval> | undefined;
  #sweeping: Promise<void> | undefined;

  constructor(base: LambdaBase) {
    this.base = base;
    this.writer = new EventWriter(base);
    this.#lines = new LineBuffer(this.writer, base.logger);
  }

  append(place: LogPlace, lines: readonly LogLine[]): void {
    this.#lines.append(place, lines);
  }

  flush(): Promise<void> {
    return this.#lines.flush();
  }

  /** Back-pressure: whoever appends much waits for it before it reads on. */
  room(): Promise<void> {
    return this.#lines.room();
  }

  /** Sweeps at once, for what an earlier process left, and from then on regularly. */
  start(): void {
    const sweepNow = () => {
      this.sweep().catch((error: unknown) =>
        this.base.logger.error({ err: error }, 'a sweep of logs failed'),
      );
    };
    sweepNow();
    this.#timer = setInterval(sweepNow, logLimits.sweepIntervalMs);
  }

  /** One at a time. */
  sweep(): Promise<void> {
    this.#sweeping ??= sweep(this.base, this.base.clock.now(), this.#stopped.signal).finally(() => {
      this.#sweeping = undefined;
    });
    return this.#sweeping;
  }

  /** All that was appended is kept; the sweep ends where it is. */
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    this.#stopped.abort();
    await this.#lines.stop();
    await this.#sweeping;
  }
}
