/** The gateway under a history: callers ask whether it is up; killing it marks the calls that it may have swallowed. */
import type { Target } from '../lib/target.ts';

export class Server {
  /** Grows with every kill, before it happens. */
  generation = 0;
  readonly readyMs: number[] = [];
  #target: Target;
  #up: Promise<void> = Promise.resolve();

  constructor(target: Target) {
    this.#target = target;
  }

  get target(): Target {
    return this.#target;
  }

  /** Resolves once requests are taken again; whatever an earlier process had begun has happened by then, or never will. */
  up(): Promise<void> {
    return this.#up;
  }

  /** SIGKILL, and the same data directory again. */
  killAndRestart(): Promise<void> {
    this.generation += 1;
    this.#up = (async () => {
      await this.#target.kill();
      const before = performance.now();
      this.#target = await this.#target.restart();
      this.readyMs.push(Math.round(performance.now() - before));
    })();
    return this.#up;
  }
}
