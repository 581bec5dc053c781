/** LRANGE, LTRIM: a part of a list is shown, or kept. */
import { type CommandRow, oneKey } from '../engine/command.ts';
import { dropItems, listLost, readList, writeList } from '../engine/types/list-changes.ts';
import { parseIndex } from './integer-arguments.ts';
import { rangeOf } from './list-arguments.ts';

export const lrangeCommands: CommandRow[] = [
  {
    name: 'lrange',
    arity: 4,
    flags: ['readonly'],
    categories: ['list'],
    keys: oneKey('RO', 'access'),
    group: 'list',
    since: '1.0.0',
    complexity: 'O(log(N)+M) for a list of N elements of which M are asked for',
    summary: 'Gives the elements between two indexes, both included.',
    syntax: 'key start stop',
    run(call, args) {
      const { reply } = call;
      const start = parseIndex(args[2]!);
      const stop = parseIndex(args[3]!);
      const list = readList(call.db, args[1]!);
      if (list === undefined) return reply.array(0);
      const { first, count } = rangeOf(start, stop, list.size);
      reply.array(count);
      list.each(first, count, (item) => reply.bulk(item));
    },
  },
  {
    name: 'ltrim',
    arity: 4,
    flags: ['write'],
    categories: ['list'],
    keys: oneKey('RW', 'delete'),
    group: 'list',
    since: '1.0.0',
    complexity: 'O(N) for N elements removed',
    summary: 'Removes all elements but those between two indexes, both included.',
    syntax: 'key start stop',
    run(call, args) {
      const { db } = call;
      const key = args[1]!;
      const start = parseIndex(args[2]!);
      const stop = parseIndex(args[3]!);
      const list = writeList(db, key);
      call.reply.simple('OK');
      if (list === undefined) return;
      const { first, count } = rangeOf(start, stop, list.size);
      const behind = list.size - first - count;
      dropItems(db, key, list, 'left', count === 0 ? list.size : first);
      if (count > 0) dropItems(db, key, list, 'right', behind);
      listLost(db, key, list, 'ltrim');
    },
  },
];
