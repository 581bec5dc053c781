/** LPUSH, RPUSH, LPUSHX, RPUSHX: elements at one end of a list, one after the other. */
import type { Call } from '../engine/call.ts';
import { type CommandRow, oneKey } from '../engine/command.ts';
import { type ListEnd, placeList, pushItems, writeList } from '../engine/types/list-changes.ts';

const shared = {
  flags: ['write', 'denyoom', 'fast'],
  categories: ['list'],
  keys: oneKey('RW', 'insert'),
  group: 'list',
  complexity: 'O(N) for N elements',
  syntax: 'key element [element ...]',
} as const;

export const lpushCommands: CommandRow[] = [
  {
    ...shared,
    name: 'lpush',
    arity: -3,
    since: '1.0.0',
    summary: 'Pushes elements to the left end of a list, which is made if need be.',
    run: (call, args) => push(call, args, 'left', true),
  },
  {
    ...shared,
    name: 'rpush',
    arity: -3,
    since: '1.0.0',
    summary: 'Pushes elements to the right end of a list, which is made if need be.',
    run: (call, args) => push(call, args, 'right', true),
  },
  {
    ...shared,
    name: 'lpushx',
    arity: -3,
    since: '2.2.0',
    summary: 'Pushes elements to the left end of a list that exists.',
    run: (call, args) => push(call, args, 'left', false),
  },
  {
    ...shared,
    name: 'rpushx',
    arity: -3,
    since: '2.2.0',
    summary: 'Pushes elements to the right end of a list that exists.',
    run: (call, args) => push(call, args, 'right', false),
  },
];

function push(call: Call, args: readonly string[], end: ListEnd, mayCreate: boolean): void {
  const { db } = call;
  const key = args[1]!;
  let list = writeList(db, key);
  if (list === undefined) {
    if (!mayCreate) {
      call.reply.integer(0);
      return;
    }
    list = placeList(db, key);
  }
  pushItems(db, key, list, end, args, 2);
  call.reply.integer(list.size);
  db.notify('l', end === 'left' ? 'lpush' : 'rpush', key);
}
