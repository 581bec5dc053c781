/** Long loops give way to others now and then. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { checkpointLimits } from './limits.ts';

export class Slices {
  private since = performance.now();

  get isOver(): boolean {
    return performance.now() - this.since > checkpointLimits.sliceMs;
  }

  /** To be awaited when a slice is over. */
  async rest(): Promise<void> {
    await nextTurn();
    this.since = performance.now();
  }
}

/** Runs `work` for each of them, at most so many at a time. The first failure ends it, when what had begun has ended. */
export async function forEachOf<T>(
  items: Iterable<T>,
  inFlight: number,
  work: (item: T) => Promise<void>,
): Promise<void> {
  const iterator = items[Symbol.iterator]();
  let failed = false;
  const worker = async (): Promise<void> => {
    for (let next = iterator.next(); !failed && next.done !== true; next = iterator.next()) {
      try {
        await work(next.value);
      } catch (error) {
        failed = true;
        throw error;
      }
    }
  };
  const ended = await Promise.allSettled(Array.from({ length: inFlight }, worker));
  const failure = ended.find((end) => end.status === 'rejected');
  if (failure !== undefined) throw failure.reason;
}
