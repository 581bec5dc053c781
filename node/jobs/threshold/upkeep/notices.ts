/**
 * Keys that a custodian has no share of, or another one, as calls met it: each once, bounded, tried again later and later, and not for ever.
 * In memory alone: what is lost with the process is met again.
 */
import type { Bytes } from '../../../api/index.ts';
import { hexOf } from '../dkg/key-statement.ts';
import { upkeepLimits as limits } from './limits.ts';

export interface Notice {
  readonly handle: Bytes;
  /** New shares are due as well. */
  readonly refresh: boolean;
  readonly attempts: number;
  readonly dueMs: number;
}

export class Notices {
  readonly #now: () => number;
  readonly #waiting = new Map<string, Notice>();
  /** Oldest first: until when a key is left alone. */
  readonly #quiet = new Map<string, number>();

  /** @param now milliseconds, monotonic */
  constructor(now: () => number) {
    this.#now = now;
  }

  get size(): number {
    return this.#waiting.size;
  }

  /** @returns whether it is new */
  add(handle: Bytes, refresh = false): boolean {
    const name = hexOf(handle);
    const known = this.#waiting.get(name);
    if (known !== undefined) {
      if (refresh && !known.refresh) this.#waiting.set(name, { ...known, refresh });
      return false;
    }
    if (this.#waiting.size >= limits.noticedMax || (this.#quiet.get(name) ?? 0) > this.#now()) return false;
    const dueMs = this.#now() + limits.noticeMs;
    this.#waiting.set(name, { handle: Uint8Array.from(handle), refresh, attempts: 0, dueMs });
    return true;
  }

  /** The first that is due; it stays until `done` or `failed`. */
  due(): Notice | undefined {
    const now = this.#now();
    return [...this.#waiting.values()].find(({ dueMs }) => dueMs <= now);
  }

  /** Milliseconds until one is due; undefined when none waits. */
  dueIn(): number | undefined {
    if (this.#waiting.size === 0) return undefined;
    return Math.max(0, Math.min(...[...this.#waiting.values()].map(({ dueMs }) => dueMs)) - this.#now());
  }

  done({ handle }: Notice): void {
    this.#drop(hexOf(handle), limits.againMs);
  }

  /** @returns whether it is given up */
  failed(notice: Notice, isHopeless: boolean): boolean {
    const name = hexOf(notice.handle);
    const attempts = notice.attempts + 1;
    if (isHopeless || attempts >= limits.attemptsMax) {
      this.#drop(name, limits.hopelessMs);
      return true;
    }
    const pause = Math.min(limits.retryMsMin * 2 ** (attempts - 1), limits.retryMsMax);
    // Behind those that were not tried yet.
    this.#waiting.delete(name);
    this.#waiting.set(name, { ...notice, attempts, dueMs: this.#now() + pause });
    return false;
  }

  #drop(name: string, quietMs: number): void {
    this.#waiting.delete(name);
    this.#quiet.delete(name);
    this.#quiet.set(name, this.#now() + quietMs);
    if (this.#quiet.size <= limits.rememberedMax) return;
    const [oldest] = this.#quiet.keys();
    this.#quiet.delete(oldest!);
  }
}
