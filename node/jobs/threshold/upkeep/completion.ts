/**
 * Completes what began when custodians were replaced (replacement.ts says what that is): asks for the course of a refresh, looks who was there
 * while it went on, and asks again until it was whole.
 */
import type { KeyValueStore } from '../../../store/kv.ts';
import type { Custodians } from '../party.ts';
import { upkeepLimits as limits } from './limits.ts';
import {
  type Replacement,
  type ReplacementStage,
  readReplacement,
  replacementOperation,
} from './replacement.ts';
import type { UpkeepEvent } from './upkeep.ts';

export interface CompletionModules {
  readonly custodians: Custodians;
  readonly store: KeyValueStore;
  readonly report: (event: UpkeepEvent) => void;
}

export class Completion {
  readonly #modules: CompletionModules;
  readonly #now: () => number;
  #replacement: Replacement | undefined;
  /** Before, it is not begun unless all custodians are there. */
  #beginsMs = 0;
  #pauseMs: number = limits.replacedAgainMsMin;
  /** The last course failed at something: the next waits, also when all are there. */
  #isAgain = false;

  /** @param now milliseconds, monotonic */
  constructor(modules: CompletionModules, now: () => number) {
    this.#modules = modules;
    this.#now = now;
  }

  get replacement(): Replacement | undefined {
    return this.#replacement;
  }

  /** @param isCourseOn whether an earlier process left a course that goes on */
  async start(isCourseOn: boolean): Promise<void> {
    this.#replacement = await readReplacement(this.#modules.store);
    const stage = this.#replacement?.stage;
    // A crash between the end of the course and what follows from it: once more.
    if (!isCourseOn && (stage === 'under-way' || stage === 'incomplete')) await this.#set('due');
    this.#beginsMs = this.#now() + limits.replacedWaitMs;
  }

  /** Milliseconds until a course is to begin for it; undefined when none is. */
  dueInMs(): number | undefined {
    const stage = this.#replacement?.stage;
    if (stage !== 'due' && stage !== 'lacking') return undefined;
    const leftMs = Math.max(0, this.#beginsMs - this.#now());
    if (this.#isWhole()) return this.#isAgain ? leftMs : 0;
    // Shares of before are worthless already: only who is away still lacks its own.
    return stage === 'lacking' ? limits.waitMs : leftMs;
  }

  /** A course of all keys began. */
  async begun(): Promise<void> {
    const stage = this.#replacement?.stage;
    if (stage === undefined) return;
    await this.#set(this.#isWhole() ? 'under-way' : 'incomplete');
  }

  /** While it goes on. */
  async look(): Promise<void> {
    if (this.#replacement?.stage === 'under-way' && !this.#isWhole()) await this.#set('incomplete');
  }

  /** @param isGood nothing failed in it */
  async ended(isGood: boolean): Promise<void> {
    const { store, report } = this.#modules;
    const replacement = this.#replacement;
    if (replacement === undefined) return;
    if (replacement.stage !== 'under-way' && replacement.stage !== 'incomplete') return;
    if (isGood && replacement.stage === 'under-way') {
      this.#replacement = undefined;
      await store.batch([replacementOperation(undefined)], { sync: true });
      report({ event: 'replaced', detail: replacement.custodians.join(', ') });
      return;
    }
    await this.#set(isGood ? 'lacking' : 'due');
    if (isGood) return;
    this.#isAgain = true;
    this.#beginsMs = this.#now() + this.#pauseMs;
    this.#pauseMs = Math.min(2 * this.#pauseMs, limits.replacedAgainMsMax);
  }

  #isWhole(): boolean {
    const { custodians } = this.#modules;
    return custodians.available().length === custodians.committee.members.length;
  }

  async #set(stage: ReplacementStage): Promise<void> {
    this.#replacement = { ...this.#replacement!, stage };
    await this.#modules.store.batch([replacementOperation(this.#replacement)], { sync: true });
  }
}
