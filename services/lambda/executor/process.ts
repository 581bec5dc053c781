/** A function's process: started in its place, heard, stopped, woken and ended. */
import { type ChildProcess, spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import type { Socket } from 'node:net';
import type { FunctionFailure } from './api.ts';
import type { Place } from './isolation/surroundings.ts';
import { executorLimits } from './limits.ts';
import { LineSplitter } from './log-lines.ts';
import { OutputPace } from './output-pace.ts';
import type { RuntimeApi, RuntimeListener, RuntimeSession } from './runtime-api.ts';

export interface ProcessOptions {
  readonly place: Place;
  readonly api: RuntimeApi;
  readonly start: unknown;
  /** It joined its control group by itself. */
  readonly isInRoom: boolean;
  readonly listener: Omit<RuntimeListener, 'lost'>;
  readonly log: (message: string) => void;
  /** Once, when nothing of it is left; not before all that it wrote was told. */
  readonly ended: (failure: FunctionFailure) => void;
}

/** Exit code of the script that builds its surroundings, when it cannot. */
const notPrepared = 125;

export class FunctionProcess {
  readonly session: RuntimeSession;
  readonly ended: Promise<void>;
  readonly #child: ChildProcess;
  readonly #place: Place;
  readonly #socket: Socket;
  readonly #isInRoom: boolean;
  #reason: FunctionFailure | undefined;
  /** Of its namespace: gone when all others in it are. */
  #first: number | undefined;
  #isGone = false;
  #isFrozen = false;
  #peakBytes = 0;
  /** What was said before anything of the function ran. */
  complaint: string | undefined;

  constructor(options: ProcessOptions) {
    const { place, api, listener, log } = options;
    this.#place = place;
    this.#isInRoom = options.isInRoom;
    const { program, args, variables } = place.command;
    this.#child = spawn(program, args, {
      stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
      env: variables,
      detached: true,
    });
    const streams = [this.#child.stdout!, this.#child.stderr!];
    const pace = new OutputPace({ streams, now: () => performance.now() });
    const splitters = streams.map((stream) => {
      const splitter = new LineSplitter(log);
      stream.on('data', (bytes: Buffer) => pace.took(splitter.push(bytes), bytes.length));
      stream.on('error', () => undefined);
      return splitter;
    });
    const socket = this.#child.stdio[3] as Socket;
    this.#socket = socket;
    // Nobody may be reading what it sent last.
    this.#child.once('exit', () => {
      pace.end();
      // What left its group holds the pipes as long as it likes, where there is no room that ends it.
      const timer = setTimeout(() => {
        for (const one of [socket, ...streams]) one.destroy();
      }, executorLimits.exitGraceMs);
      void this.ended.then(() => clearTimeout(timer));
    });
    this.session = api.attach(socket, options.start, { ...listener, lost: () => this.#lost() });
    this.ended = new Promise((resolve) => {
      const finish = (code: number | null, signal: string | null) => {
        if (this.#isGone) return;
        this.#isGone = true;
        for (const splitter of splitters) splitter.end();
        const failure = this.#failure(code, signal);
        this.#look();
        void untilGone(this.#first)
          .then(() => place.release())
          .then(() => {
            resolve();
            options.ended(failure);
          });
      };
      this.#child.once('close', finish);
      this.#child.once('error', (error) => {
        this.complaint = error.message;
        finish(null, null);
      });
    });
  }

  get isGone(): boolean {
    return this.#isGone;
  }

  /** @param reason what is told instead of how it ended */
  kill(reason: FunctionFailure | undefined): void {
    if (this.#isGone) return;
    this.#reason ??= reason;
    this.#look();
    // With the process that holds its namespaces all in them end; elsewhere what it started is its group.
    const pid = this.#child.pid!;
    if (this.#isInRoom) this.#first ??= descendants(pid)[1];
    this.#signal([this.#isInRoom ? pid : -pid, ...this.#place.group.processes()], 'SIGKILL');
    this.#socket.destroy();
  }

  freeze(): void {
    if (this.#isGone || this.#isFrozen) return;
    this.#isFrozen = true;
    this.#look();
    this.#signal(this.#members(), 'SIGSTOP');
  }

  wake(): void {
    if (!this.#isFrozen) return;
    this.#isFrozen = false;
    this.#signal(this.#members(), 'SIGCONT');
  }

  /** Bytes that it holds now, files not counted. */
  usedBytes(): number | undefined {
    return this.#place.group.usedBytes() ?? this.#residentBytes();
  }

  get memoryUsedMb(): number {
    this.#look();
    return Math.ceil(this.#peakBytes / (1024 * 1024));
  }

  /** Of processes that are over only their group knows, which counts /tmp too. */
  #look(): void {
    const found =
      this.#isGone && this.#peakBytes > 0 ? 0 : (this.#mostBytes() ?? this.#place.group.peakBytes() ?? 0);
    if (found > this.#peakBytes) this.#peakBytes = found;
  }

  /** What its processes held when each held most, with the pages of programs, which Lambda counts too. Undefined when none is left, and of very many. */
  #mostBytes(): number | undefined {
    const pids = this.#isGone ? [] : this.#members();
    if (pids.length > executorLimits.measuredProcessesMax) return undefined;
    let kib: number | undefined;
    for (const pid of pids) {
      try {
        const [, found] = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1')) ?? [];
        if (found !== undefined) kib = (kib ?? 0) + Number(found);
      } catch {
        // It has ended by itself.
      }
    }
    return kib === undefined ? undefined : kib * 1024;
  }

  /** Of all that it started; pages of files, which processes share, are not counted. Undefined when none is left. */
  #residentBytes(): number | undefined {
    let pages: number | undefined;
    for (const pid of descendants(this.#child.pid!)) {
      try {
        const [, resident, ofFiles] = readFileSync(`/proc/${pid}/statm`, 'latin1').split(' ').map(Number);
        pages = (pages ?? 0) + resident! - ofFiles!;
      } catch {
        // It has ended by itself.
      }
    }
    return pages === undefined ? undefined : pages * 4096;
  }

  #members(): readonly number[] {
    const members = this.#place.group.processes();
    return members.length > 0 ? members : descendants(this.#child.pid!);
  }

  #signal(pids: readonly number[], signal: NodeJS.Signals): void {
    for (const pid of pids) {
      try {
        process.kill(pid, signal);
      } catch {
        // It has ended by itself.
      }
    }
  }

  #lost(): void {
    if (this.#isGone) return;
    const timer = setTimeout(() => this.kill(undefined), executorLimits.exitGraceMs);
    void this.ended.then(() => clearTimeout(timer));
  }

  #failure(code: number | null, signal: string | null): FunctionFailure {
    if (this.#reason) return this.#reason;
    if (this.#place.group.ranOut()) return { kind: 'memory' };
    if (code === notPrepared && this.#isInRoom && !this.session.hasBegun)
      this.complaint ??= 'its surroundings could not be made';
    // A shell tells a signal by a number.
    const ended = this.#isInRoom && code !== null && code > 128 && code <= 128 + 64 ? code - 128 : undefined;
    if (ended === undefined) return { kind: 'exit', code: code ?? undefined, signal: signal ?? undefined };
    return { kind: 'exit', code: undefined, signal: signalNames[ended] ?? `SIG${ended}` };
  }
}

const signalNames: Readonly<Record<number, string>> = {
  1: 'SIGHUP',
  2: 'SIGINT',
  3: 'SIGQUIT',
  4: 'SIGILL',
  5: 'SIGTRAP',
  6: 'SIGABRT',
  7: 'SIGBUS',
  8: 'SIGFPE',
  9: 'SIGKILL',
  10: 'SIGUSR1',
  11: 'SIGSEGV',
  12: 'SIGUSR2',
  13: 'SIGPIPE',
  14: 'SIGALRM',
  15: 'SIGTERM',
  31: 'SIGSYS',
};

/** One that was killed is there until the kernel has taken it apart, and then until somebody looks. */
async function untilGone(pid: number | undefined): Promise<void> {
  if (pid === undefined) return;
  for (let tries = 0; tries < executorLimits.endTries; tries++) {
    try {
      if (/^State:\s+[ZX]/m.test(readFileSync(`/proc/${pid}/status`, 'latin1'))) return;
    } catch {
      return;
    }
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** @returns the process itself, and what it started */
function descendants(pid: number): readonly number[] {
  const found = [pid];
  for (const parent of found) {
    try {
      // Each thread knows the children that it started itself.
      for (const thread of readdirSync(`/proc/${parent}/task`)) {
        const text = readFileSync(`/proc/${parent}/task/${thread}/children`, 'latin1');
        found.push(...text.split(' ').filter(Boolean).map(Number));
      }
    } catch {
      // Gone, or a kernel that does not tell.
    }
  }
  return found;
}
