/** `ERROR "not found" -debug`, `?ERROR ?WARN`: what a message contains. */
import { invalidParameter } from '../errors.ts';
import { logLimits } from '../limits.ts';
import { type Test, tooComplex } from './logic.ts';
import { noExpressions, Scanner } from './scanner.ts';

/** @throws AwsError */
export function readTerms(text: string): Test<string> {
  const scanner = new Scanner(text);
  const required: string[] = [];
  const excluded: string[] = [];
  const optional: string[] = [];
  for (scanner.skipSpaces(); !scanner.done; scanner.skipSpaces()) {
    const list = scanner.next === '?' ? optional : scanner.next === '-' ? excluded : required;
    if (list !== required) scanner.at += 1;
    list.push(readTerm(scanner));
    if (required.length + excluded.length + optional.length > logLimits.patternConditionsMax)
      throw tooComplex();
  }
  // As AWS documents it: beside other terms, those with a question mark are passed over.
  if (required.length + excluded.length === 0)
    return (message) => optional.length === 0 || optional.some((term) => message.includes(term));
  return (message) =>
    required.every((term) => message.includes(term)) && !excluded.some((term) => message.includes(term));
}

function readTerm(scanner: Scanner): string {
  if (scanner.next === '%') throw noExpressions();
  if (scanner.next === '"') {
    const text = scanner.quoted();
    if (text === '') throw scanner.fault();
    return text;
  }
  const term = scanner.takeWhile(/\S/);
  // Letters of all languages: AWS asks for quotes around anything else.
  if (!/^[\p{L}\p{N}\p{M}_]+$/u.test(term)) throw invalidParameter(`Invalid character(s) in term '${term}'`);
  return term;
}
