/**
 * Computations that are under way at once, and those that wait for a place: who has no more time leaves the queue, so that none begins
 * for a caller who was told that the time is over. The node bounds its jobs as well, and knows nothing of callers.
 */
import { lambdaError } from '../engine/errors.ts';

export class Places {
  readonly #atOnceMax: number;
  readonly #waitingMax: number;
  readonly #waiting = new Set<() => void>();
  #taken = 0;

  constructor(atOnceMax: number, waitingMax: number) {
    this.#atOnceMax = atOnceMax;
    this.#waitingMax = waitingMax;
  }

  /**
   * Work that begins when there is a place.
   * @param signal of who waits; work that began is not ended by it
   * @throws AwsError TooManyRequestsException; the reason of the signal
   */
  async with<Result>(signal: AbortSignal, work: () => Promise<Result>): Promise<Result> {
    if (this.#taken < this.#atOnceMax) this.#taken += 1;
    else await this.#turn(signal);
    try {
      return await work();
    } finally {
      const [next] = this.#waiting;
      // The place goes from one to the next.
      if (next === undefined) this.#taken -= 1;
      else next();
    }
  }

  async #turn(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (this.#waiting.size >= this.#waitingMax) throw tooMany();
    const turn = Promise.withResolvers<void>();
    const come = () => leave(turn.resolve);
    const give = () => leave(() => turn.reject(signal.reason));
    const leave = (settle: () => void) => {
      this.#waiting.delete(come);
      signal.removeEventListener('abort', give);
      settle();
    };
    this.#waiting.add(come);
    signal.addEventListener('abort', give);
    await turn.promise;
  }
}

export function tooMany(): Error {
  return lambdaError('TooManyRequestsException', 'Too many computations are under way.', {
    Reason: 'ConcurrentInvocationLimitExceeded',
  });
}
