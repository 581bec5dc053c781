/** LLEN, LINDEX, LSET, LINSERT: single elements of a list. */
import { type CommandRow, oneKey } from '../engine/command.ts';
import { noSuchKey, outOfRange, syntaxError } from '../engine/errors.ts';
import { insertItem, readList, setItem, writeList } from '../engine/types/list-changes.ts';
import type { ListValue } from '../engine/types/list-value.ts';
import { parseIndex } from './integer-arguments.ts';

export const lindexCommands: CommandRow[] = [
  {
    name: 'llen',
    arity: 2,
    flags: ['readonly', 'fast'],
    categories: ['list'],
    keys: oneKey('RO'),
    group: 'list',
    since: '1.0.0',
    complexity: 'O(1)',
    summary: 'Gives the number of elements of a list.',
    syntax: 'key',
    run: (call, args) => call.reply.integer(readList(call.db, args[1]!)?.size ?? 0),
  },
  {
    name: 'lindex',
    arity: 3,
    flags: ['readonly'],
    categories: ['list'],
    keys: oneKey('RO', 'access'),
    group: 'list',
    since: '1.0.0',
    complexity: 'O(log(N))',
    summary: 'Gives the element at an index, counted from the right end when it is negative.',
    syntax: 'key index',
    run(call, args) {
      const list = readList(call.db, args[1]!);
      if (list === undefined) return call.reply.null();
      const index = positionOf(list, parseIndex(args[2]!));
      if (index < 0) call.reply.null();
      else call.reply.bulk(list.get(index));
    },
  },
  {
    name: 'lset',
    arity: 4,
    flags: ['write', 'denyoom'],
    categories: ['list'],
    keys: oneKey('RW', 'update'),
    group: 'list',
    since: '1.0.0',
    complexity: 'O(log(N))',
    summary: 'Replaces the element at an index.',
    syntax: 'key index element',
    run(call, args) {
      const { db } = call;
      const key = args[1]!;
      const list = writeList(db, key);
      if (list === undefined) throw noSuchKey;
      const index = positionOf(list, parseIndex(args[2]!));
      if (index < 0) throw outOfRange;
      setItem(db, key, list, index, args[3]!);
      call.reply.simple('OK');
      db.notify('l', 'lset', key);
    },
  },
  {
    name: 'linsert',
    arity: 5,
    flags: ['write', 'denyoom'],
    categories: ['list'],
    keys: oneKey('RW', 'insert'),
    group: 'list',
    since: '2.2.0',
    complexity: 'O(N) for N elements before the pivot',
    summary: 'Puts an element before or behind the first one that equals the pivot.',
    syntax: 'key <BEFORE | AFTER> pivot element',
    run(call, args) {
      const { db } = call;
      const key = args[1]!;
      const where = args[2]!.toLowerCase();
      if (where !== 'before' && where !== 'after') throw syntaxError;
      const list = writeList(db, key);
      if (list === undefined) return call.reply.integer(0);
      const pivot = firstIndex(list, args[3]!);
      if (pivot < 0) return call.reply.integer(-1);
      insertItem(db, key, list, where === 'after' ? pivot + 1 : pivot, args[4]!);
      call.reply.integer(list.size);
      db.notify('l', 'linsert', key);
    },
  },
];

/** From the left, or -1 when there is no such element. */
function positionOf(list: ListValue, index: number): number {
  const position = index < 0 ? index + list.size : index;
  return position < list.size ? Math.max(position, -1) : -1;
}

function firstIndex(list: ListValue, element: string): number {
  let found = -1;
  list.scan(false, (item, index) => {
    if (item !== element) return undefined;
    found = index;
    return 'stop';
  });
  return found;
}
