/** SLOWLOG: the last commands that took longer than `slowlog-log-slower-than`, shortened. */

/** Arguments and bytes kept of one command, as redis-server keeps them. */
const argumentsMax = 32;
const argumentBytesMax = 128;

export interface SlowCommand {
  readonly id: number;
  /** Seconds since 1970. */
  readonly at: number;
  readonly microseconds: number;
  readonly args: readonly string[];
  readonly address: string;
  readonly clientName: string;
}

export class SlowLog {
  /** Newest last. */
  private entries: SlowCommand[] = [];
  private nextId = 0;
  private lengthMax = 0;

  get length(): number {
    return this.entries.length;
  }

  /** Takes effect with the next command, as in redis-server. */
  limit(lengthMax: number): void {
    this.lengthMax = lengthMax;
  }

  add(entry: Omit<SlowCommand, 'id'>): void {
    this.entries.push({ ...entry, args: entry.args, id: this.nextId++ });
    if (this.entries.length > this.lengthMax) {
      this.entries.splice(0, this.entries.length - this.lengthMax);
    }
  }

  /** Newest first. */
  newest(count: number): SlowCommand[] {
    return count === 0 ? [] : this.entries.slice(-Math.min(count, this.entries.length)).reverse();
  }

  reset(): void {
    this.entries = [];
  }
}

/** What is kept of the words: the rest is counted. Copies are made, so that a long line's bytes can be freed. */
export function shortened(args: readonly string[]): string[] {
  const kept: string[] = [];
  for (let i = 0; i < args.length; i++) {
    if (i === argumentsMax - 1 && args.length > argumentsMax) {
      kept.push(`... (${args.length - argumentsMax + 1} more arguments)`);
      break;
    }
    const word = args[i]!;
    if (word.length <= argumentBytesMax) kept.push(word);
    else kept.push(`${word.slice(0, argumentBytesMax)}... (${word.length - argumentBytesMax} more bytes)`);
  }
  return kept;
}
