/**
 * Filter patterns of CloudWatch Logs (user guide, "Filter pattern syntax"): terms, JSON and columns. Regular expressions are refused.
 * Reading a pattern costs what it is long, and a test what the message is long for each condition.
 */
import { constraintError } from '../errors.ts';
import { logLimits } from '../limits.ts';
import { readColumnPattern } from './columns.ts';
import { readJsonPattern } from './json.ts';
import { readTerms } from './terms.ts';

/** @returns whether a message is one of those that the pattern is about @throws AwsError InvalidParameterException */
export function readFilterPattern(pattern: string): (message: string) => boolean {
  const { filterPatternCharsMax } = logLimits;
  if (pattern.length > filterPatternCharsMax)
    throw constraintError(
      `${pattern.slice(0, 64)}…`,
      'filterPattern',
      `have length less than or equal to ${filterPatternCharsMax}`,
    );
  const text = pattern.trim();
  if (text.startsWith('{')) return readJsonPattern(text);
  if (text.startsWith('[')) return readColumnPattern(text);
  return readTerms(text);
}
