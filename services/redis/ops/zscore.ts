/** Size, scores and places: ZCARD, ZSCORE, ZMSCORE, ZRANK, ZREVRANK. */
import type { Call } from '../engine/call.ts';
import { type CommandRow, oneKey } from '../engine/command.ts';
import { syntaxError, wrongArity } from '../engine/errors.ts';
import type { ZsetValue } from '../engine/types/zset-value.ts';

export const zscoreCommands: CommandRow[] = [
  {
    name: 'zcard',
    arity: 2,
    flags: ['readonly', 'fast'],
    categories: ['sortedset'],
    keys: oneKey('RO'),
    group: 'sorted-set',
    since: '1.2.0',
    complexity: 'O(1)',
    summary: 'Tells how many members a sorted set has.',
    syntax: 'key',
    run(call, args) {
      call.reply.integer(call.db.readCollection(args[1]!, 'zset')?.size ?? 0);
    },
  },
  {
    name: 'zscore',
    arity: 3,
    flags: ['readonly', 'fast'],
    categories: ['sortedset'],
    keys: oneKey('RO', 'access'),
    group: 'sorted-set',
    since: '1.2.0',
    complexity: 'O(1)',
    summary: 'Gives the score of a member.',
    syntax: 'key member',
    run(call, args) {
      const zset = call.db.readCollection(args[1]!, 'zset') as ZsetValue | undefined;
      const score = zset?.score(args[2]!);
      if (score === undefined) call.reply.null();
      else call.reply.double(score);
    },
  },
  {
    name: 'zmscore',
    arity: -3,
    flags: ['readonly', 'fast'],
    categories: ['sortedset'],
    keys: oneKey('RO', 'access'),
    group: 'sorted-set',
    since: '6.2.0',
    complexity: 'O(N) for N members',
    summary: 'Gives the scores of several members.',
    syntax: 'key member [member ...]',
    run(call, args) {
      const zset = call.db.readCollection(args[1]!, 'zset') as ZsetValue | undefined;
      call.reply.array(args.length - 2);
      for (let i = 2; i < args.length; i++) {
        const score = zset?.score(args[i]!);
        if (score === undefined) call.reply.null();
        else call.reply.double(score);
      }
    },
  },
  {
    name: 'zrank',
    arity: -3,
    flags: ['readonly', 'fast'],
    categories: ['sortedset'],
    keys: oneKey('RO', 'access'),
    group: 'sorted-set',
    since: '2.0.0',
    complexity: 'O(log(N)), N being the size of the sorted set',
    summary: 'Gives the place of a member, counted from the lowest score.',
    syntax: 'key member [WITHSCORE]',
    run: (call, args) => answerRank(call, args, false),
  },
  {
    name: 'zrevrank',
    arity: -3,
    flags: ['readonly', 'fast'],
    categories: ['sortedset'],
    keys: oneKey('RO', 'access'),
    group: 'sorted-set',
    since: '2.0.0',
    complexity: 'O(log(N)), N being the size of the sorted set',
    summary: 'Gives the place of a member, counted from the highest score.',
    syntax: 'key member [WITHSCORE]',
    run: (call, args) => answerRank(call, args, true),
  },
];

function answerRank(call: Call, args: readonly string[], reverse: boolean): void {
  const { reply } = call;
  if (args.length > 4) throw wrongArity(reverse ? 'zrevrank' : 'zrank');
  const withScore = args.length === 4;
  if (withScore && args[3]!.toLowerCase() !== 'withscore') throw syntaxError;
  const zset = call.db.readCollection(args[1]!, 'zset') as ZsetValue | undefined;
  const rank = zset?.rank(args[2]!);
  if (zset === undefined || rank === undefined) {
    if (withScore) reply.nullArray();
    else reply.null();
    return;
  }
  if (withScore) reply.array(2);
  reply.integer(reverse ? zset.size - 1 - rank : rank);
  if (withScore) reply.double(zset.score(args[2]!)!);
}
