/**
 * Environments of one version as it is configured. A call takes the one that was used last; without one it waits for an environment that is
 * starting, and one is started for each that waits. Invariant: no more wait than are starting, so everybody who waits is served. A start
 * whose turn comes when those that have begun are enough for all who wait is given up.
 */
import type { Logger } from 'pino';
import { lambdaError } from '../engine/errors.ts';
import type { ResolvedFunction } from '../store/api.ts';
import { lastsLongEnough } from './credentials.ts';
import type { Fleet } from './fleet.ts';
import type { FailedStart, Launcher, Started } from './launcher.ts';
import { invokeLimits } from './limits.ts';
import { lineageName } from './lineage.ts';
import { type PlatformLines, platformLines } from './platform-lines.ts';
import type { Starts } from './starts.ts';
import { throttled } from './throttle.ts';
import type { WarmEnvironment } from './warm-environment.ts';

export interface PoolModules {
  readonly fleet: Fleet;
  readonly launcher: Launcher;
  readonly starts: Starts;
  readonly logger: Logger;
  readonly nowMs: () => number;
}

interface Waiter {
  resolve(started: Started): void;
  reject(error: unknown): void;
}

interface Turn {
  hasBegun?: boolean;
  end?: () => void;
}

export class Pool {
  readonly target: ResolvedFunction;
  readonly lines: PlatformLines;
  readonly lineageName: string;
  readonly functionArn: string;
  readonly timeoutMs: number;
  readonly #modules: PoolModules;
  /** Of the machine, for each of its environments. */
  readonly #memoryMb: number;
  /** Last used last. */
  readonly #idle: WarmEnvironment[] = [];
  readonly #members = new Set<WarmEnvironment>();
  readonly #waiting: Waiter[] = [];
  readonly #starts = new Set<Promise<void>>();
  /** Of the starts, those whose turn has come. */
  #begun = 0;
  #isRetired = false;
  #wanted = 0;
  #retryAtMs = 0;

  constructor(target: ResolvedFunction, modules: PoolModules) {
    const { account, region, name, id } = target.function;
    this.target = target;
    this.#modules = modules;
    this.#memoryMb = modules.launcher.takesMb(target);
    this.lines = platformLines(region, target.version);
    this.lineageName = lineageName(id);
    this.functionArn = `arn:aws:lambda:${region}:${account}:function:${name}`;
    this.timeoutMs = target.version.timeoutSeconds * 1000;
  }

  get idle(): number {
    return this.#idle.length;
  }

  get busy(): number {
    return this.#members.size - this.#idle.length;
  }

  get waiting(): number {
    return this.#waiting.length;
  }

  get starting(): number {
    return this.#starts.size;
  }

  get isRetired(): boolean {
    return this.#isRetired;
  }

  /** Nothing is in it, and nobody wants anything to be. */
  get isEmpty(): boolean {
    return this.#members.size === 0 && this.#starts.size === 0 && this.#wanted === 0;
  }

