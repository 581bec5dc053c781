/** Integers among the words of a command, with the errors of redis-server. */
import { notInteger, RedisError } from '../engine/errors.ts';
import { parseInteger, parseSafeInteger } from '../engine/numbers.ts';

const int64Max = 2n ** 63n - 1n;
const outOfLong = new RedisError(
  `ERR value is out of range, value must between -${int64Max} and ${int64Max}`,
);

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
