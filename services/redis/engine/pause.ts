/** CLIENT PAUSE: commands of clients wait, all of them or those that write. Nothing expires and nothing is evicted meanwhile. */
import type { Engine } from './engine.ts';

export type PauseMode = 'all' | 'write';

const timerMsMax = 2 ** 31 - 1;

export class Pause {
  private readonly engine: Engine;
  private until = 0;
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(engine: Engine) {
    this.engine = engine;
  }

  /** A pause that is on is made longer and stricter, never the other way. @param until milliseconds since 1970 */
  begin(until: number, mode: PauseMode): void {
    const { engine } = this;
    if (engine.paused !== 'all') engine.paused = mode;
    if (until > this.until) this.until = until;
    this.arm();
  }

  end(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.until = 0;
    if (this.engine.paused === undefined) return;
    this.engine.paused = undefined;
    this.engine.blocking.resumePostponed();
  }

  private arm(): void {
    clearTimeout(this.timer);
    const left = this.until - this.engine.modules.clock.now();
    this.timer = setTimeout(
      () => {
        this.engine.beginTurn();
        if (this.until > this.engine.now) this.arm();
        else this.end();
      },
      Math.min(Math.max(left, 0), timerMsMax),
    );
  }
}
