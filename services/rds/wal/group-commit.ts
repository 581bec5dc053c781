/**
 * When a round leaves for the node. One is on its way at a time, as a round costs the same whether it holds one commit or a
 * hundred. When it is certified, those who waited mostly write again soon: the next round waits for about as many messages of
 * the engine, for a moment, so that they share one sync instead of taking turns in two halves. After a round of a single message
 * nobody is waited for: one client must not pay for a habit of many. Where those who are waited for do not come, it is tried
 * ever more rarely. The idea is that of PostgreSQL's `commit_delay` and `commit_siblings`.
 */
import { groupCommitLimits } from './limits.ts';

export interface GroupCommitOptions {
  readonly gatherMs: number;
  readonly returningShare: number;
  readonly gatheredBytes: number;
  readonly restMax: number;
}

export class GroupCommit {
  readonly #send: () => void;
  readonly #options: GroupCommitOptions;
  #underWay = false;
  /** Messages from which on the next round leaves at once. */
  #expected = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** Rounds for which nobody is waited for. */
  #rest = 0;
  #nextRest = 1;

  /** @param send sends what waits */
  constructor(send: () => void, options: GroupCommitOptions = groupCommitLimits) {
    this.#send = send;
    this.#options = options;
  }

  /** Whether what waits leaves now; if not, `send` is called in time. */
  mayLeave(messages: number, bytes: number): boolean {
    if (this.#underWay) return false;
    if (messages >= this.#expected || bytes >= this.#options.gatheredBytes) return true;
    this.#timer ??= setTimeout(() => this.#giveUp(), this.#options.gatherMs);
    return false;
  }

  left(): void {
    if (this.#timer !== undefined) {
      clearTimeout(this.#timer);
      this.#timer = undefined;
      this.#nextRest = 1;
    }
    this.#underWay = true;
  }

  /** @param messages that the round carried */
  certified(messages: number): void {
    this.#underWay = false;
    const isAlone = messages <= 1;
    this.#expected = isAlone || this.#rest > 0 ? 0 : Math.ceil(messages * this.#options.returningShare);
    if (this.#rest > 0) this.#rest--;
  }

  end(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#underWay = true;
  }

  #giveUp(): void {
    this.#timer = undefined;
    this.#expected = 0;
    this.#rest = this.#nextRest;
    this.#nextRest = Math.min(this.#options.restMax, this.#nextRest * 2);
    this.#send();
  }
}
