/** LPOP, RPOP, LMPOP and, waiting, BLPOP, BRPOP, BLMPOP: elements taken from one end of a list. */
import type { Call } from '../engine/call.ts';
import { type CommandRow, countedKeys, keysAt, oneKey } from '../engine/command.ts';
import { syntaxError, wrongArity } from '../engine/errors.ts';
import { parseTimeout } from '../engine/timeouts.ts';
import { dropItems, type ListEnd, listLost, popItem, writeList } from '../engine/types/list-changes.ts';
import type { ListValue } from '../engine/types/list-value.ts';
import type { ReplySink } from '../model/reply.ts';
import { parseAtLeast } from './integer-arguments.ts';
import { parseEnd } from './list-arguments.ts';

const taken = ['RW', 'access', 'delete'];
const answerNothing = (reply: ReplySink): void => reply.nullArray();

export const lpopCommands: CommandRow[] = [
  {
    name: 'lpop',
    arity: -2,
    flags: ['write', 'fast'],
    categories: ['list'],
    keys: oneKey(...taken),
    group: 'list',
    since: '1.0.0',
    complexity: 'O(N) for N elements taken',
    summary: 'Takes one element, or up to a number of them, from the left end of a list.',
    syntax: 'key [count]',
    run: (call, args) => pop(call, args, 'left'),
  },
  {
    name: 'rpop',
    arity: -2,
    flags: ['write', 'fast'],
    categories: ['list'],
    keys: oneKey(...taken),
    group: 'list',
    since: '1.0.0',
    complexity: 'O(N) for N elements taken',
    summary: 'Takes one element, or up to a number of them, from the right end of a list.',
    syntax: 'key [count]',
    run: (call, args) => pop(call, args, 'right'),
  },
  {
    name: 'lmpop',
    arity: -4,
    flags: ['write', 'movablekeys'],
    categories: ['list'],
    keys: [countedKeys(1, taken)],
    group: 'list',
    since: '7.0.0',
    complexity: 'O(N+M) for N keys and M elements taken',
    summary: 'Takes elements from one end of the first of several lists that is there.',
    syntax: 'numkeys key [key ...] <LEFT | RIGHT> [COUNT count]',
    run(call, args) {
      const { keys, end, count } = parseMultiple(args, 1);
      if (!popFirst(call, keys, end, count)) call.reply.nullArray();
    },
  },
  {
    name: 'blpop',
    arity: -3,
    flags: ['write', 'blocking'],
    categories: ['list'],
    keys: [keysAt(1, -2, 1, taken)],
    group: 'list',
    since: '2.0.0',
    complexity: 'O(N) for N keys',
    summary: 'Takes an element from the left end of the first of several lists, waiting until there is one.',
    syntax: 'key [key ...] timeout',
    run: (call, args) => blockingPop(call, args, 'left'),
  },
  {
    name: 'brpop',
    arity: -3,
    flags: ['write', 'blocking'],
    categories: ['list'],
    keys: [keysAt(1, -2, 1, taken)],
    group: 'list',
    since: '2.0.0',
    complexity: 'O(N) for N keys',
    summary: 'Takes an element from the right end of the first of several lists, waiting until there is one.',
    syntax: 'key [key ...] timeout',
    run: (call, args) => blockingPop(call, args, 'right'),
  },
  {
    name: 'blmpop',
    arity: -5,
    flags: ['write', 'blocking', 'movablekeys'],
    categories: ['list'],
    keys: [countedKeys(2, taken)],
    group: 'list',
    since: '7.0.0',
    complexity: 'O(N+M) for N keys and M elements taken',
    summary: 'Takes elements from one end of the first of several lists, waiting until there is one.',
    syntax: 'timeout numkeys key [key ...] <LEFT | RIGHT> [COUNT count]',
    run(call, args) {
      const { keys, end, count } = parseMultiple(args, 2);
      const until = parseTimeout(args[1]!, call.now);
      if (popFirst(call, keys, end, count)) return;
      if (call.mayBlock) call.block({ keys, until, timedOut: answerNothing });
      else call.reply.nullArray();
    },
  },
];

function pop(call: Call, args: readonly string[], end: ListEnd): void {
  if (args.length > 3) throw wrongArity(call.row.name);
  const { db, reply } = call;
  const key = args[1]!;
  const counted = args.length === 3;
  const count = counted ? parseAtLeast(args[2]!, 0, 'ERR value is out of range, must be positive') : 1;
  const list = writeList(db, key);
  if (list === undefined) {
    if (counted) reply.nullArray();
    else reply.null();
  } else if (counted) popMany(call, key, list, end, count);
  else {
    reply.bulk(popItem(db, key, list, end));
    listLost(db, key, list, eventOf(end));
  }
}

/** Answers with an array, empty when the count is 0. */
function popMany(call: Call, key: string, list: ListValue, end: ListEnd, most: number): void {
  const { reply, db } = call;
  const count = Math.min(most, list.size);
  reply.array(count);
  if (count === 0) return;
  if (end === 'left') list.each(0, count, (item) => reply.bulk(item));
  else for (let i = 1; i <= count; i++) reply.bulk(list.get(list.size - i));
  dropItems(db, key, list, end, count);
  listLost(db, key, list, eventOf(end));
}

/** Of the first key with a list answers the key and its elements. @returns false, having answered nothing, when there is none */
function popFirst(call: Call, keys: readonly string[], end: ListEnd, count: number): boolean {
  for (const key of keys) {
    const list = writeList(call.db, key);
    if (list === undefined) continue;
    call.reply.array(2);
    call.reply.bulk(key);
    popMany(call, key, list, end, count);
    return true;
  }
  return false;
}

function blockingPop(call: Call, args: readonly string[], end: ListEnd): void {
  const { db, reply } = call;
  const timeoutAt = args.length - 1;
  const until = parseTimeout(args[timeoutAt]!, call.now);
  for (let i = 1; i < timeoutAt; i++) {
    const key = args[i]!;
    const list = writeList(db, key);
    if (list === undefined) continue;
    reply.array(2);
    reply.bulk(key);
    reply.bulk(popItem(db, key, list, end));
    listLost(db, key, list, eventOf(end));
    return;
  }
  if (call.mayBlock) call.block({ keys: args.slice(1, timeoutAt), until, timedOut: answerNothing });
  else reply.nullArray();
}

/** `numkeys key… LEFT|RIGHT [COUNT count]` from the word `at` on. @throws RedisError */
function parseMultiple(args: readonly string[], at: number): { keys: string[]; end: ListEnd; count: number } {
  const keyCount = parseAtLeast(args[at]!, 1, 'ERR numkeys should be greater than 0');
  const endAt = at + 1 + keyCount;
  if (endAt >= args.length) throw syntaxError;
  const end = parseEnd(args[endAt]!);
  let count = 0;
  for (let i = endAt + 1; i < args.length; i += 2) {
    if (count > 0 || args[i]!.toLowerCase() !== 'count' || i + 1 >= args.length) throw syntaxError;
    count = parseAtLeast(args[i + 1]!, 1, 'ERR count should be greater than 0');
  }
  return { keys: args.slice(at + 1, endAt), end, count: Math.max(count, 1) };
}

function eventOf(end: ListEnd): string {
  return end === 'left' ? 'lpop' : 'rpop';
}
