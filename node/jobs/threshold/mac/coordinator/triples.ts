/**
 * Computations of three custodians, as a coordinator sees them: with other three when one fails. At most one of the four is faulty, so that
 * one of the four triples has nobody who is. Who is named by one custodian alone may be slandered: it is only asked later;
 * who is named by t + 1 others is accused.
 */
import { ThresholdAbort } from '../../errors.ts';
import { thresholdLimits } from '../../limits.ts';
import type { Custodians } from '../../party.ts';
import type { Call } from '../handlers/call.ts';
import { checkMacCommittee, type Triple } from '../pieces.ts';
import { isReport, type Report } from '../reports.ts';
import { giveLane, memoryOf, takeLane } from './lanes.ts';

/** How each of the three that failed did so. */
type Failures = ReadonlyMap<number, Report | ThresholdAbort>;

class TripleFailed extends Error {
  readonly failures: Failures;
  constructor(failures: Failures) {
    super('three custodians did not compute together');
    this.name = 'TripleFailed';
    this.failures = failures;
  }
}

/**
 * Asks all three at once. Ends as soon as `settle` gives something; or when no two are left that could agree, or one does not answer
 * or does not take part, for then the others wait for it in vain.
 *
 * @param ask an answer, or a report on what failed
 * @param settle is called after each answer, also after the end: it may accuse
 * @throws TripleFailed
 */
export function askTriple<Answer extends object, Result>(
  triple: Triple,
  ask: (custodian: number) => Promise<Answer | Report>,
  settle: (answers: ReadonlyMap<number, Answer>) => Result | undefined,
): Promise<Result> {
  const answers = new Map<number, Answer>();
  const failures = new Map<number, Report | ThresholdAbort>();
  return new Promise((resolve, reject) => {
    const one = async (custodian: number): Promise<void> => {
      try {
        const answer = await ask(custodian);
        if (isReport(answer)) failures.set(custodian, answer);
        else {
          answers.set(custodian, answer);
          const result = settle(answers);
          if (result !== undefined) resolve(result);
        }
      } catch (error) {
        if (!(error instanceof ThresholdAbort)) throw error;
        failures.set(custodian, error);
      }
      const isGone = [...failures.values()].some((each) => !isReport(each));
      if (isGone || failures.size > 1 || failures.size + answers.size === triple.length)
        reject(new TripleFailed(failures));
    };
    for (const custodian of triple) one(custodian).catch(reject);
  });
}

/**
 * @param attempt by `askTriple`
 * @throws ThresholdAbort `unavailable`; `refused`, `unknown-key` or `stale` when t + 1 custodians say so
 */
export async function overTriples<Result>(
  custodians: Custodians,
  attempt: (call: Call) => Promise<Result>,
  signal?: AbortSignal,
): Promise<Result> {
  checkMacCommittee(custodians.committee);
  const memory = memoryOf(custodians);
  const tally = new Tally(custodians);
  const tried = new Set<string>();
  for (let tries = 0; tries < thresholdLimits.attemptsMax; tries += 1) {
    signal?.throwIfAborted();
    const triple = tally.next(tried, memory.preferred);
    if (triple === undefined) break;
    const lane = await takeLane(memory, triple, custodians.random);
    let isWell = false;
    try {
      const result = await attempt({ session: lane.session, triple });
      isWell = true;
      memory.preferred = triple;
      return result;
    } catch (error) {
      if (!(error instanceof TripleFailed)) throw error;
      const verdict = tally.take(error.failures);
      if (verdict !== undefined) throw verdict;
      // A session that served may have ended between two calls; then the same three meet again.
      if (!lane.isProven) tried.add(triple.join(' '));
    } finally {
      giveLane(memory, triple, lane, isWell, custodians.random);
    }
  }
  throw tally.failure();
}

/** Who was named, by whom, over the attempts of one call. */
class Tally {
  readonly #custodians: Custodians;
  readonly #suspicion = new Map<number, number>();
  /** By custodian: who found it cheating. */
  readonly #accusers = new Map<number, Set<number>>();
  /** By reason: who said so. */
  readonly #denials = new Map<string, Set<number>>();
  #last: Report | ThresholdAbort | undefined;

  constructor(custodians: Custodians) {
    this.#custodians = custodians;
  }

  /** The three that are suspected least, in the order in which they are listed. */
  next(tried: ReadonlySet<string>, preferred: Triple | undefined): Triple | undefined {
    const available = this.#custodians.available();
    const left = triplesOf(available).filter((triple) => !tried.has(triple.join(' ')));
    const isPreferred = (triple: Triple) => triple.join(' ') === preferred?.join(' ');
    const cost = (triple: Triple) =>
      triple.reduce((sum, index) => sum + (this.#suspicion.get(index) ?? 0), isPreferred(triple) ? -0.5 : 0);
    return left.sort((a, b) => cost(a) - cost(b))[0];
  }

  /** @returns what to end the call with */
  take(failures: Failures): ThresholdAbort | undefined {
    const { threshold } = this.#custodians.committee;
    for (const [reporter, failure] of failures) {
      this.#last = failure;
      if (isReport(failure))
        this.#name(reporter, failure.custodian, failure.about === 'cheater', failure.detail);
      else if (failure.reason === 'cheater') this.#name(reporter, failure.custodian, true, failure.message);
      else {
        this.#suspect(reporter, 2);
        if (failure.reason === 'unavailable' || failure.reason === 'malformed') continue;
        const said = (this.#denials.get(failure.reason) ?? new Set()).add(reporter);
        this.#denials.set(failure.reason, said);
        if (said.size > threshold) return failure;
      }
    }
    return undefined;
  }

  failure(): ThresholdAbort {
    const cause = this.#last;
    const detail = cause !== undefined && isReport(cause) ? new Error(cause.detail) : cause;
    return new ThresholdAbort('unavailable', undefined, 'no three custodians compute together', {
      cause: detail,
    });
  }

  #suspect(custodian: number, by: number): void {
    this.#suspicion.set(custodian, (this.#suspicion.get(custodian) ?? 0) + by);
  }

  #name(reporter: number, named: number | undefined, cheats: boolean, detail: string): void {
    if (named === undefined || named === reporter) {
      this.#suspect(reporter, 1);
      return;
    }
    this.#suspect(named, 1);
    if (!cheats) return;
    const accusers = (this.#accusers.get(named) ?? new Set()).add(reporter);
    this.#accusers.set(named, accusers);
    if (accusers.size > this.#custodians.committee.threshold) this.#custodians.accuse(named, detail);
  }
}

/** For what the coordinator itself has seen of a custodian. */
export function accused(custodians: Custodians, custodian: number, why: string): never {
  custodians.accuse(custodian, why);
  throw new ThresholdAbort('cheater', custodian, why);
}

function triplesOf(available: readonly number[]): Triple[] {
  return available.flatMap((a, i) =>
    available.slice(i + 1).flatMap((b, j) => available.slice(i + j + 2).map((c): Triple => [a, b, c])),
  );
}
