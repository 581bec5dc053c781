/** Which of its two encodings Redis would use, and what follows from it: OBJECT ENCODING, ZSCAN, and where -0 is 0. */
import type { Config } from '../config.ts';
import type { Dict } from '../dict.ts';
import { ZsetValue } from './zset-value.ts';

/** A set that once was too large for a listpack does not go back to one. */
export function zsetEncoding(value: ZsetValue, config: Config): 'listpack' | 'skiplist' {
  return fitsListpack(value.membersMost, value.memberLengthMost, config) ? 'listpack' : 'skiplist';
}

/** The score that is kept when a member is put: listpacks keep whole numbers as integers, which know no -0. */
export function keptScore(
  zset: ZsetValue | undefined,
  member: string,
  score: number,
  config: Config,
): number {
  if (!Object.is(score, -0)) return score;
  const size = (zset?.size ?? 0) + (zset?.score(member) === undefined ? 1 : 0);
  const longest = Math.max(member.length, zset?.memberLengthMost ?? 0);
  return fitsListpack(Math.max(size, zset?.membersMost ?? 0), longest, config) ? 0 : score;
}

/** A sorted set that is stored whole, with the scores that are kept. It takes the dictionary over. */
export function zsetToStore(scores: Dict<number>, config: Config): ZsetValue {
  if (scores.values.some((score) => Object.is(score, -0))) {
    const longest = scores.keys.reduce((most, member) => Math.max(most, member.length), 0);
    if (fitsListpack(scores.size, longest, config)) {
      for (let i = 0; i < scores.size; i++) scores.values[i]! += 0;
    }
  }
  return new ZsetValue(scores);
}

function fitsListpack(members: number, longest: number, config: Config): boolean {
  return (
    members <= config.number('zset-max-listpack-entries') &&
    longest <= config.number('zset-max-listpack-value')
  );
}
