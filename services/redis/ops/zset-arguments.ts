/** Scores and ranges in the words of commands on sorted sets. */
import { notFloat, notInteger, RedisError } from '../engine/errors.ts';
import { parseFloatStrict, parseSafeInteger } from '../engine/numbers.ts';
import type { MemberBound, MemberRange, ScoreRange } from '../engine/types/zset-range.ts';

const badScoreRange = new RedisError('ERR min or max is not a float');
const badMemberRange = new RedisError('ERR min or max not valid string range item');

/** @throws RedisError not a float, or the given one */
export function readScore(text: string, error = notFloat): number {
  const { length } = text;
  // Times and counters: digits that a double holds exactly.
  if (length > 0 && length <= 15) {
    let value = 0;
    let i = 0;
    for (; i < length; i++) {
      const digit = text.charCodeAt(i) - 48;
      if (digit < 0 || digit > 9) break;
      value = value * 10 + digit;
    }
    if (i === length) return value;
  }
  const value = parseFloatStrict(text);
  if (value === undefined || !isExact(text, value)) throw error;
  return value;
}

/** What a double is too small or too large for is refused, as C's strtod reports it. */
function isExact(text: string, value: number): boolean {
  if (value === 0) return !/^[^eEpP]*[1-9]/.test(text);
  return Number.isFinite(value) || /inf/i.test(text);
}

/** @throws RedisError not an integer, or the given one */
export function readInteger(text: string, error = notInteger): number {
  const value = parseSafeInteger(text);
  if (value === undefined) throw error;
  return value;
}

/** @throws RedisError */
export function readScoreRange(min: string, max: string): ScoreRange {
  const minExclusive = min.charCodeAt(0) === 40;
  const maxExclusive = max.charCodeAt(0) === 40;
  return {
    min: readScoreBound(minExclusive ? min.slice(1) : min),
    minExclusive,
    max: readScoreBound(maxExclusive ? max.slice(1) : max),
    maxExclusive,
  };
}

const decimal = /^[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?$/;

/**
 * Bounds are read as C's strtod does, which takes more than a score may be: nothing at all is 0, spaces may stand before,
 * the text ends at a zero byte, and what is too large is infinite.
 */
function readScoreBound(text: string): number {
  if (text === '') return 0;
  const value = parseFloatStrict(text);
  if (value !== undefined) return value;
  const end = text.indexOf('\0');
  const whole = end < 0 ? text : text.slice(0, end);
  if (whole === '') return 0;
  const trimmed = whole.replace(/^[ \t\n\v\f\r]+/, '');
  if (decimal.test(trimmed)) return Number(trimmed);
  const other = parseFloatStrict(trimmed);
  if (other === undefined) throw badScoreRange;
  return other;
}

/** @throws RedisError */
export function readMemberRange(min: string, max: string): MemberRange {
  return { min: readMemberBound(min), max: readMemberBound(max) };
}

function readMemberBound(text: string): MemberBound {
  const first = text.charCodeAt(0);
  if (first === 91 || first === 40) return { member: text.slice(1), exclusive: first === 40 };
  if (text !== '-' && text !== '+') throw badMemberRange;
  return text;
}
