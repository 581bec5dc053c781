/** Plays one session to its end: the parties, and the event that befalls them. */
import { MpcAbort } from '@hypergate/node/jobs/mpc';
import type { SessionRunner } from '@hypergate/node/jobs/mpc/session';
import type { Ending } from './endings.ts';
import type { Event, SessionPlan } from './plan.ts';
import { type Actor, type Limits, type Shared, setUp } from './stage.ts';
import { Wires } from './wires.ts';

/** Silence is long and a session short, so that a timeout where none is planned shows. */
const usual: Limits = { meetMs: 20_000, idleMs: 20_000, totalMs: 60_000 };
const limitsOf: Partial<Record<Event['kind'], Limits>> = {
  absent: { ...usual, meetMs: 300 },
  stall: { ...usual, meetMs: 300, idleMs: 300 },
  // Who is gone before it dialled is waited for until the time for meeting is over: a process takes some to start.
  abort: { ...usual, meetMs: 8_000 },
  close: { ...usual, meetMs: 8_000 },
  kill: { ...usual, meetMs: 8_000 },
  cut: { ...usual, meetMs: 8_000 },
  // A changed length makes a party wait for bytes that nobody sends.
  flip: { ...usual, meetMs: 3_000, idleMs: 3_000 },
  // Two sessions of one name come into each other's way, and some of their parties into none.
  twice: { ...usual, meetMs: 1_000 },
};

export interface Played {
  readonly endings: readonly Ending[];
  /** The event came before the end. */
  readonly happened: boolean;
  /** From the event, or else the start, to the end of the last party. */
  readonly endedMs: number;
  readonly chunks: number;
}

/**
 * Rejects after `withinMs`: the session hangs.
 * @param made hears of what must not stay reachable afterwards
 */
export async function playSession(
  plan: SessionPlan,
  shared: Shared,
  withinMs: number,
  made: (object: object) => void = () => undefined,
): Promise<Played> {
  const scene = new Scene(plan, shared, made);
  made(scene);
  let watchdog: NodeJS.Timeout | undefined;
  const hung = new Promise<never>((_, reject) => {
    watchdog = setTimeout(() => reject(new Error(`hangs: ${scene.describe()}`)), withinMs);
  });
  try {
    return await Promise.race([scene.play(), hung]);
  } finally {
    clearTimeout(watchdog);
    scene.destroy();
  }
}

/** A party in which something failed. */
const isFailure = ({ error }: Ending): boolean => error instanceof MpcAbort && error.reason === 'internal';

class Scene {
  readonly #plan: SessionPlan;
  readonly #shared: Shared;
  readonly #made: (object: object) => void;
  readonly #wires: Wires;
  readonly #runners = new Map<string, SessionRunner>();
  readonly #endings: (Ending & { over?: boolean })[] = [];
  #actors: Actor[] = [];
  #chunks = 0;
  #happenedAt: number | undefined;

  constructor(plan: SessionPlan, shared: Shared, made: (object: object) => void) {
    this.#plan = plan;
    this.#shared = shared;
    this.#made = made;
    this.#wires = new Wires(this.#saw);
  }

  async play(): Promise<Played> {
    const { event } = this.#plan;
    const limits = limitsOf[event.kind] ?? usual;
    const started = performance.now();
    if (event.kind === 'absent' || event.kind === 'twice') this.#happenedAt = started;
    for (let time = 0; time < (event.kind === 'twice' ? 2 : 1); time++) {
      this.#actors.push(...(await setUp(this.#plan, this.#shared, limits, this.#wires)));
    }
    await Promise.all(this.#actors.map((actor) => this.#live(actor)));
    const endedMs = performance.now() - (this.#happenedAt ?? started);
    // Where both ends have ended in an orderly way, nothing has to be taken away by force.
    if (event.kind !== 'none') this.#wires.destroy();
    await this.#wires.closed();
    return {
      endings: this.#endings,
      happened: this.#happenedAt !== undefined || this.#endings.some(isFailure),
      endedMs,
      chunks: this.#chunks,
    };
  }

  /** What a hanging session looks like. */
  describe(): string {
    const over = this.#endings.map(
      ({ party, over: isOver }) => `${party} ${isOver ? 'ended' : 'did not end'}`,
    );
    return `${over.join(', ')}, after ${this.#chunks} chunks`;
  }

  destroy(): void {
    this.#wires.destroy();
    for (const { handle } of this.#actors) void handle?.kill();
  }

  async #live(actor: Actor): Promise<void> {
    const { event } = this.#plan;
    const { name } = actor;
    const ending: Ending & { over?: boolean } = {
      party: name,
      sessionId: undefined,
      results: [],
      error: undefined,
      isGone: event.kind === 'absent' && event.party === name,
    };
    this.#endings.push(ending);
    if (ending.isGone) {
      await actor.handle?.kill();
      ending.over = true;
      return;
    }
    let runner: SessionRunner | undefined;
    try {
      const opened = await actor.open();
      runner = opened.runner;
      this.#made(runner);
      this.#runners.set(name, runner);
      ending.sessionId = Buffer.from(opened.sessionId).toString('hex');
      for (let run = 0; run < this.#plan.runs.length; run++) {
        ending.results.push(await this.#run(name, runner, run));
      }
    } catch (error) {
      ending.error = error;
    } finally {
      await runner?.close();
      ending.over = true;
    }
  }

  #run(name: string, runner: SessionRunner, run: number) {
    const { event, otherCircuit } = this.#plan;
    const isOther = event.kind === 'other-circuit' && event.party === name && event.run === run;
    const { circuit, inputs } = this.#plan.runs[run]!;
    if (isOther) {
      this.#happenedAt = performance.now();
      const any = otherCircuit.inputs.map(({ party, bits }) =>
        party === name ? new Uint8Array(bits) : undefined,
      );
      return runner.run(otherCircuit, any);
    }
    const own = circuit.inputs.map(({ party }, at) => (party === name ? inputs[at] : undefined));
    return runner.run(circuit, own);
  }

  readonly #saw = (from: string, to: string, bytes: Buffer): Uint8Array => {
    const { event } = this.#plan;
    const count = this.#chunks++;
    if (!('at' in event) || this.#happenedAt !== undefined || count < event.at) return bytes;
    if (event.kind === 'flip' && (from !== event.from || to !== event.to)) return bytes;
    if (event.kind === 'throw') return bytes;
    this.#happenedAt = performance.now();
    if (event.kind === 'flip') {
      const changed = Buffer.from(bytes);
      changed[Math.floor(event.place * changed.length)]! ^= 1 << event.bit;
      return changed;
    }
    // Not from inside of the write that brought this chunk here: no caller ends a session from there.
    queueMicrotask(() => this.#befall(event));
    return bytes;
  };

  #befall(event: Extract<Event, { kind: 'abort' | 'close' | 'stall' | 'cut' | 'kill' }>): void {
    if (event.kind === 'abort') this.#actorOf(event.party).abort();
    else if (event.kind === 'close') this.#close(event.party);
    else if (event.kind === 'stall') this.#wires.stall(event.party);
    else if (event.kind === 'cut') this.#wires.cut(...event.pair);
    else this.#kill(event.party);
  }

  #actorOf(party: string): Actor {
    return this.#actors.find(({ name }) => name === party)!;
  }

  #close(party: string): void {
    const runner = this.#runners.get(party);
    if (runner === undefined) this.#actorOf(party).abort();
    else void runner.close();
  }

  #kill(party: string): void {
    this.#endings.find((ending) => ending.party === party)!.isGone = true;
    void this.#actorOf(party).handle!.kill();
  }
}
