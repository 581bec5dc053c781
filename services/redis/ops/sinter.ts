/** Sets combined: SINTER, SUNION, SDIFF, each also stored, and SINTERCARD. */
import type { Call } from '../engine/call.ts';
import { type CommandRow, countedKeys, keysAt } from '../engine/command.ts';
import { RedisError, syntaxError } from '../engine/errors.ts';
import { parseSafeInteger } from '../engine/numbers.ts';
import { difference, eachCommon, intersection, type SetInput, union } from '../engine/set-algebra.ts';
import { readSet } from '../engine/types/set-changes.ts';
import { listedMembers } from '../engine/types/set-encoding.ts';
import type { SetValue } from '../engine/types/set-value.ts';

type Combine = (sets: readonly SetInput[]) => SetValue;

/** @throws WRONGTYPE for any of the keys, even if the result is empty without it */
function readSets(call: Call, args: readonly string[], from: number, to = args.length): SetInput[] {
  const sets: SetInput[] = [];
  for (let i = from; i < to; i++) sets.push(readSet(call.db, args[i]!));
  return sets;
}

function answer(call: Call, result: SetValue): void {
  const members = listedMembers(result, call.engine.config);
  call.reply.set(members.length);
  for (const member of members) call.reply.bulk(member);
}

function store(call: Call, key: string, result: SetValue, event: string): void {
  const { db } = call;
  if (result.size > 0) {
    db.restore(key, result, 0);
    db.notify('s', event, key);
  } else if (db.write(key) !== undefined) {
    db.delete(key);
    db.notify('g', 'del', key);
  }
  call.reply.integer(result.size);
}

/** The two rows of one operation. */
function pair(
  name: string,
  combine: Combine,
  since: string,
  what: string,
  targetFlags: string[],
): CommandRow[] {
  return [
    {
      name,
      arity: -2,
      flags: ['readonly'],
      categories: ['set'],
      keys: [keysAt(1, -1, 1, ['RO', 'access'])],
      group: 'set',
      since,
      complexity: 'O(N) for N members in all',
      summary: `Gives the ${what} of sets.`,
      syntax: 'key [key ...]',
      tips: ['nondeterministic_output_order'],
      run: (call, args) => answer(call, combine(readSets(call, args, 1))),
    },
    {
      name: `${name}store`,
      arity: -3,
      flags: ['write', 'denyoom'],
      categories: ['set'],
      keys: [keysAt(1, 0, 1, targetFlags), keysAt(2, -1, 1, ['RO', 'access'])],
      group: 'set',
      since,
      complexity: 'O(N) for N members in all',
      summary: `Stores the ${what} of sets and counts it.`,
      syntax: 'destination key [key ...]',
      run: (call, args) => store(call, args[1]!, combine(readSets(call, args, 2)), `${name}store`),
    },
  ];
}

const badKeyCount = new RedisError('ERR numkeys should be greater than 0');
const tooManyKeys = new RedisError("ERR Number of keys can't be greater than number of args");
const badLimit = new RedisError("ERR LIMIT can't be negative");

/** @returns 0 without a limit. @throws RedisError */
function parseLimit(args: readonly string[], from: number): number {
  let limit = 0;
  for (let i = from; i < args.length; i += 2) {
    if (args[i]!.toUpperCase() !== 'LIMIT' || i + 1 === args.length) throw syntaxError;
    const value = parseSafeInteger(args[i + 1]!);
    if (value === undefined || value < 0) throw badLimit;
    limit = value;
  }
  return limit;
}

const sintercard: CommandRow = {
  name: 'sintercard',
  arity: -3,
  flags: ['readonly', 'movablekeys'],
  categories: ['set'],
  keys: [countedKeys(1, ['RO', 'access'])],
  group: 'set',
  since: '7.0.0',
  complexity: 'O(N*M) for N members of the smallest of M sets',
  summary: 'Counts the intersection of sets, up to a limit.',
  syntax: 'numkeys key [key ...] [LIMIT limit]',
  run(call, args) {
    const keys = parseSafeInteger(args[1]!);
    if (keys === undefined || keys < 1) throw badKeyCount;
    if (keys > args.length - 2) throw tooManyKeys;
    const limit = parseLimit(args, 2 + keys);
    let count = 0;
    eachCommon(readSets(call, args, 2, 2 + keys), () => ++count !== limit);
    call.reply.integer(count);
  },
};

export const sinterCommands: CommandRow[] = [
  ...pair('sinter', intersection, '1.0.0', 'intersection', ['RW', 'update']),
  sintercard,
  ...pair('sunion', union, '1.0.0', 'union', ['OW', 'update']),
  ...pair('sdiff', difference, '1.0.0', 'difference', ['OW', 'update']),
];
