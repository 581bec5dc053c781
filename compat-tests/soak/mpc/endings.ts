/** How a session ended for a party, and what of that cannot be right. */
import { evaluate, MpcAbort } from '@hypergate/node/jobs/mpc';
import type { RunResult } from '@hypergate/node/jobs/mpc/session';
import { verifyStatement } from '@hypergate/node/verifier';
import type { EventKind, SessionPlan } from './plan.ts';

export interface Ending {
  readonly party: string;
  /** Hexadecimal; undefined when it did not open. */
  sessionId: string | undefined;
  /** Of the runs that came to their end. */
  readonly results: RunResult[];
  error: unknown;
  /** It was taken away, so that nothing is asked of how it ended. */
  isGone: boolean;
}

/** In a few words: `outputs`, or why not. */
export function wordOf({ error, isGone }: Ending): string {
  if (isGone) return 'gone';
  if (error === undefined) return 'outputs';
  return error instanceof MpcAbort ? error.reason : 'other error';
}

/** @returns sentences, none when all is well */
export function judge(plan: SessionPlan, endings: readonly Ending[]): string[] {
  return endings.flatMap((ending) => [
    ...outputFaults(plan, ending),
    ...receiptFaults(plan, ending, endings),
    ...(ending.isGone ? [] : endFaults(plan, ending)),
  ]);
}

function outputFaults({ runs }: SessionPlan, { party, results }: Ending): string[] {
  return results.flatMap(({ outputs }, run) => {
    const { circuit, inputs } = runs[run]!;
    const right = evaluate(circuit, inputs);
    const expected = circuit.outputs.map(({ to }, at) => (to.includes(party) ? right[at] : undefined));
    const isRight =
      outputs.length === expected.length &&
      outputs.every((bits, at) => bits?.join('') === expected[at]?.join(''));
    return isRight ? [] : [`${party} took a wrong output of run ${run}`];
  });
}

/** All parties sign, and those of one session the same. */
function receiptFaults(
  plan: SessionPlan,
  { party, sessionId, results }: Ending,
  all: readonly Ending[],
): string[] {
  const faults: string[] = [];
  for (const [run, { receipt, transcriptHash }] of results.entries()) {
    try {
      verifyStatement(receipt);
    } catch (error) {
      faults.push(`${party}: the receipt of run ${run} does not hold: ${error}`);
    }
    const { statement } = receipt;
    if (Buffer.from(statement.sessionId).toString('hex') !== sessionId || statement.run !== run) {
      faults.push(`${party}: the receipt of run ${run} is of another one`);
    }
    if (Buffer.compare(statement.circuit, plan.description.runs[run]!.circuit) !== 0) {
      faults.push(`${party}: the receipt of run ${run} is of another circuit`);
    }
    for (const other of all) {
      const theirs = other.sessionId === sessionId ? other.results[run] : undefined;
      if (theirs !== undefined && Buffer.compare(theirs.transcriptHash, transcriptHash) !== 0) {
        faults.push(`${party} and ${other.party} have different transcripts of run ${run}`);
      }
    }
  }
  return faults;
}

function endFaults(plan: SessionPlan, { party, results, error }: Ending): string[] {
  if (error === undefined) {
    return results.length === plan.runs.length ? [] : [`${party} stopped without an error`];
  }
  if (!(error instanceof MpcAbort)) return [`${party} ended with ${error}`];
  const what = `${party} ended with ${error.reason} of ${error.party}: ${error.message}`;
  const { event } = plan;
  const culprit = 'party' in event ? event.party : undefined;
  // Who started a thread or process that it ends hears that it ended.
  if (plan.places.get(party) !== 'here' && error.party === party && culprit === party) return [];
  // Who ended, or lost its connection, before a listener knew of it is waited for.
  const isMissed =
    error.reason === 'timeout' &&
    plan.link === 'tcp' &&
    (error.party === culprit || (event.kind === 'cut' && error.party !== party));
  if (!isMissed && !reasonsOf[event.kind].includes(error.reason))
    return [`${what}, and nobody gave cause for it`];
  switch (error.reason) {
    case 'cancelled':
    case 'internal':
      return culprit === party ? [] : [`${what}, which only ${culprit} can say`];
    case 'malformed':
      return isEndOfChange(plan, party, error.party)
        ? []
        : [`${what}, and nothing between the two was changed`];
    case 'disagreement':
      if (event.kind === 'other-circuit') return party === culprit ? [] : [`${what}, which it did not`];
      return error.party === party ? [`${what}: it blames itself`] : [];
    default:
      return error.party === party ? [`${what}: it blames itself`] : [];
  }
}

/**
 * Whether the two are ends of the connection on which something changed: of a changed hello who sent it hears by the answer. To who
 * listens, a stranger has no name.
 */
function isEndOfChange({ event }: SessionPlan, one: string, other: string | undefined): boolean {
  if (event.kind !== 'flip') return false;
  const ends = [event.from, event.to];
  return ends.includes(one) && (other === undefined || (other !== one && ends.includes(other)));
}

/** What may be the reason for an end. Nobody ever cheats, and nobody may be said to. */
const always = ['peer-aborted', 'disconnected'];
const reasonsOf: Readonly<Record<EventKind, readonly string[]>> = {
  none: [],
  abort: [...always, 'cancelled'],
  close: [...always, 'cancelled'],
  cut: always,
  flip: [...always, 'malformed', 'disagreement', 'timeout'],
  absent: [...always, 'timeout'],
  stall: [...always, 'timeout'],
  kill: always,
  'other-circuit': [...always, 'disagreement'],
  throw: [...always, 'internal'],
  twice: [...always, 'timeout', 'refused'],
};
