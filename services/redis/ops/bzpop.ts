/** BZPOPMIN, BZPOPMAX and BZMPOP: as ZPOPMIN and such, but they wait while no key is there. */
import type { Call } from '../engine/call.ts';
import { type CommandRow, countedKeys, keysAt } from '../engine/command.ts';
import { RedisError } from '../engine/errors.ts';
import { parseFloatStrict } from '../engine/numbers.ts';
import type { ReplySink } from '../model/reply.ts';
import { answerMultiPop, firstZset, popEntries, readMultiPop } from './zpop.ts';

const badTimeout = new RedisError('ERR timeout is not a float or out of range');
const longTimeout = new RedisError('ERR timeout is out of range');
const negativeTimeout = new RedisError('ERR timeout is negative');
/** Milliseconds that still make a time when added to the clock, as Redis counts in 64 bits. */
const timeoutMsMax = 2 ** 63;

const timedOut = (reply: ReplySink): void => reply.nullArray();

/** @returns milliseconds since 1970, 0 to wait for ever @throws RedisError */
function readTimeout(call: Call, text: string): number {
  const seconds = parseFloatStrict(text);
  if (seconds === undefined) throw badTimeout;
  const ms = Math.ceil(seconds * 1000);
  if (ms >= timeoutMsMax) throw longTimeout;
  if (ms < 0) throw negativeTimeout;
  return ms === 0 ? 0 : call.now + ms;
}

/** Nothing was found: waits if this call may. */
function wait(call: Call, keys: readonly string[], until: number): void {
  if (call.mayBlock) call.block({ keys, until, timedOut });
  else call.reply.nullArray();
}

function bzpop(call: Call, args: readonly string[], max: boolean): void {
  const { reply } = call;
  const until = readTimeout(call, args.at(-1)!);
  const keys = args.slice(1, -1);
  const found = firstZset(call, keys);
  if (found === undefined) {
    wait(call, keys, until);
    return;
  }
  const { members, scores } = popEntries(call, found.key, found.zset, max, 1);
  reply.array(3);
  reply.bulk(found.key);
  reply.bulk(members[0]!);
  reply.double(scores[0]!);
}

const popping = {
  arity: -3,
  flags: ['write', 'blocking', 'fast'],
  categories: ['sortedset'],
  keys: [keysAt(1, -2, 1, ['RW', 'access', 'delete'])],
  group: 'sorted-set',
  since: '5.0.0',
  complexity: 'O(log(N)), N being the size of the sorted set',
  syntax: 'key [key ...] timeout',
} as const;

export const bzpopCommands: CommandRow[] = [
  {
    ...popping,
    name: 'bzpopmin',
    summary: 'Removes the member with the lowest score, and waits while there is none.',
    run: (call, args) => bzpop(call, args, false),
  },
  {
    ...popping,
    name: 'bzpopmax',
    summary: 'Removes the member with the highest score, and waits while there is none.',
    run: (call, args) => bzpop(call, args, true),
  },
  {
    name: 'bzmpop',
    arity: -5,
    flags: ['write', 'blocking', 'movablekeys'],
    categories: ['sortedset'],
    keys: [countedKeys(2, ['RW', 'access', 'delete'])],
    group: 'sorted-set',
    since: '7.0.0',
    complexity: 'O(K) + O(M*log(N)) for K keys and M removed members of a sorted set of N',
    summary: 'Removes members from the first sorted set that is there, and waits while there is none.',
    syntax: 'timeout numkeys key [key ...] <MIN | MAX> [COUNT count]',
    run(call, args) {
      const request = readMultiPop(args, 2);
      const until = readTimeout(call, args[1]!);
      const found = firstZset(call, request.keys);
      if (found === undefined) wait(call, request.keys, until);
      else answerMultiPop(call, found, request);
    },
  },
];
