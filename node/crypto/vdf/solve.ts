/** From a challenge to its output: discriminant, evaluation, proof. Synchronous and long; nodes run it in a worker. */
import { concat } from './bytes.ts';
import { type ChallengeGroup, discriminantOf, type SearchOptions } from './discriminant.ts';
import { type Control, checkAborted, checkIterations, evaluate, prove } from './evaluate.ts';
import { encodeElement } from './format/v1.ts';

/** What an output is about: `iterations` squarings in the class group of `challenge` with a discriminant of `bits` bits. */
export interface Statement {
  readonly challenge: Uint8Array;
  readonly iterations: number;
  readonly bits: number;
}

export interface Solution {
  /** y ‖ pi (format/v1.ts). */
  readonly output: Uint8Array;
  /** Where the discriminant stands in the challenge's stream (discriminant.ts). */
  readonly hint: number;
}

/** @throws RangeError for an unsupported statement, VdfAbortedError */
export function solve(statement: Statement, control: Control & SearchOptions = {}): Solution {
  const { challenge, iterations, bits } = statement;
  checkIterations(iterations);
  const found = discriminantOf(challenge, bits, {
    ...control,
    onCandidate: () => {
      checkAborted(control);
      control.onCandidate?.();
    },
  });
  return { output: solveIn(found, iterations, control), hint: found.hint };
}

/** The output in a group already found. */
export function solveIn(
  { group }: Pick<ChallengeGroup, 'group'>,
  iterations: number,
  control: Control = {},
): Uint8Array {
  const evaluation = evaluate(group, iterations, control);
  const pi = prove(evaluation, control);
  return concat(encodeElement(evaluation.y, group.bits), encodeElement(pi, group.bits));
}
