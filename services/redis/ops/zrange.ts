/** ZRANGE, its older forms, and ZRANGESTORE. */
import type { Call } from '../engine/call.ts';
import { type CommandRow, keysAt, oneKey } from '../engine/command.ts';
import { Dict } from '../engine/dict.ts';
import { RedisError, syntaxError } from '../engine/errors.ts';
import { zsetToStore } from '../engine/types/zset-encoding.ts';
import {
  type MemberRange,
  memberInterval,
  noEntries,
  type RankInterval,
  rankInterval,
  type ScoreRange,
  scoreInterval,
} from '../engine/types/zset-range.ts';
import type { ZsetValue } from '../engine/types/zset-value.ts';
import { readInteger, readMemberRange, readScoreRange } from './zset-arguments.ts';
import { storeResult, writeInterval } from './zset-reply.ts';

const limitOfRanks = new RedisError(
  'ERR syntax error, LIMIT is only supported in combination with either BYSCORE or BYLEX',
);
const scoresOfMembers = new RedisError(
  'ERR syntax error, WITHSCORES not supported in combination with BYLEX',
);

type By = 'rank' | 'score' | 'member';

/** What the name of a command says; undefined is left to the words. */
interface Form {
  readonly by?: By;
  readonly reverse?: boolean;
  /** The key to store in stands before the key to read. */
  readonly store?: boolean;
}

interface Request {
  readonly by: By;
  readonly reverse: boolean;
  readonly withScores: boolean;
  /** Of the entries in the order of the answer; `limit` is negative for all. */
  readonly offset: number;
  readonly limit: number;
  readonly start: number;
  readonly stop: number;
  readonly scores: ScoreRange | undefined;
  readonly members: MemberRange | undefined;
}

function zrange(call: Call, args: readonly string[], form: Form): void {
  const keyAt = form.store === true ? 2 : 1;
  const request = readRequest(args, keyAt + 1, form);
  const zset = call.db.readCollection(args[keyAt]!, 'zset') as ZsetValue | undefined;
  const interval = zset === undefined ? noEntries : find(zset, request);
  if (form.store === true) {
    const scores = copyOf(zset, interval);
    storeResult(call, args[1]!, zsetToStore(scores, call.engine.config), 'zrangestore');
  } else if (zset === undefined) call.reply.array(0);
  else writeInterval(call.reply, zset, interval, request.reverse, request.withScores);
}

function readRequest(args: readonly string[], at: number, form: Form): Request {
  let { by, reverse } = form;
  let withScores = false;
  let limited = false;
  let offset = 0;
  let limit = -1;
  for (let i = at + 2; i < args.length; i++) {
    const word = args[i]!.toLowerCase();
    if (word === 'withscores' && form.store !== true) withScores = true;
    else if (word === 'limit' && i + 2 < args.length) {
      offset = readInteger(args[i + 1]!);
      limit = readInteger(args[i + 2]!);
      limited = limit !== -1;
      i += 2;
    } else if (word === 'rev' && form.reverse === undefined) reverse = true;
    else if (word === 'byscore' && by === undefined) by = 'score';
    else if (word === 'bylex' && by === undefined) by = 'member';
    else throw syntaxError;
  }
  by ??= 'rank';
  if (limited && by === 'rank') throw limitOfRanks;
  if (withScores && by === 'member') throw scoresOfMembers;
  // A reversed range of scores or members begins with its upper end.
  const swap = reverse === true && by !== 'rank';
  const low = args[swap ? at + 1 : at]!;
  const high = args[swap ? at : at + 1]!;
  return {
    by,
    reverse: reverse === true,
    withScores,
    offset,
    limit,
    start: by === 'rank' ? readInteger(low) : 0,
    stop: by === 'rank' ? readInteger(high) : 0,
    scores: by === 'score' ? readScoreRange(low, high) : undefined,
    members: by === 'member' ? readMemberRange(low, high) : undefined,
  };
}

