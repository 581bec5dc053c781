/**
 * Turns of environments that start. A start is work for the processor, and many at once all end late: so few begin at once, whoever waits is
 * served by the first that is ready, and a start whose turn comes when nobody waits for it is not begun at all.
 */
import { invokeLimits } from './limits.ts';
import type { Timers } from './timers.ts';

type Begin = (isOver: () => void) => void;

export class Starts {
  readonly #atOnce: number;
  readonly #timers: Timers;
  readonly #forCalls: Begin[] = [];
  readonly #ahead: Begin[] = [];
  #underWay = 0;

  /** @param atOnce that begin before others are over */
  constructor(atOnce: number, timers: Timers) {
    this.#atOnce = atOnce;
    this.#timers = timers;
  }

  /**
   * @param isForCall goes before those that are not
   * @returns ends the turn; one that lasts long, because a function waits for others while it starts, ends by itself
   */
  turn(isForCall: boolean): Promise<() => void> {
    const { promise, resolve } = Promise.withResolvers<() => void>();
    (isForCall ? this.#forCalls : this.#ahead).push(resolve);
    this.#next();
    return promise;
  }

  #next(): void {
    while (this.#underWay < this.#atOnce) {
      const begin = this.#forCalls.shift() ?? this.#ahead.shift();
      if (begin === undefined) return;
      this.#underWay += 1;
      let isUnderWay = true;
      const end = () => {
        if (!isUnderWay) return;
        isUnderWay = false;
        takeBack();
        this.#underWay -= 1;
        this.#next();
      };
      const takeBack = this.#timers.later(invokeLimits.startTurnMs, end);
      begin(end);
    }
  }
}
