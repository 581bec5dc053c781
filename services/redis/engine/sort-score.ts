/** Numbers that SORT compares, as C's `strtod` reads them: spaces before, `inf`, hexadecimals; what is no number is refused. */
import { parseFloatStrict } from './numbers.ts';

const spaces = ' \t\n\v\f\r';
const zero = '\0';

/** @returns undefined for what is no number, is not a number (NaN), or is too large or too small for a double */
export function parseScore(text: string): number | undefined {
  const direct = Number(text);
  // The usual case: a plain decimal, which `Number` reads as `strtod` does.
  if (text.length <= 15 && /^-?[0-9]+(?:\.[0-9]+)?$/.test(text)) return direct;
  let at = 0;
  while (at < text.length && spaces.includes(text[at]!)) at++;
  // C strings end at the first zero byte.
  const end = text.indexOf(zero, at);
  const digits = text.slice(at, end < 0 ? undefined : end);
  // Nothing is read from an empty text, and nothing is left of it.
  if (digits === '') return at === 0 ? 0 : undefined;
  const value = parseFloatStrict(digits);
  const isZero = /^[+-]?(?:0[xX])?[0.]*(?:[eEpP].*)?$/.test(digits);
  return value === 0 && !isZero ? undefined : value;
}