function find(zset: ZsetValue, request: Request): RankInterval {
  if (request.by === 'rank') {
    const { from, to } = rankInterval(zset.size, request.start, request.stop);
    return request.reverse && to > from ? { from: zset.size - to, to: zset.size - from } : { from, to };
  }
  const whole =
    request.scores === undefined
      ? memberInterval(zset, request.members!)
      : scoreInterval(zset, request.scores);
  const left = request.offset < 0 ? 0 : whole.to - whole.from - request.offset;
  if (left <= 0) return noEntries;
  const count = request.limit < 0 ? left : Math.min(left, request.limit);
  if (!request.reverse) {
    const from = whole.from + request.offset;
    return { from, to: from + count };
  }
  const to = whole.to - request.offset;
  return { from: to - count, to };
}

function copyOf(zset: ZsetValue | undefined, interval: RankInterval): Dict<number> {
  const scores = new Dict<number>();
  if (zset !== undefined && interval.to > interval.from) {
    const cursor = zset.at(interval.from);
    for (let i = interval.from; i < interval.to; i++) {
      scores.set(cursor.member, cursor.score);
      cursor.forward();
    }
  }
  return scores;
}

/** What all these rows have in common but ZRANGESTORE. */
const reading = {
  arity: -4,
  flags: ['readonly'],
  categories: ['sortedset'],
  keys: oneKey('RO', 'access'),
  group: 'sorted-set',
  complexity: 'O(log(N)+M) for M members of a sorted set of N',
} as const;

export const zrangeCommands: CommandRow[] = [
  {
    ...reading,
    name: 'zrange',
    since: '1.2.0',
    summary: 'Gives the members in a range of places, scores or members.',
    syntax: 'key start stop [BYSCORE | BYLEX] [REV] [LIMIT offset count] [WITHSCORES]',
    run: (call, args) => zrange(call, args, {}),
  },
  {
    name: 'zrangestore',
    arity: -5,
    flags: ['write', 'denyoom'],
    categories: ['sortedset'],
    keys: [keysAt(1, 0, 1, ['OW', 'update']), keysAt(2, 0, 1, ['RO', 'access'])],
    group: 'sorted-set',
    since: '6.2.0',
    complexity: 'O(log(N)+M) for M members of a sorted set of N',
    summary: 'Stores the members in a range of places, scores or members as another sorted set.',
    syntax: 'dst src min max [BYSCORE | BYLEX] [REV] [LIMIT offset count]',
    run: (call, args) => zrange(call, args, { store: true }),
  },
  {
    ...reading,
    name: 'zrangebyscore',
    since: '1.0.5',
    summary: 'Gives the members with scores in a range.',
    syntax: 'key min max [WITHSCORES] [LIMIT offset count]',
    run: (call, args) => zrange(call, args, { by: 'score', reverse: false }),
  },
  {
    ...reading,
    name: 'zrevrangebyscore',
    since: '2.2.0',
    summary: 'Gives the members with scores in a range, highest first.',
    syntax: 'key max min [WITHSCORES] [LIMIT offset count]',
    run: (call, args) => zrange(call, args, { by: 'score', reverse: true }),
  },
  {
    ...reading,
    name: 'zrangebylex',
    since: '2.8.9',
    summary: 'Gives the members in a range of members, when all scores are the same.',
    syntax: 'key min max [LIMIT offset count]',
    run: (call, args) => zrange(call, args, { by: 'member', reverse: false }),
  },
  {
    ...reading,
    name: 'zrevrangebylex',
    since: '2.8.9',
    summary: 'Gives the members in a range of members, last first, when all scores are the same.',
    syntax: 'key max min [LIMIT offset count]',
    run: (call, args) => zrange(call, args, { by: 'member', reverse: true }),
  },
  {
    ...reading,
    name: 'zrevrange',
    since: '1.2.0',
    summary: 'Gives the members in a range of places counted from the highest score.',
    syntax: 'key start stop [WITHSCORES]',
    run: (call, args) => zrange(call, args, { by: 'rank', reverse: true }),
  },
];
