/** Asking every custodian, where a protocol wants all that it can get; and complaints of custodians about each other. */
import { ThresholdAbort } from '../errors.ts';
import type { Custodians } from '../party.ts';

/** What a custodian failed with. */
export interface Failure {
  /** Who was asked. */
  readonly asked: number;
  readonly error: ThresholdAbort;
}

/** Whom a custodian says to have cheated it, if that is why it failed: hearsay, also as the cause of what the coordinator made of it. */
export function blamedBy({ asked, error }: Failure): number | undefined {
  const blame = error.reason === 'cheater' ? error : error.cause;
  if (!(blame instanceof ThresholdAbort) || blame.reason !== 'cheater') return undefined;
  return blame.custodian === asked ? undefined : blame.custodian;
}

export interface Answers<Answer> {
  readonly answers: Map<number, Answer>;
  readonly failures: readonly Failure[];
}

/** @param ask a ThresholdAbort `cheater` that names the one who is asked accuses it */
export async function askAll<Answer>(
  custodians: Custodians,
  whom: readonly number[],
  ask: (custodian: number) => Promise<Answer>,
): Promise<Answers<Answer>> {
  const answers = new Map<number, Answer>();
  const failures: Failure[] = [];
  await Promise.all(
    whom.map(async (custodian) => {
      try {
        answers.set(custodian, await ask(custodian));
      } catch (error) {
        if (!(error instanceof ThresholdAbort)) throw error;
        if (error.reason === 'cheater' && (error.custodian ?? custodian) === custodian)
          custodians.accuse(custodian, error.message);
        failures.push({ asked: custodian, error });
      }
    }),
  );
  return { answers, failures };
}

/** The same custodians, of which others seem to answer. */
export function among(custodians: Custodians, available: () => readonly number[]): Custodians {
  return {
    committee: custodians.committee,
    random: custodians.random,
    available,
    ask: custodians.ask.bind(custodians),
    deliver: custodians.deliver.bind(custodians),
    accuse: custodians.accuse.bind(custodians),
    verify: custodians.verify.bind(custodians),
  };
}

/** Of t + 1 that refuse, one is honest. */
export function tooFewAnswers(failures: readonly Failure[], { committee }: Custodians): ThresholdAbort {
  const refused = failures.filter(({ error }) => error.reason === 'refused');
  if (refused.length > committee.threshold) return refused[0]!.error;
  const cause = failures.at(-1)?.error;
  return new ThresholdAbort('unavailable', undefined, 'too few custodians take part', { cause });
}

/**
 * Who says of whom that it cheated. One of the two did; a custodian that more than t others complain about did, and one that complains
 * about more than t others.
 */
export class Complaints {
  readonly #custodians: Custodians;
  readonly #pairs = new Map<string, readonly [by: number, about: number]>();

  constructor(custodians: Custodians) {
    this.#custodians = custodians;
  }

  /** @returns whether there was a complaint that is new */
  take(failures: readonly Failure[]): boolean {
    const before = this.#pairs.size;
    for (const failure of failures) {
      const { asked } = failure;
      const about = blamedBy(failure);
      if (about !== undefined && this.#custodians.committee.members[about - 1] !== undefined)
        this.#pairs.set(`${asked} ${about}`, [asked, about]);
    }
    this.#judge();
    return this.#pairs.size > before;
  }

  /** Whether somebody complained about it. */
  isBlamed(custodian: number): boolean {
    return [...this.#pairs.values()].some(([, about]) => about === custodian);
  }

  /** Whether one of the two complained about the other. */
  areAtOdds(left: number, right: number): boolean {
    return this.#pairs.has(`${left} ${right}`) || this.#pairs.has(`${right} ${left}`);
  }

  #judge(): void {
    const { committee } = this.#custodians;
    for (const { index } of committee.members) {
      const pairs = [...this.#pairs.values()];
      if (pairs.filter(([, about]) => about === index).length > committee.threshold)
        this.#custodians.accuse(index, 'more custodians than can be faulty say that it cheated');
      if (pairs.filter(([by]) => by === index).length > committee.threshold)
        this.#custodians.accuse(index, 'it says of more custodians than can be faulty that they cheated');
    }
  }
}
