/** ZPOPMIN, ZPOPMAX, ZMPOP, and what their blocking forms share with them. */
import type { Call } from '../engine/call.ts';
import { type CommandRow, countedKeys, oneKey } from '../engine/command.ts';
import { RedisError, syntaxError, wrongType } from '../engine/errors.ts';
import { parseSafeInteger } from '../engine/numbers.ts';
import { removeMember } from '../engine/types/zset-changes.ts';
import { ZsetValue } from '../engine/types/zset-value.ts';
import { readInteger } from './zset-arguments.ts';

const negativeCount = new RedisError('ERR value is out of range, must be positive');
const badKeyCount = new RedisError('ERR numkeys should be greater than 0');
const badCount = new RedisError('ERR count should be greater than 0');

export interface Popped {
  readonly members: readonly string[];
  readonly scores: readonly number[];
}

/** Removes up to `count` entries, from the end with the lowest or the highest score on. */
export function popEntries(call: Call, key: string, zset: ZsetValue, max: boolean, count: number): Popped {
  const { db } = call;
  const members: string[] = [];
  const scores: number[] = [];
  const cursor = zset.at(max ? zset.size - 1 : 0);
  for (let left = Math.min(count, zset.size); left > 0; left--) {
    members.push(cursor.member);
    scores.push(cursor.score);
    if (max) cursor.backward();
    else cursor.forward();
  }
  for (const member of members) removeMember(db, key, zset, member);
  db.notify('z', max ? 'zpopmax' : 'zpopmin', key);
  if (db.deleteIfEmpty(key, zset)) db.notify('g', 'del', key);
  return { members, scores };
}

export interface FoundZset {
  readonly key: string;
  readonly zset: ZsetValue;
}

/**
 * The first of the keys that holds a sorted set. A client that waited passes over what other types came to be there.
 * @throws WRONGTYPE when another type comes first
 */
export function firstZset(call: Call, keys: readonly string[]): FoundZset | undefined {
  for (const key of keys) {
    const value = call.db.write(key);
    if (value instanceof ZsetValue) return { key, zset: value };
    if (value !== undefined && !call.resumed) throw wrongType;
  }
  return undefined;
}

export interface MultiPop {
  readonly keys: readonly string[];
  readonly max: boolean;
  readonly count: number;
}

/** `numkeys key [key ...] MIN | MAX [COUNT count]` from the word at `at` on. @throws RedisError */
export function readMultiPop(args: readonly string[], at: number): MultiPop {
  const keyCount = readInteger(args[at]!, badKeyCount);
  if (keyCount < 1) throw badKeyCount;
  const endAt = at + keyCount + 1;
  if (endAt >= args.length) throw syntaxError;
  const end = args[endAt]!.toLowerCase();
  if (end !== 'min' && end !== 'max') throw syntaxError;
  let count = -1;
  for (let i = endAt + 1; i < args.length; i += 2) {
    if (count !== -1 || args[i]!.toLowerCase() !== 'count' || i + 1 >= args.length) throw syntaxError;
    count = readInteger(args[i + 1]!, badCount);
    if (count < 1) throw badCount;
  }
  return { keys: args.slice(at + 1, endAt), max: end === 'max', count: Math.max(count, 1) };
}

/** The answer of ZMPOP: the key and pairs, in both protocols. */
export function answerMultiPop(call: Call, { key, zset }: FoundZset, request: MultiPop): void {
  const { reply } = call;
  const { members, scores } = popEntries(call, key, zset, request.max, request.count);
  reply.array(2);
  reply.bulk(key);
  reply.array(members.length);
  for (let i = 0; i < members.length; i++) {
    reply.array(2);
    reply.bulk(members[i]!);
    reply.double(scores[i]!);
  }
}

function zpop(call: Call, args: readonly string[], max: boolean): void {
  const { db, reply } = call;
  if (args.length > 3) throw syntaxError;
  const counted = args.length === 3;
  const count = counted ? readPositive(args[2]!) : 1;
  const key = args[1]!;
  const zset = db.writeCollection(key, 'zset') as ZsetValue | undefined;
  if (zset === undefined || count === 0) {
    reply.array(0);
    return;
  }
  const { members, scores } = popEntries(call, key, zset, max, count);
  // RESP3 answers a count with pairs; without one, and in RESP2, all stands side by side.
  const pairs = counted && reply.resp === 3;
  reply.array(pairs ? members.length : members.length * 2);
  for (let i = 0; i < members.length; i++) {
    if (pairs) reply.array(2);
    reply.bulk(members[i]!);
    reply.double(scores[i]!);
  }
}

function readPositive(text: string): number {
  const count = parseSafeInteger(text);
  if (count === undefined || count < 0) throw negativeCount;
  return count;
}

const popping = {
  arity: -2,
  flags: ['write', 'fast'],
  categories: ['sortedset'],
  keys: oneKey('RW', 'access', 'delete'),
  group: 'sorted-set',
  since: '5.0.0',
  complexity: 'O(M*log(N)) for M removed members of a sorted set of N',
  syntax: 'key [count]',
} as const;

export const zpopCommands: CommandRow[] = [
  {
    ...popping,
    name: 'zpopmin',
    summary: 'Removes the members with the lowest scores and gives them.',
    run: (call, args) => zpop(call, args, false),
  },
  {
    ...popping,
    name: 'zpopmax',
    summary: 'Removes the members with the highest scores and gives them.',
    run: (call, args) => zpop(call, args, true),
  },
  {
    name: 'zmpop',
    arity: -4,
    flags: ['write', 'movablekeys'],
    categories: ['sortedset'],
    keys: [countedKeys(1, ['RW', 'access', 'delete'])],
    group: 'sorted-set',
    since: '7.0.0',
    complexity: 'O(K) + O(M*log(N)) for K keys and M removed members of a sorted set of N',
    summary: 'Removes members with the lowest or highest scores from the first sorted set that is there.',
    syntax: 'numkeys key [key ...] <MIN | MAX> [COUNT count]',
    run(call, args) {
      const request = readMultiPop(args, 1);
      const found = firstZset(call, request.keys);
      if (found === undefined) call.reply.nullArray();
      else answerMultiPop(call, found, request);
    },
  },
];
