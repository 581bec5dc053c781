/** LMOVE, RPOPLPUSH and, waiting, BLMOVE, BRPOPLPUSH: an element goes from one end of a list to one end of another. */
import type { Call } from '../engine/call.ts';
import { type CommandRow, keysAt } from '../engine/command.ts';
import { parseTimeout } from '../engine/timeouts.ts';
import {
  type ListEnd,
  listLost,
  placeList,
  popItem,
  pushItem,
  writeList,
} from '../engine/types/list-changes.ts';
import type { ListValue } from '../engine/types/list-value.ts';
import type { ReplySink } from '../model/reply.ts';
import { parseEnd } from './list-arguments.ts';

const keys = [keysAt(1, 0, 1, ['RW', 'access', 'delete']), keysAt(2, 0, 1, ['RW', 'insert'])];
const answerNothing = (reply: ReplySink): void => reply.nullArray();

export const lmoveCommands: CommandRow[] = [
  {
    name: 'lmove',
    arity: 5,
    flags: ['write', 'denyoom'],
    categories: ['list'],
    keys,
    group: 'list',
    since: '6.2.0',
    complexity: 'O(1)',
    summary: 'Moves an element from one end of a list to one end of another, or of the same.',
    syntax: 'source destination <LEFT | RIGHT> <LEFT | RIGHT>',
    run: (call, args) => move(call, args[1]!, args[2]!, parseEnd(args[3]!), parseEnd(args[4]!)),
  },
  {
    name: 'rpoplpush',
    arity: 3,
    flags: ['write', 'denyoom'],
    categories: ['list'],
    keys,
    group: 'list',
    since: '1.2.0',
    complexity: 'O(1)',
    summary: 'Moves an element from the right end of a list to the left end of another, or of the same.',
    syntax: 'source destination',
    run: (call, args) => move(call, args[1]!, args[2]!, 'right', 'left'),
  },
  {
    name: 'blmove',
    arity: 6,
    flags: ['write', 'denyoom', 'blocking'],
    categories: ['list'],
    keys,
    group: 'list',
    since: '6.2.0',
    complexity: 'O(1)',
    summary: 'Moves an element from one end of a list to one end of another, waiting until there is one.',
    syntax: 'source destination <LEFT | RIGHT> <LEFT | RIGHT> timeout',
    run: (call, args) =>
      blockingMove(call, args[1]!, args[2]!, parseEnd(args[3]!), parseEnd(args[4]!), args[5]!),
  },
  {
    name: 'brpoplpush',
    arity: 4,
    flags: ['write', 'denyoom', 'blocking'],
    categories: ['list'],
    keys,
    group: 'list',
    since: '2.2.0',
    complexity: 'O(1)',
    summary:
      'Moves an element from the right end of a list to the left end of another, waiting until there is one.',
    syntax: 'source destination timeout',
    run: (call, args) => blockingMove(call, args[1]!, args[2]!, 'right', 'left', args[3]!),
  },
];

function move(call: Call, source: string, destination: string, from: ListEnd, to: ListEnd): void {
  const list = writeList(call.db, source);
  if (list === undefined) call.reply.null();
  else moveItem(call, source, list, destination, from, to);
}

function blockingMove(
  call: Call,
  source: string,
  destination: string,
  from: ListEnd,
  to: ListEnd,
  timeout: string,
): void {
  const until = parseTimeout(timeout, call.now);
  const list = writeList(call.db, source);
  if (list !== undefined) moveItem(call, source, list, destination, from, to);
  else if (call.mayBlock) call.block({ keys: [source], until, timedOut: answerNothing });
  else call.reply.null();
}

/** Pushes before it pops: so a list of one element that is moved onto itself keeps its key and expiry. */
function moveItem(
  call: Call,
  source: string,
  list: ListValue,
  destination: string,
  from: ListEnd,
  to: ListEnd,
): void {
  const { db } = call;
  const target = writeList(db, destination) ?? placeList(db, destination);
  const item = list.get(from === 'left' ? 0 : list.size - 1);
  pushItem(db, destination, target, to, item);
  db.notify('l', to === 'left' ? 'lpush' : 'rpush', destination);
  popItem(db, source, list, from);
  call.reply.bulk(item);
  listLost(db, source, list, from === 'left' ? 'lpop' : 'rpop');
}
