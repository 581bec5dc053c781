/**
 * Sessions of computations, some at a time, with what can befall them: each ends for every party in right outputs or an abort, within a
 * bound, and leaves nothing behind.
 */
import { acceptParties } from '@hypergate/node/jobs/mpc/session';
import { type Ending, judge, wordOf } from './endings.ts';
import { eventShares, levelShares, planSession, type SessionPlan } from './plan.ts';
import { type Played, playSession } from './play.ts';
import { type Held, heldNow, Reachable, sameHandles } from './resources.ts';
import type { Shared } from './stage.ts';
import { host } from './wires.ts';

export interface MpcSoakOptions {
  readonly sessions: number;
  readonly seed: string;
  /** Sessions after which memory is looked at first; undefined where it is not looked at. */
  readonly warmUp: number | undefined;
  readonly report: (line: string) => void;
}

export interface MpcSoakResult {
  readonly seed: string;
  readonly sessions: number;
  readonly concurrency: number;
  readonly seconds: number;
  readonly cpuSeconds: number;
  readonly levelPercent: Readonly<Record<string, number>>;
  readonly eventPercent: Readonly<Record<string, number>>;
  readonly count: Counts;
  /** By event, how parties ended. */
  readonly endings: Readonly<Record<string, Readonly<Record<string, number>>>>;
  /** By event, from it to the end of the last party. */
  readonly endedMsMax: Readonly<Record<string, number>>;
  readonly hangs: number;
  readonly faults: readonly string[];
  readonly memory: Memory | undefined;
}

interface Counts {
  /** Finished sessions. */
  readonly level: Record<string, number>;
  readonly link: Record<string, number>;
  /** Parties. */
  readonly place: Record<string, number>;
  /** Events that came before the end. */
  readonly event: Record<string, number>;
  runsWithOutputs: number;
  partiesWithOutputs: number;
}

interface Memory {
  readonly after: readonly [first: number, last: number];
  readonly first: Held;
  readonly last: Held;
  readonly growthBytes: number;
  readonly growthBytesMax: number;
}

const concurrency = 8;
/** A session is over in seconds; this is when it hangs. */
const hangMs = 120_000;
/** Of objects and memory beside them, from the warm-up to the end: compiled code settles late. One lost session is some 100 KiB. */
const growthBytesMax = 8 * 1024 * 1024;
const faultsMax = 50;

export async function runMpcSoak(options: MpcSoakOptions): Promise<MpcSoakResult> {
  const listeners = await Promise.all([0, 1].map(() => acceptParties({ host, port: 0 })));
  const soak = new Soak(options, { listeners, signal: new AbortController().signal });
  process.on('unhandledRejection', soak.unhandled);
  try {
    return await soak.run();
  } finally {
    process.off('unhandledRejection', soak.unhandled);
    await Promise.all(listeners.map((listener) => listener.close()));
  }
}

class Soak {
  readonly #options: MpcSoakOptions;
  readonly #shared: Shared;
  readonly #reachable = new Reachable();
  readonly #faults: string[] = [];
  readonly #endings: Record<string, Record<string, number>> = {};
  readonly #endedMsMax: Record<string, number> = {};
  readonly #count: Counts = {
    level: {},
    link: {},
    place: {},
    event: {},
    runsWithOutputs: 0,
    partiesWithOutputs: 0,
  };
  #done = 0;
  #hangs = 0;

  constructor(options: MpcSoakOptions, shared: Shared) {
    this.#options = options;
    this.#shared = shared;
  }

  /** An error that nobody waited for: by itself it would end the process, and every session in it. */
  readonly unhandled = (error: unknown): void => {
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
    this.#faults.push(`nobody handled ${text}`);
    this.#options.report(`FAULT nobody handled ${text}`);
  };

  async run(): Promise<MpcSoakResult> {
    const { sessions, seed, warmUp } = this.#options;
    const [startedAt, cpu] = [performance.now(), process.cpuUsage()];
    let memory: Memory | undefined;
    if (warmUp === undefined) await this.#playAll(0, sessions);
    else {
      await this.#playAll(0, warmUp);
      const first = await heldNow(this.#shared.signal, this.#reachable);
      await this.#playAll(warmUp, sessions);
      memory = await this.#compare(warmUp, first);
    }
    const { user, system } = process.cpuUsage(cpu);
    return {
      seed,
      sessions: this.#done,
      concurrency,
      seconds: Math.round((performance.now() - startedAt) / 100) / 10,
      cpuSeconds: Math.round((user + system) / 1e5) / 10,
      levelPercent: levelShares,
      eventPercent: eventShares,
      count: this.#count,
      endings: this.#endings,
      endedMsMax: this.#endedMsMax,
      hangs: this.#hangs,
      faults: this.#faults,
      memory,
    };
  }

  async #playAll(from: number, until: number): Promise<void> {
    let next = from;
    const lane = async (): Promise<void> => {
      while (next < until && this.#faults.length < faultsMax) await this.#playOne(next++);
    };
    await Promise.all(Array.from({ length: concurrency }, lane));
  }

  async #playOne(number: number): Promise<void> {
    const plan = planSession(this.#options.seed, number);
    try {
      const played = await playSession(plan, this.#shared, hangMs, (object) => this.#reachable.add(object));
      this.#note(plan, played);
      for (const fault of judge(plan, played.endings)) this.#fault(plan, fault);
    } catch (error) {
      this.#hangs++;
      this.#fault(plan, String(error));
    }
    this.#done++;
    if (this.#done % 250 === 0) {
      const { level } = this.#count;
      this.#options.report(
        `${this.#done}/${this.#options.sessions}: ${JSON.stringify(level)}, ${this.#faults.length} faults`,
      );
    }
  }

  #note({ level, link, places, parties, event }: SessionPlan, { endings, happened, endedMs }: Played): void {
    add(this.#count.level, level);
    add(this.#count.link, link);
    for (const name of parties) add(this.#count.place, places.get(name)!);
    if (happened) add(this.#count.event, event.kind);
    const words = (this.#endings[event.kind] ??= {});
    for (const ending of endings) {
      add(words, wordOf(ending));
      this.#count.runsWithOutputs += ending.results.length;
      if (isWhole(ending)) this.#count.partiesWithOutputs++;
    }
    const before = this.#endedMsMax[event.kind] ?? 0;
    this.#endedMsMax[event.kind] = Math.max(before, Math.round(endedMs));
  }

  #fault({ number, level, link, places, event }: SessionPlan, text: string): void {
    const where = [...places].map(([name, place]) => `${name} ${place}`).join(', ');
    const line = `session ${number} (${level}, ${link}, ${where}, ${JSON.stringify(event)}): ${text}`;
    this.#faults.push(line);
    this.#options.report(`FAULT ${line}`);
  }

  async #compare(warmUp: number, first: Held): Promise<Memory> {
    const last = await heldNow(this.#shared.signal, this.#reachable, { expected: first });
    const growthBytes = last.heapBytes + last.externalBytes - first.heapBytes - first.externalBytes;
    if (!sameHandles(first, last)) {
      this.#faults.push(`something was left behind: ${JSON.stringify(first)} became ${JSON.stringify(last)}`);
    }
    if (growthBytes > growthBytesMax) this.#faults.push(`memory grew by ${growthBytes} bytes`);
    return { after: [warmUp, this.#done], first, last, growthBytes, growthBytesMax };
  }
}

const isWhole = ({ error, isGone }: Ending): boolean => error === undefined && !isGone;

function add(counts: Record<string, number>, name: string): void {
  counts[name] = (counts[name] ?? 0) + 1;
}
