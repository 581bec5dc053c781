/** `FIELDS numfields field [field ...]` of the commands on the expiry of fields (Redis 7.4). */
import { RedisError } from '../engine/errors.ts';
import { parseSafeInteger } from '../engine/numbers.ts';

/** No field expires later, in milliseconds since 1970. */
export const fieldDeadlineMax = 2 ** 46 - 1;

/** Answers for a field. */
export const fieldAnswers = { absent: -2, forever: -1, refused: 0, done: 1, removed: 2 } as const;

const noFields = new RedisError('ERR Mandatory argument FIELDS is missing or not at the right position');
const otherCount = new RedisError('ERR The `numfields` parameter must match the number of arguments');

/** @param at index of the word FIELDS @returns index of the first field; the others follow to the end @throws RedisError */
export function firstField(args: readonly string[], at: number, countError: string): number {
  if (args[at]?.toLowerCase() !== 'fields') throw noFields;
  const count = parseSafeInteger(args[at + 1] ?? '');
  if (count === undefined || count < 1) throw new RedisError(countError);
  if (count !== args.length - at - 2) throw otherCount;
  return at + 2;
}
