/** ZRANDMEMBER. */
import { type CommandRow, oneKey } from '../engine/command.ts';
import { notInteger, RedisError, syntaxError } from '../engine/errors.ts';
import { parseInteger } from '../engine/numbers.ts';
import type { ZsetValue } from '../engine/types/zset-value.ts';
import { beginEntries, writeEntry, writeInterval } from './zset-reply.ts';

const limit = 2n ** 63n - 1n;
const outOfRange = new RedisError(`ERR value is out of range, value must between -${limit} and ${limit}`);
const outOfHalfRange = new RedisError('ERR value is out of range');

export const zrandmemberCommands: CommandRow[] = [
  {
    name: 'zrandmember',
    arity: -2,
    flags: ['readonly'],
    categories: ['sortedset'],
    keys: oneKey('RO', 'access'),
    group: 'sorted-set',
    since: '6.2.0',
    complexity: 'O(N) for N members of the answer',
    summary: 'Gives members picked at random: different ones, or any when the count is negative.',
    syntax: 'key [count [WITHSCORES]]',
    tips: ['nondeterministic_output'],
    run(call, args) {
      const { reply } = call;
      const { random } = call.engine.modules;
      if (args.length > 4) throw syntaxError;
      const counted = args.length > 2;
      const withScores = args.length === 4;
      const count = counted ? readCount(args[2]!, args[3]) : 1;
      const zset = call.db.readCollection(args[1]!, 'zset') as ZsetValue | undefined;
      if (!counted) {
        if (zset === undefined) reply.null();
        else reply.bulk(zset.scores.keys[Math.floor(random() * zset.size)]!);
        return;
      }
      if (zset === undefined || count === 0) {
        reply.array(0);
        return;
      }
      const { keys, values } = zset.scores;
      if (count < 0) {
        beginEntries(reply, -count, withScores);
        for (let left = -count; left > 0; left--) {
          const position = Math.floor(random() * keys.length);
          writeEntry(reply, keys[position]!, values[position]!, withScores);
        }
        return;
      }
      if (count >= keys.length) {
        writeInterval(reply, zset, { from: 0, to: zset.size }, false, withScores);
        return;
      }
      const positions = pickPositions(keys.length, count, random);
      beginEntries(reply, positions.length, withScores);
      for (const position of positions) writeEntry(reply, keys[position]!, values[position]!, withScores);
    },
  },
];

/** @throws RedisError */
function readCount(text: string, option: string | undefined): number {
  const count = parseInteger(text);
  if (count === undefined) throw notInteger;
  if (typeof count === 'bigint' && count < -limit) throw outOfRange;
  if (option === undefined) return Number(count);
  if (option.toLowerCase() !== 'withscores') throw syntaxError;
  if (typeof count === 'bigint' && (count > limit / 2n || count < -limit / 2n)) throw outOfHalfRange;
  return Number(count);
}

/** `count` different positions below `size`, which is more. */
function pickPositions(size: number, count: number, random: () => number): number[] {
  if (count * 3 < size) {
    const picked = new Set<number>();
    while (picked.size < count) picked.add(Math.floor(random() * size));
    return [...picked];
  }
  const positions = Array.from({ length: size }, (_, position) => position);
  // The first steps of a Fisher-Yates shuffle.
  for (let i = 0; i < count; i++) {
    const other = i + Math.floor(random() * (size - i));
    const moved = positions[i]!;
    positions[i] = positions[other]!;
    positions[other] = moved;
  }
  positions.length = count;
  return positions;
}
