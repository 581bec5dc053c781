/**
 * All environments of the gateway and the memory that they may take together: what they are allowed, not what they use. Idle ones are in
 * the order of their last use; the longest idle make room for new ones. None is both here and ended.
 */
import type { Logger } from 'pino';
import { lastsLongEnough } from './credentials.ts';
import { invokeLimits } from './limits.ts';
import type { Timers } from './timers.ts';
import type { WarmEnvironment } from './warm-environment.ts';

export interface FleetModules {
  readonly timers: Timers;
  readonly logger: Logger;
  readonly nowMs: () => number;
}

export class Fleet {
  readonly budgetMb: number;
  readonly #modules: FleetModules;
  readonly #all = new Set<WarmEnvironment>();
  /** Least recently used first. */
  readonly #idle = new Set<WarmEnvironment>();
  readonly #running = new Set<WarmEnvironment>();
  readonly #closing = new Set<Promise<void>>();
  #usedMb = 0;
  #closingMb = 0;
  #takeBackFreeze: (() => void) | undefined;

  constructor(budgetMb: number, modules: FleetModules) {
    this.budgetMb = budgetMb;
    this.#modules = modules;
  }

  get size(): number {
    return this.#all.size;
  }

  get usedMb(): number {
    return this.#usedMb;
  }

  /**
   * Memory for an environment that is about to start. Idle ones end for it, if that is enough.
   * @returns whether there is
   */
  reserve(memoryMb: number): boolean {
    let lackingMb = this.#usedMb + memoryMb - this.budgetMb;
    if (lackingMb > 0) {
      const leaving: WarmEnvironment[] = [];
      for (const warm of this.#idle) {
        if (lackingMb <= 0) break;
        if (warm.isProvisioned) continue;
        leaving.push(warm);
        lackingMb -= warm.memoryMb;
      }
      if (lackingMb > 0) return false;
      for (const warm of leaving) this.close(warm);
    }
    this.#usedMb += memoryMb;
    return true;
  }

  /** What was reserved did not become an environment. */
  unreserve(memoryMb: number): void {
    this.#usedMb -= memoryMb;
  }

  /** Those that made room are gone, as far as room was lacking. */
  async roomMade(): Promise<void> {
    while (this.#closing.size > 0 && this.#usedMb + this.#closingMb > this.budgetMb)
      await Promise.race(this.#closing);
  }

  /** All that were to end have ended. */
  async closed(): Promise<void> {
    await Promise.all(this.#closing);
  }

  /** It has started; its memory was reserved. */
  add(warm: WarmEnvironment): void {
    this.#all.add(warm);
  }

  /** Nothing runs in it. */
  park(warm: WarmEnvironment): void {
    warm.idleSinceMs = this.#modules.nowMs();
    this.#idle.add(warm);
    this.#running.add(warm);
    this.#takeBackFreeze ??= this.#modules.timers.later(invokeLimits.freezeAfterMs, () => this.#freeze());
  }

  unpark(warm: WarmEnvironment): void {
    this.#idle.delete(warm);
    this.#running.delete(warm);
  }

  /** Ends it, whatever it does. */
  close(warm: WarmEnvironment): void {
    if (!this.gone(warm)) return;
    const closed: Promise<void> = warm
      .close()
      .catch((error: unknown) => {
        this.#modules.logger.error({ err: error, environment: warm.id }, 'an environment could not be ended');
      })
      .finally(() => {
        this.#closing.delete(closed);
        this.#closingMb -= warm.memoryMb;
      });
    this.#closing.add(closed);
    this.#closingMb += warm.memoryMb;
  }

  /** It has ended, or is about to. @returns false when that was known */
  gone(warm: WarmEnvironment): boolean {
    if (!this.#all.delete(warm)) return false;
    this.unpark(warm);
    this.#usedMb -= warm.memoryMb;
    warm.left();
    return true;
  }

  /** Ends those that are idle for long, or whose credentials end. */
  upkeep(): void {
    const nowMs = this.#modules.nowMs();
    for (const warm of this.#idle) {
      const isOld = !warm.isProvisioned && nowMs - warm.idleSinceMs >= invokeLimits.idleMs;
      if (isOld || !lastsLongEnough(warm.credentialsEndMs, nowMs, warm.timeoutMs)) this.close(warm);
    }
  }

  closeAll(): void {
    for (const warm of this.#all) this.close(warm);
  }

  stop(): void {
    this.#takeBackFreeze?.();
    this.#takeBackFreeze = undefined;
  }

  #freeze(): void {
    this.#takeBackFreeze = undefined;
    const nowMs = this.#modules.nowMs();
    for (const warm of this.#running) {
      const leftMs = warm.idleSinceMs + invokeLimits.freezeAfterMs - nowMs;
      if (leftMs > 0) {
        this.#takeBackFreeze = this.#modules.timers.later(leftMs, () => this.#freeze());
        return;
      }
      this.#running.delete(warm);
      warm.environment.freeze();
    }
  }
}
