/** The log stream of one environment: everything goes to the store of logs, and to the tail of the invocation that runs, if it wants one. */
import type { LogLine } from '../executor/api.ts';
import type { LogPlace, LogStore } from '../logs/api.ts';
import { LogTail } from './log-tail.ts';

export class EnvironmentLog {
  readonly #logs: LogStore;
  readonly #place: LogPlace;
  /** What starting it wrote belongs to the first invocation. */
  #early: LogTail | undefined = new LogTail();
  #tail: LogTail | undefined;

  constructor(logs: LogStore, place: LogPlace) {
    this.#logs = logs;
    this.#place = place;
  }

  /** What follows is of an invocation. */
  begin(wantsTail: boolean): void {
    if (wantsTail) this.#tail = this.#early ?? new LogTail();
    this.#early = undefined;
  }

  /** From the function. */
  line(line: LogLine): void {
    this.write([line]);
  }

  write(lines: readonly LogLine[]): void {
    if (lines.length === 0) return;
    this.#logs.append(this.#place, lines);
    const tail = this.#tail ?? this.#early;
    if (tail !== undefined) for (const { message } of lines) tail.add(message);
  }

  /** To the log alone. */
  aside(lines: readonly LogLine[]): void {
    if (lines.length > 0) this.#logs.append(this.#place, lines);
  }

  /** @returns the invocation's tail; empty when none was wanted */
  end(): Uint8Array {
    const tail = this.#tail;
    this.#tail = undefined;
    return tail === undefined ? noBytes : tail.bytes();
  }
}

const noBytes = new Uint8Array(0);
