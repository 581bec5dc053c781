/** Asking custodians: enough of them, others for those that fail. */
import { ThresholdAbort } from './errors.ts';
import { thresholdLimits } from './limits.ts';
import type { Custodians } from './party.ts';

/**
 * Asks so many custodians at once, and for each that fails another.
 *
 * @param ask also checks the answer; a ThresholdAbort `cheater` accuses
 * @returns answers by index, `count` of them
 * @throws ThresholdAbort: `unavailable` when too few are left; what a custodian refused with, when t + 1 refuse
 */
export async function gather<Answer>(
  custodians: Custodians,
  count: number,
  ask: (custodian: number) => Promise<Answer>,
): Promise<Map<number, Answer>> {
  const waiting = [...custodians.available()];
  const answers = new Map<number, Answer>();
  const failures: ThresholdAbort[] = [];
  const askNext = async (): Promise<void> => {
    for (let custodian = waiting.shift(); custodian !== undefined; custodian = waiting.shift()) {
      try {
        answers.set(custodian, await ask(custodian));
        return;
      } catch (error) {
        failures.push(failureOf(error, custodian, custodians));
      }
    }
  };
  await Promise.all(Array.from({ length: count }, askNext));
  if (answers.size < count) throw tooFew(failures, custodians);
  return answers;
}

/**
 * For protocols whose signers are fixed for a run: tries with one set, and without whoever is named when it fails.
 *
 * @param attempt with `count` custodians; names who failed in its ThresholdAbort
 */
export async function withSigners<Result>(
  custodians: Custodians,
  count: number,
  attempt: (signers: readonly number[]) => Promise<Result>,
): Promise<Result> {
  const failures: ThresholdAbort[] = [];
  const left = new Set<number>();
  for (let tries = 0; tries < thresholdLimits.attemptsMax; tries += 1) {
    const signers = custodians
      .available()
      .filter((index) => !left.has(index))
      .slice(0, count);
    if (signers.length < count) break;
    try {
      return await attempt(signers);
    } catch (error) {
      const failure = failureOf(error, undefined, custodians);
      failures.push(failure);
      // What is stale begins anew with the same signers; who is named does not come back in this call.
      if (failure.custodian !== undefined && failure.reason !== 'stale') left.add(failure.custodian);
      // One custodian blames another: one of the two is faulty, and nobody here can tell which.
      const blame = failure.cause;
      if (blame instanceof ThresholdAbort && blame.reason === 'cheater' && blame.custodian !== undefined)
        left.add(blame.custodian);
    }
  }
  throw tooFew(failures, custodians);
}

/** Accuses who is named as a cheater. @returns the error, if it is the protocol's; throws any other */
export function failureOf(
  error: unknown,
  custodian: number | undefined,
  custodians: Custodians,
): ThresholdAbort {
  if (!(error instanceof ThresholdAbort)) throw error;
  const named = error.custodian ?? custodian;
  if (error.reason === 'cheater' && named !== undefined) custodians.accuse(named, error.message);
  return error;
}

/** One that refuses may be faulty; of t + 1 that do, one is honest. */
export function tooFew(failures: readonly ThresholdAbort[], { committee }: Custodians): ThresholdAbort {
  const refused = failures.filter(({ reason }) => reason === 'refused');
  if (refused.length > committee.threshold) return refused[0]!;
  const last = failures.at(-1);
  return new ThresholdAbort('unavailable', undefined, 'too few custodians take part', { cause: last });
}
