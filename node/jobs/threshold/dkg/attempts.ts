/** Asking all custodians that are there, and beginning anew without those that fail. */
import { ThresholdAbort } from '../errors.ts';
import { failureOf, tooFew } from '../gather.ts';
import { thresholdLimits } from '../limits.ts';
import type { AskOptions, AuthorisedTask, Custodians } from '../party.ts';
import { quorumOf } from './key-statement.ts';

export interface Attempt {
  /** Who takes part, from the best on. */
  readonly taking: readonly number[];
  /** Leaves a custodian out from now on; accuses it when it is a cheater. */
  leaveOut(custodian: number, error: unknown): void;
}

/**
 * Tries with all that are available, and without whoever is named when it fails.
 *
 * @param least so many have to take part
 * @param attempt names who failed in its ThresholdAbort, or left somebody out
 * @throws ThresholdAbort
 */
export async function withAllBut<Result>(
  custodians: Custodians,
  least: number,
  attempt: (state: Attempt) => Promise<Result>,
): Promise<Result> {
  const left = new Set<number>();
  const failures: ThresholdAbort[] = [];
  const leaveOut = (custodian: number | undefined, error: unknown): void => {
    const failure = failureOf(hearsayOf(error, custodian), custodian, custodians);
    failures.push(failure);
    const named = failure.custodian ?? custodian;
    if (named !== undefined) left.add(named);
  };
  for (let tries = 0; tries < thresholdLimits.attemptsMax; tries += 1) {
    const taking = custodians.available().filter((index) => !left.has(index));
    if (taking.length < least) break;
    const before = left.size;
    try {
      return await attempt({ taking, leaveOut });
    } catch (error) {
      // The coordinator's own finding: no other custodians would change it.
      if (error instanceof ThresholdAbort && error.custodian === undefined && error.reason === 'refused')
        throw error;
      leaveOut(undefined, error);
      // With the same custodians it would fail the same way.
      if (left.size === before) break;
    }
  }
  throw tooFew(failures, custodians);
}

/** Whom a custodian names is no finding: its request failed at that custodian itself, and nobody is accused. */
function hearsayOf(error: unknown, asked: number | undefined): unknown {
  if (asked === undefined || !(error instanceof ThresholdAbort)) return error;
  if (error.custodian === undefined || error.custodian === asked) return error;
  return new ThresholdAbort('malformed', asked, error.message, { cause: error });
}

/** @returns answers by index; `failed` hears of the others */
export async function askAll<Answer>(
  indices: readonly number[],
  ask: (custodian: number) => Promise<Answer>,
  failed: (custodian: number, error: unknown) => void,
): Promise<Map<number, Answer>> {
  const answers = new Map<number, Answer>();
  await Promise.all(
    indices.map(async (custodian) => {
      try {
        answers.set(custodian, await ask(custodian));
      } catch (error) {
        failed(custodian, error);
      }
    }),
  );
  return new Map([...answers].sort(([left], [right]) => left - right));
}

/** As `deliver`; a custodian that refuses is repaired when it is found to lack the key. */
export async function deliverQuietly(
  custodians: Custodians,
  custodian: number,
  kind: string,
  body: Uint8Array,
): Promise<void> {
  try {
    await custodians.deliver(custodian, kind, body);
  } catch (error) {
    if (!(error instanceof ThresholdAbort)) throw error;
  }
}

export function askOptions(signal?: AbortSignal, authorised?: AuthorisedTask): AskOptions {
  return { ...(authorised ? { authorised } : {}), ...(signal ? { signal } : {}) };
}

/** Every error but a ThresholdAbort goes on. */
export function abortOf(error: unknown): ThresholdAbort {
  if (error instanceof ThresholdAbort) return error;
  throw error;
}

/** @throws ThresholdAbort `unavailable` when there are fewer than n - t */
export function requireQuorum({ committee }: Custodians, count: number): void {
  if (count < quorumOf(committee))
    throw new ThresholdAbort('unavailable', undefined, 'too few custodians take part');
}
