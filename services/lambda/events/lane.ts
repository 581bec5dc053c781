/** What is known of one function's events, or one queue's, while they wait. Only names are kept here, and not of all. */
import { backoffMs } from '../engine/retry.ts';
import { isPutOff } from './event-table.ts';
import { eventLimits } from './limits.ts';

export interface Ticket {
  readonly id: Buffer;
  readonly name: string;
}

export class Lane {
  readonly name: string;
  readonly #ready: Ticket[] = [];
  /** Waiting here, or running. */
  readonly #known = new Set<string>();
  running = 0;
  #limit: number = eventLimits.laneInFlightFirst;
  #pausedUntilMs = Number.NEGATIVE_INFINITY;
  #throttles = 0;
  /** There may be more in the index that is due. */
  hasMore = true;
  isLoading = false;
  /** Offers that were not kept: a load that was under way may have missed them. */
  missed = 0;
  /** Of what is due later. */
  nextDueMs = Number.POSITIVE_INFINITY;

  constructor(name: string) {
    this.name = name;
  }

  get isEmpty(): boolean {
    return (
      this.#known.size === 0 &&
      !this.hasMore &&
      !this.isLoading &&
      this.nextDueMs === Number.POSITIVE_INFINITY
    );
  }

  get isFull(): boolean {
    return this.#ready.length >= eventLimits.laneReadyMax;
  }

  get isLow(): boolean {
    return this.#ready.length < eventLimits.laneReadyLow;
  }

  canRun(nowMs: number): boolean {
    return this.#ready.length > 0 && this.running < this.#limit && !this.#isPaused(nowMs);
  }

  /** Not by a clock that has been set back since. */
  #isPaused(nowMs: number): boolean {
    return isPutOff(this.#pausedUntilMs, nowMs);
  }

  /** It was written just now, or found in the index. */
  add(id: Buffer): void {
    const name = id.toString('hex');
    if (this.#known.has(name)) return;
    this.#known.add(name);
    this.#ready.push({ id, name });
  }

  /** @param dueMs of an event that was written just now */
  offer(id: Buffer, dueMs: number, nowMs: number): void {
    if (dueMs > nowMs) {
      this.nextDueMs = Math.min(this.nextDueMs, dueMs);
      this.missed += 1;
    } else if (this.hasMore || this.isFull) {
      this.hasMore = true;
      this.missed += 1;
    } else this.add(id);
  }

  take(): Ticket {
    const ticket = this.#ready.shift()!;
    this.running += 1;
    return ticket;
  }

  /** It is not running any more. */
  forget({ name }: Ticket): void {
    this.running -= 1;
    this.#known.delete(name);
  }

  succeeded(): void {
    this.#throttles = 0;
    this.#limit = Math.min(this.#limit + 1, eventLimits.laneInFlightMax);
  }

  /** It is the first again, and all wait. Those that ran at the same time are throttled together and count once. */
  throttled(ticket: Ticket, nowMs: number, latestMs: number): void {
    this.running -= 1;
    this.#ready.unshift(ticket);
    if (this.#isPaused(nowMs)) return;
    this.#throttles += 1;
    this.#limit = Math.max(1, this.running);
    this.#pausedUntilMs = Math.max(nowMs + 1, Math.min(nowMs + backoffMs(this.#throttles), latestMs));
  }

  /** What is due by now is looked for; when to come back otherwise. */
  wake(nowMs: number): number {
    if (this.nextDueMs <= nowMs) {
      this.nextDueMs = Number.POSITIVE_INFINITY;
      this.hasMore = true;
    }
    if (this.#isPaused(nowMs) && this.#ready.length > 0) return Math.min(this.#pausedUntilMs, this.nextDueMs);
    return this.nextDueMs;
  }
}
