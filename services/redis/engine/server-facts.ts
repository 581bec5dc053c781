/** What INFO tells of the server as a whole beside counters: who it is, since when, and how busy it has been. */
import type { Stats } from './stats.ts';

/** How often activity is noted, and over how many notes it is averaged, as in redis-server. */
const noteEveryMs = 100;
const notesMax = 16;

interface Note {
  readonly at: number;
  readonly commands: number;
  readonly inputBytes: number;
  readonly outputBytes: number;
}

/** Per second. */
export interface Activity {
  readonly commands: number;
  readonly inputBytes: number;
  readonly outputBytes: number;
}

export class ServerFacts {
  /** 40 hexadecimal digits, new with each start. */
  readonly runId: string;
  /** Of the history of the data. */
  readonly replicationId: string;
  readonly startedAt: number;
  /** Highest `usedMemory` seen. */
  peakBytes = 0;
  /** Fields of INFO that a feature knows better than the engine. */
  private readonly fields = new Map<string, () => string | number>();
  private readonly notes: Note[] = [];
  private nextNoteAt = 0;

  constructor(startedAt: number, random: () => number) {
    this.startedAt = startedAt;
    this.runId = hexDigits(40, random);
    this.replicationId = hexDigits(40, random);
  }

  /** INFO shows what `read` gives as this field. */
  provide(field: string, read: () => string | number): void {
    this.fields.set(field, read);
  }

  /** @returns what was provided for the field, else `otherwise` */
  field(name: string, otherwise: string | number): string | number {
    const read = this.fields.get(name);
    return read === undefined ? otherwise : read();
  }

  /** Called each turn of the event loop: notes activity from time to time. */
  turn(now: number, stats: Stats, usedMemory: () => number): void {
    if (now < this.nextNoteAt) return;
    this.nextNoteAt = now + noteEveryMs;
    const used = usedMemory();
    if (used > this.peakBytes) this.peakBytes = used;
    if (this.notes.length === notesMax) this.notes.shift();
    this.notes.push({
      at: now,
      commands: stats.commandsProcessed,
      inputBytes: stats.inputBytes,
      outputBytes: stats.outputBytes,
    });
  }

  /** Over about the last 1.6 seconds in which something happened. */
  activity(now: number, stats: Stats): Activity {
    const first = this.notes.find((note) => note.at >= now - noteEveryMs * notesMax);
    const seconds = first === undefined ? 0 : (now - first.at) / 1000;
    if (first === undefined || seconds <= 0) return { commands: 0, inputBytes: 0, outputBytes: 0 };
    const rate = (before: number, after: number): number => Math.max(0, after - before) / seconds;
    return {
      commands: rate(first.commands, stats.commandsProcessed),
      inputBytes: rate(first.inputBytes, stats.inputBytes),
      outputBytes: rate(first.outputBytes, stats.outputBytes),
    };
  }
}

function hexDigits(count: number, random: () => number): string {
  let digits = '';
  for (let i = 0; i < count; i++) digits += Math.floor(random() * 16).toString(16);
  return digits;
}
