/** `&&`, `||` and parentheses over conditions of any kind. */
import { invalidParameter } from '../errors.ts';
import { logLimits } from '../limits.ts';
import type { Scanner } from './scanner.ts';

export type Test<Subject> = (subject: Subject) => boolean;

/** Counts what a pattern asks for, over all of its expressions. */
export interface Budget {
  conditions: number;
}

/** @throws AwsError */
export function readLogic<Subject>(
  scanner: Scanner,
  budget: Budget,
  readCondition: () => Test<Subject>,
  depth = 0,
): Test<Subject> {
  if (depth > logLimits.patternDepthMax) throw tooComplex();
  const primary = (): Test<Subject> => {
    if (scanner.takes('(')) {
      const inner = readLogic(scanner, budget, readCondition, depth + 1);
      if (!scanner.takes(')')) throw scanner.fault();
      return inner;
    }
    budget.conditions += 1;
    if (budget.conditions > logLimits.patternConditionsMax) throw tooComplex();
    return readCondition();
  };
  const every = (): Test<Subject> => {
    const tests = [primary()];
    while (scanner.takes('&&')) tests.push(primary());
    return (subject) => tests.every((one) => one(subject));
  };
  const some = [every()];
  while (scanner.takes('||')) some.push(every());
  return (subject) => some.some((one) => one(subject));
}

export const tooComplex = (): Error =>
  invalidParameter('Invalid filter pattern: it has too many conditions.');
