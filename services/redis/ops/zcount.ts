/** ZCOUNT and ZLEXCOUNT. */
import { type CommandRow, oneKey } from '../engine/command.ts';
import { memberInterval, scoreInterval } from '../engine/types/zset-range.ts';
import type { ZsetValue } from '../engine/types/zset-value.ts';
import { readMemberRange, readScoreRange } from './zset-arguments.ts';

export const zcountCommands: CommandRow[] = [
  {
    name: 'zcount',
    arity: 4,
    flags: ['readonly', 'fast'],
    categories: ['sortedset'],
    keys: oneKey('RO', 'access'),
    group: 'sorted-set',
    since: '2.0.0',
    complexity: 'O(log(N)), N being the size of the sorted set',
    summary: 'Counts the members with scores in a range.',
    syntax: 'key min max',
    run(call, args) {
      const range = readScoreRange(args[2]!, args[3]!);
      const zset = call.db.readCollection(args[1]!, 'zset') as ZsetValue | undefined;
      if (zset === undefined) return call.reply.integer(0);
      const { from, to } = scoreInterval(zset, range);
      call.reply.integer(to - from);
    },
  },
  {
    name: 'zlexcount',
    arity: 4,
    flags: ['readonly', 'fast'],
    categories: ['sortedset'],
    keys: oneKey('RO', 'access'),
    group: 'sorted-set',
    since: '2.8.9',
    complexity: 'O(log(N)), N being the size of the sorted set',
    summary: 'Counts the members in a range of members, when all scores are the same.',
    syntax: 'key min max',
    run(call, args) {
      const range = readMemberRange(args[2]!, args[3]!);
      const zset = call.db.readCollection(args[1]!, 'zset') as ZsetValue | undefined;
      if (zset === undefined) return call.reply.integer(0);
      const { from, to } = memberInterval(zset, range);
      call.reply.integer(to - from);
    },
  },
];