  /**
   * @param signal ends waiting
   * @throws AwsError
   */
  acquire(signal: AbortSignal | undefined): Started | Promise<Started> {
    const nowMs = this.#modules.nowMs();
    for (let warm = this.#idle.at(-1); warm !== undefined; warm = this.#idle.at(-1)) {
      if (lastsLongEnough(warm.credentialsEndMs, nowMs, this.timeoutMs)) {
        this.#idle.pop();
        this.#modules.fleet.unpark(warm);
        return { warm };
      }
      this.#modules.fleet.close(warm);
    }
    if (this.#waiting.length >= this.#starts.size) {
      this.#modules.launcher.check(this.target);
      if (!this.#start(true)) throw this.#noRoom();
    }
    return this.#wait(signal);
  }

  /** An invocation ended. */
  giveBack(warm: WarmEnvironment): void {
    if (!this.#members.has(warm)) return;
    const lasts = lastsLongEnough(warm.credentialsEndMs, this.#modules.nowMs(), this.timeoutMs);
    // Calls that came before it was retired are still served.
    const next = lasts ? this.#waiting.shift() : undefined;
    if (next !== undefined) next.resolve({ warm });
    else if (lasts && !this.#isRetired) this.#park(warm);
    else this.#modules.fleet.close(warm);
  }

  /** Environments end when they have answered. */
  retire(): void {
    this.#isRetired = true;
    this.#wanted = 0;
    for (const warm of [...this.#idle]) this.#modules.fleet.close(warm);
  }

  /** @returns how many are ready when all have started */
  async provision(count: number): Promise<number> {
    if (count > 0) this.#modules.launcher.check(this.target);
    this.#wanted = count;
    this.#distribute();
    this.#startLacking();
    await this.started();
    return Math.min(this.#members.size, this.#wanted);
  }

  /** Starts what is lacking of those that are to be ready. */
  upkeep(): void {
    if (this.#modules.nowMs() >= this.#retryAtMs) this.#startLacking();
  }

  async started(): Promise<void> {
    while (this.#starts.size > 0) await Promise.all(this.#starts);
  }

  #wait(signal: AbortSignal | undefined): Promise<Started> {
    return new Promise((resolve, reject) => {
      const left = () => {
        const at = this.#waiting.indexOf(waiter);
        if (at < 0) return;
        this.#waiting.splice(at, 1);
        reject(
          lambdaError('ServiceException', 'The caller left before an environment had started.', {
            Type: 'Service',
          }),
        );
      };
      const waiter: Waiter = {
        resolve: (started) => {
          signal?.removeEventListener('abort', left);
          resolve(started);
        },
        reject: (error) => {
          signal?.removeEventListener('abort', left);
          reject(error);
        },
      };
      this.#waiting.push(waiter);
      if (signal?.aborted === true) left();
      else signal?.addEventListener('abort', left, { once: true });
    });
  }

  #startLacking(): void {
    for (let lacking = this.#wanted - this.#members.size - this.#starts.size; lacking > 0; lacking -= 1)
      if (!this.#start(false)) return;
  }

  /** @returns false when there is no memory for one more */
  #start(isOnDemand: boolean): boolean {
    const { fleet } = this.#modules;
    const memoryMb = this.#memoryMb;
    if (!fleet.reserve(memoryMb)) return false;
    const turn: Turn = {};
    const over = () => {
      this.#starts.delete(start);
      if (turn.hasBegun === true) this.#begun -= 1;
      turn.end?.();
    };
    const start: Promise<void> = this.#launch(isOnDemand, turn).then(
      (started) => {
        over();
        if (started === undefined) fleet.unreserve(memoryMb);
        else if ('warm' in started) this.#joined(started.warm);
        else this.#failed(started.failed);
      },
      (error: unknown) => {
        over();
        fleet.unreserve(memoryMb);
        this.#retryAtMs = this.#modules.nowMs() + invokeLimits.provisionRetryMs;
        const next = this.#waiting.shift();
        if (next !== undefined) next.reject(error);
        else this.#modules.logger.warn({ err: error, function: this.functionArn }, 'no environment started');
      },
    );
    this.#starts.add(start);
    return true;
  }

  /** @returns undefined when nobody waits for it any more */
  async #launch(isOnDemand: boolean, turn: Turn): Promise<Started | undefined> {
    const { fleet, starts } = this.#modules;
    await fleet.roomMade();
    turn.end = await starts.turn(isOnDemand);
    const isLacking = !isOnDemand && this.#members.size + this.#begun < this.#wanted;
    if (this.#waiting.length <= this.#begun && !isLacking) return undefined;
    this.#begun += 1;
    turn.hasBegun = true;
    return this.#begin(isOnDemand);
  }

  async #begin(isOnDemand: boolean): Promise<Started> {
    const { fleet, launcher } = this.#modules;
    let warm: WarmEnvironment | undefined;
    let hasEnded = false;
    const gone = () => {
      hasEnded = true;
      if (warm !== undefined) fleet.gone(warm);
    };
    const started = await launcher.start(this.target, this.lines, isOnDemand, gone);
    if (!('warm' in started)) return started;
    ({ warm } = started);
    if (hasEnded) {
      const { environment, log } = warm;
      const failure = { kind: 'exit', code: undefined, signal: undefined } as const;
      const { initMs, memoryUsedMb } = environment;
      return { failed: { failure, initMs, memoryUsedMb, log } };
    }
    const member = warm;
    member.left = () => this.#left(member);
    this.#members.add(member);
    fleet.add(member);
    this.#distribute();
    // What was started ahead is nobody's cold start.
    if (!isOnDemand) member.unreportedInitMs = undefined;
    return started;
  }

  #joined(warm: WarmEnvironment): void {
    // Between its start and now it may have ended: then whoever waits hears so.
    if (!this.#members.has(warm)) {
      const { initMs, memoryUsedMb } = warm.environment;
      const failure = { kind: 'exit', code: undefined, signal: undefined } as const;
      this.#waiting.shift()?.resolve({ failed: { failure, initMs, memoryUsedMb, log: warm.log } });
      return;
    }
    this.#retryAtMs = 0;
    const next = this.#waiting.shift();
    if (next !== undefined) next.resolve({ warm });
    else if (this.#isRetired) this.#modules.fleet.close(warm);
    else this.#park(warm);
  }

  #failed(failed: FailedStart): void {
    this.#modules.fleet.unreserve(this.#memoryMb);
    this.#retryAtMs = this.#modules.nowMs() + invokeLimits.provisionRetryMs;
    this.#waiting.shift()?.resolve({ failed });
  }

  #park(warm: WarmEnvironment): void {
    this.#idle.push(warm);
    this.#modules.fleet.park(warm);
  }

  #left(warm: WarmEnvironment): void {
    this.#members.delete(warm);
    const at = this.#idle.lastIndexOf(warm);
    if (at >= 0) this.#idle.splice(at, 1);
    this.#distribute();
  }

  /** As many as are wanted are kept; the others go when they are idle for long. */
  #distribute(): void {
    let left = this.#wanted;
    for (const warm of this.#members) warm.isProvisioned = left-- > 0;
  }

  #noRoom(): Error {
    const memoryMb = this.#memoryMb;
    const { budgetMb } = this.#modules.fleet;
    if (memoryMb > budgetMb)
      return lambdaError(
        'ServiceException',
        `The function may use ${memoryMb} MB, and all environments of this gateway together ${budgetMb} MB.`,
        { Type: 'Service' },
      );
    return throttled('ConcurrentInvocationLimitExceeded');
  }
}
