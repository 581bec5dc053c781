/** What several list commands read from their words, with the errors of redis-server. */
import { notInteger, RedisError, syntaxError } from '../engine/errors.ts';
import { parseInteger, parseSafeInteger } from '../engine/numbers.ts';
import type { ListEnd } from '../engine/types/list-changes.ts';

const int64Max = 2n ** 63n - 1n;
const outOfLong = new RedisError(
  `ERR value is out of range, value must between -${int64Max} and ${int64Max}`,
);

/** LEFT or RIGHT in any case. @throws syntax error */
export function parseEnd(word: string): ListEnd {
  const lower = word.length <= 5 ? word.toLowerCase() : '';
  if (lower === 'left' || lower === 'right') return lower;
  throw syntaxError;
}

/** An integer of 64 bits; those beyond a safe integer are as good as infinite. @throws not an integer */
export function parseIndex(word: string): number {
  const value = parseSafeInteger(word);
  if (value === undefined) throw notInteger;
  return value;
}

/** As `parseIndex` for numbers whose sign is turned: the least of 64 bits is refused. @throws RedisError */
export function parseSigned(word: string): number {
  if (parseInteger(word) === -int64Max - 1n) throw outOfLong;
  return parseIndex(word);
}

/** An integer from `least` on. @throws RedisError with this text */
export function parseAtLeast(word: string, least: number, error: string): number {
  const value = parseSafeInteger(word);
  if (value === undefined || value < least) throw new RedisError(error);
  return value;
}

/** The part of `size` elements from `start` to `stop`, both counted from the end when negative. @returns first and count */
export function rangeOf(start: number, stop: number, size: number): { first: number; count: number } {
  const first = start < 0 ? Math.max(start + size, 0) : start;
  const last = Math.min(stop < 0 ? stop + size : stop, size - 1);
  return first > last || first >= size ? { first: 0, count: 0 } : { first, count: last - first + 1 };
}
