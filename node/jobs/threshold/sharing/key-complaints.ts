/** What custodians say of a key instead of an answer. Of more than t that say the same, one is honest: then it is so. */
import { ThresholdAbort } from '../errors.ts';
import type { Custodians } from '../party.ts';

const meant = ['stale', 'unknown-key'] as const;

export class KeyComplaints {
  readonly #threshold: number;
  readonly #from = new Map(meant.map((reason) => [reason as string, new Set<number>()]));

  constructor({ committee }: Custodians) {
    this.#threshold = committee.threshold;
  }

  /** Remembers what this custodian said, if it is of the key. */
  note(custodian: number, error: unknown): void {
    if (error instanceof ThresholdAbort) this.#from.get(error.reason)?.add(custodian);
  }

  /**
   * @throws ThresholdAbort instead of what `run` ended with: `stale` when the coordinator's copy of what is common to the shares is of
   *   another generation, `unknown-key` when there are no shares
   */
  async explain<Result>(run: Promise<Result>): Promise<Result> {
    try {
      return await run;
    } catch (error) {
      for (const reason of meant) {
        if (this.#from.get(reason)!.size <= this.#threshold) continue;
        const what = reason === 'stale' ? 'the shares are of another generation' : 'there are no shares';
        throw new ThresholdAbort(reason, undefined, what, { cause: error });
      }
      throw error;
    }
  }
}
