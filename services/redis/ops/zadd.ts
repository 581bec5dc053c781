/** ZADD and ZINCRBY. */
import type { Call } from '../engine/call.ts';
import { type CommandRow, oneKey } from '../engine/command.ts';
import { RedisError, syntaxError } from '../engine/errors.ts';
import { placeZset, putMember } from '../engine/types/zset-changes.ts';
import { keptScore } from '../engine/types/zset-encoding.ts';
import type { ZsetValue } from '../engine/types/zset-value.ts';
import { readScore } from './zset-arguments.ts';

const nxAndXx = new RedisError('ERR XX and NX options at the same time are not compatible');
const comparisons = new RedisError('ERR GT, LT, and/or NX options at the same time are not compatible');
const onePair = new RedisError('ERR INCR option supports a single increment-element pair');
const notANumber = new RedisError('ERR resulting score is not a number (NaN)');

export interface AddOptions {
  nx: boolean;
  xx: boolean;
  gt: boolean;
  lt: boolean;
  /** Count members whose score changed too. */
  ch: boolean;
  incr: boolean;
}

/**
 * Adds members or changes their scores, and answers.
 * @param scores of the members at `args[first]`, `args[first + step]`...
 * @throws RedisError
 */
export function addMembers(
  call: Call,
  args: readonly string[],
  scores: readonly number[],
  first: number,
  step: number,
  options: AddOptions,
): void {
  const { db, reply } = call;
  const { config } = call.engine;
  const key = args[1]!;
  let zset = db.writeCollection(key, 'zset') as ZsetValue | undefined;
  if (zset === undefined && options.xx) {
    if (options.incr) reply.null();
    else reply.integer(0);
    return;
  }
  let added = 0;
  let updated = 0;
  let result: number | undefined;
  for (let i = 0; i < scores.length; i++) {
    const member = args[first + i * step]!;
    const before = zset?.score(member);
    let score = scores[i]!;
    if (before === undefined) {
      if (options.xx) continue;
      const kept = keptScore(zset, member, score, config);
      zset ??= placeZset(db, key);
      putMember(db, key, zset, member, kept);
      added++;
    } else {
      if (options.nx) continue;
      if (options.incr) {
        score += before;
        if (Number.isNaN(score)) throw notANumber;
      }
      if ((options.gt && score <= before) || (options.lt && score >= before)) continue;
      if (score !== before) {
        putMember(db, key, zset!, member, keptScore(zset, member, score, config));
        updated++;
      }
    }
    result = score;
  }
  if (added + updated > 0) db.notify('z', options.incr ? 'zincr' : 'zadd', key);
  if (!options.incr) reply.integer(options.ch ? added + updated : added);
  else if (result === undefined) reply.null();
  else reply.double(result);
}

const plainIncrement: AddOptions = { nx: false, xx: false, gt: false, lt: false, ch: false, incr: true };

export const zaddCommands: CommandRow[] = [
  {
    name: 'zadd',
    arity: -4,
    flags: ['write', 'denyoom', 'fast'],
    categories: ['sortedset'],
    keys: oneKey('RW', 'update'),
    group: 'sorted-set',
    since: '1.2.0',
    complexity: 'O(log(N)) per member, N being the size of the sorted set',
    summary: 'Adds members with scores to a sorted set, or changes the scores of those it has.',
    syntax: 'key [NX | XX] [GT | LT] [CH] [INCR] score member [score member ...]',
    run(call, args) {
      const options = { nx: false, xx: false, gt: false, lt: false, ch: false, incr: false };
      let first = 2;
      while (first < args.length && readOption(args[first]!, options)) first++;
      const pairs = (args.length - first) / 2;
      if (pairs === 0 || !Number.isInteger(pairs)) throw syntaxError;
      if (options.nx && options.xx) throw nxAndXx;
      if ((options.gt && options.nx) || (options.lt && options.nx) || (options.gt && options.lt))
        throw comparisons;
      if (options.incr && pairs > 1) throw onePair;
      const scores: number[] = [];
      for (let i = first; i < args.length; i += 2) scores.push(readScore(args[i]!));
      addMembers(call, args, scores, first + 1, 2, options);
    },
  },
  {
    name: 'zincrby',
    arity: 4,
    flags: ['write', 'denyoom', 'fast'],
    categories: ['sortedset'],
    keys: oneKey('RW', 'access', 'update'),
    group: 'sorted-set',
    since: '1.2.0',
    complexity: 'O(log(N)), N being the size of the sorted set',
    summary: 'Adds to the score of a member, which begins at 0.',
    syntax: 'key increment member',
    run(call, args) {
      addMembers(call, args, [readScore(args[2]!)], 3, 2, plainIncrement);
    },
  },
];

/** @returns whether the word is an option: the first other one is a score */
function readOption(word: string, options: AddOptions): boolean {
  if (word.length < 2 || word.length > 4 || word.charCodeAt(0) < 65) return false;
  switch (word.toLowerCase()) {
    case 'nx':
      options.nx = true;
      return true;
    case 'xx':
      options.xx = true;
      return true;
    case 'gt':
      options.gt = true;
      return true;
    case 'lt':
      options.lt = true;
      return true;
    case 'ch':
      options.ch = true;
      return true;
    case 'incr':
      options.incr = true;
      return true;
    default:
      return false;
  }
}
