/**
 * Looks at what environments hold while they work. The kernel's limit also has to let /tmp grow, which is memory here; this keeps a function
 * from taking that for itself, and is all there is where no control group can be made.
 */
import { executorLimits } from './limits.ts';

interface Watched {
  readonly bytesMax: number;
  readonly usedBytes: () => number | undefined;
  readonly exceeded: () => void;
}

export class MemoryWatch {
  readonly #all = new Map<object, Watched>();
  readonly #working = new Set<object>();
  #timer: NodeJS.Timeout | undefined;

  /** Watched from now on. */
  add(key: object, memoryMb: number, usedBytes: () => number | undefined, exceeded: () => void): void {
    this.#all.set(key, { bytesMax: memoryMb * 1024 * 1024, usedBytes, exceeded });
    this.work(key);
  }

  work(key: object): void {
    this.#working.add(key);
    this.#timer ??= setInterval(() => this.#look(), executorLimits.watchMs).unref();
  }

  /** It stands still or waits: the timer goes on until nobody works for a whole round. */
  rest(key: object): void {
    this.#working.delete(key);
  }

  remove(key: object): void {
    this.#all.delete(key);
    this.#working.delete(key);
  }

  #look(): void {
    if (this.#working.size === 0) {
      clearInterval(this.#timer);
      this.#timer = undefined;
      return;
    }
    for (const key of this.#working) {
      const watched = this.#all.get(key);
      if (watched && (watched.usedBytes() ?? 0) > watched.bytesMax) watched.exceeded();
    }
  }
}
