/**
 * `LogStore`: lines of functions wait here for others of their stream, for a quarter of a second at most, and are written behind the answers.
 * What waits is bounded: who appends much waits for `room`, and lines of who does not are counted instead of kept.
 */
import type { Logger } from 'pino';
import type { LogLine } from '../executor/api.ts';
import type { LogPlace, LogStore } from './api.ts';
import type { LogEvent } from './batch-body.ts';
import { type EventWriter, nameOf } from './event-writer.ts';
import { logLimits } from './limits.ts';

interface Waiting {
  readonly place: LogPlace;
  lines: LogEvent[];
  bytes: number;
  dropped: number;
}

export interface LineBufferOptions {
  readonly pendingBytesSoft: number;
  readonly pendingBytesMax: number;
  readonly flushDelayMs: number;
  readonly retryDelayMs: number;
}

export class LineBuffer implements LogStore {
  readonly #writer: Pick<EventWriter, 'write'>;
  readonly #logger: Logger;
  readonly #options: LineBufferOptions;
  readonly #waiting = new Map<string, Waiting>();
  /** Of those that wait, the streams that need not wait longer: their delay is over, or they have much. */
  readonly #due = new Set<string>();
  /** Streams that are being written, each by one task. */
  readonly #tasks = new Map<string, Promise<void>>();
  /** Of the last line of each stream that waits or is being written. */
  readonly #lastMs = new Map<string, number>();
  #bytes = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #roomWaiters: (() => void)[] = [];

  constructor(writer: Pick<EventWriter, 'write'>, logger: Logger, options: LineBufferOptions = logLimits) {
    this.#writer = writer;
    this.#logger = logger;
    this.#options = options;
  }

  get pendingBytes(): number {
    return this.#bytes;
  }

  append(place: LogPlace, lines: readonly LogLine[]): void {
    if (lines.length === 0) return;
    const name = nameOf(place);
    const found = this.#waiting.get(name) ?? { place, lines: [], bytes: 0, dropped: 0 };
    this.#waiting.set(name, found);
    for (const line of lines) this.#take(name, found, line);
    if (found.bytes >= logLimits.flushBytes) {
      this.#due.add(name);
      this.#startDue();
    }
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      for (const one of this.#waiting.keys()) this.#due.add(one);
      this.#startDue();
    }, this.#options.flushDelayMs);
  }

  async flush(): Promise<void> {
    // What is appended from here on is not waited for: each stream has at most the task under way and one more.
    const names = new Set([...this.#waiting.keys(), ...this.#tasks.keys()]);
    const running = [...this.#tasks.values()];
    await Promise.all(running);
    const next: Promise<void>[] = [];
    for (const name of names) {
      while (!this.#tasks.has(name) && this.#tasks.size >= logLimits.parallelWrites)
        await Promise.race(this.#tasks.values());
      this.#start(name);
      const task = this.#tasks.get(name);
      if (task !== undefined) next.push(task);
    }
    await Promise.all(next);
  }

  /** Resolves when there is memory for more. */
  async room(): Promise<void> {
    while (this.#bytes > this.#options.pendingBytesSoft)
      await new Promise<void>((resolve) => this.#roomWaiters.push(resolve));
  }

  /** Writes what waits, and starts nothing any more by itself. */
  async stop(): Promise<void> {
    await this.flush();
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #take(name: string, waiting: Waiting, { timeMs, message }: LogLine): void {
    const before = this.#lastMs.get(name);
    const isSkew = before !== undefined && timeMs < before && before - timeMs <= logLimits.clockSkewMs;
    const event = { timeMs: Math.max(0, Math.floor(isSkew ? before : timeMs)), message: fitting(message) };
    // Of strings in memory: two bytes a character at most.
    const bytes = event.message.length * 2 + logLimits.eventOverheadBytes;
    if (this.#bytes + bytes > this.#options.pendingBytesMax) {
      waiting.dropped += 1;
      return;
    }
    this.#lastMs.set(name, event.timeMs);
    waiting.lines.push(event);
    waiting.bytes += bytes;
    this.#bytes += bytes;
  }

  #startDue(): void {
    for (const name of this.#due) {
      if (this.#tasks.size >= logLimits.parallelWrites) return;
      this.#start(name);
    }
  }

  #start(name: string): void {
    const waiting = this.#waiting.get(name);
    if (waiting === undefined || this.#tasks.has(name)) return;
    this.#waiting.delete(name);
    this.#due.delete(name);
    const task = this.#write(waiting).then(() => {
      this.#tasks.delete(name);
      if (!this.#waiting.has(name)) this.#lastMs.delete(name);
      this.#release(waiting.bytes);
      // Those that found all places taken, or their own.
      this.#startDue();
    });
    this.#tasks.set(name, task);
  }

  async #write({ place, lines, dropped }: Waiting): Promise<void> {
    const last = lines.at(-1)?.timeMs;
    const notice = `${dropped} lines were not kept: more was logged than could be written.`;
    const events =
      dropped === 0 || last === undefined ? lines : [...lines, { timeMs: last, message: notice }];
    if (dropped > 0) this.#logger.warn({ group: place.group, dropped }, 'lines of a function were not kept');
    if (events.length === 0) return;
    for (let attempt = 1; ; attempt++) {
      try {
        await this.#writer.write(place, events, true);
        return;
      } catch (error) {
        if (attempt === logLimits.writeAttempts) {
          this.#logger.error(
            { err: error, group: place.group, lines: lines.length },
            'lines could not be written',
          );
          return;
        }
        const delayMs = this.#options.retryDelayMs * 2 ** (attempt - 1);
        await new Promise((resolve) => setTimeout(resolve, delayMs));
      }
    }
  }

  #release(bytes: number): void {
    this.#bytes -= bytes;
    if (this.#bytes > this.#options.pendingBytesSoft) return;
    const waiters = this.#roomWaiters;
    this.#roomWaiters = [];
    for (const resolve of waiters) resolve();
  }
}

/** No event is longer than AWS takes. */
function fitting(message: string): string {
  const { putBytesMax, eventOverheadBytes } = logLimits;
  const bytesMax = putBytesMax - eventOverheadBytes;
  if (message.length * 3 <= bytesMax || Buffer.byteLength(message) <= bytesMax) return message;
  // A character that was cut in two would become three bytes: dropped with what follows.
  return Buffer.from(message)
    .subarray(0, bytesMax)
    .toString('utf8')
    .replace(/\uFFFD+$/, '');
}
