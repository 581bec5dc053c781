/** Members picked at random: SPOP takes them away, SRANDMEMBER does not. */
import type { Call } from '../engine/call.ts';
import { type CommandRow, oneKey } from '../engine/command.ts';
import { notInteger, RedisError, syntaxError } from '../engine/errors.ts';
import { engineLimits } from '../engine/limits.ts';
import { parseInteger } from '../engine/numbers.ts';
import { readSet, removeMemberAt, writeSet } from '../engine/types/set-changes.ts';
import type { SetValue } from '../engine/types/set-value.ts';

const notPositive = new RedisError('ERR value is out of range, must be positive');
const outOfLimits = new RedisError(
  'ERR value is out of range, value must between -9223372036854775807 and 9223372036854775807',
);
const tooMany = new RedisError('ERR value is out of range');
const integerMin = -(2n ** 63n);
/** When more than one in this many is asked for, a list is shuffled instead of drawing again what was drawn. */
const drawnShare = 3;

function position(call: Call, size: number): number {
  return Math.floor(call.engine.modules.random() * size);
}

function popMany(call: Call, key: string, text: string): void {
  const { db, reply } = call;
  const count = parseInteger(text);
  if (count === undefined || count < 0) throw notPositive;
  const set = writeSet(db, key);
  const popped = set === undefined ? 0 : Math.min(Number(count), set.size);
  reply.set(popped);
  if (set === undefined || popped === 0) return;
  db.notify('s', 'spop', key);
  if (popped === set.size) {
    for (const member of set.keys) reply.bulk(member);
    db.delete(key);
    db.notify('g', 'del', key);
    return;
  }
  for (let i = 0; i < popped; i++) reply.bulk(removeMemberAt(db, key, set, position(call, set.size)));
}

/** Each member at most once. */
function pickDistinct(call: Call, set: SetValue, count: number): void {
  const { keys, size } = set;
  call.reply.array(count);
  if (count * drawnShare < size) {
    const drawn = new Set<number>();
    while (drawn.size < count) drawn.add(position(call, size));
    for (const at of drawn) call.reply.bulk(keys[at]!);
    return;
  }
  const shuffled = keys.slice();
  // Fisher and Yates, as far as members are wanted (Knuth, TAOCP vol. 2, 3.4.2, algorithm P). All of them need no shuffling.
  for (let i = 0; i < count; i++) {
    if (count < size) {
      const at = i + position(call, size - i);
      [shuffled[i], shuffled[at]] = [shuffled[at]!, shuffled[i]!];
    }
    call.reply.bulk(shuffled[i]!);
  }
}

function pickMany(call: Call, key: string, text: string): void {
  const { reply } = call;
  const count = parseInteger(text);
  if (count === undefined) throw notInteger;
  if (count === integerMin) throw outOfLimits;
  const set = readSet(call.db, key);
  if (set === undefined || count === 0) reply.array(0);
  else if (count > 0) pickDistinct(call, set, Math.min(Number(count), set.size));
  else {
    const repeats = -Number(count);
    if (repeats * (set.bytes / set.size) > engineLimits.randomReplyBytesMax) throw tooMany;
    reply.array(repeats);
    for (let i = 0; i < repeats; i++) reply.bulk(set.keys[position(call, set.size)]!);
  }
}

export const spopCommands: CommandRow[] = [
  {
    name: 'spop',
    arity: -2,
    flags: ['write', 'fast'],
    categories: ['set'],
    keys: oneKey('RW', 'access', 'delete'),
    group: 'set',
    since: '1.0.0',
    complexity: 'O(N) for N members picked',
    summary: 'Removes members picked at random from a set and gives them.',
    syntax: 'key [count]',
    tips: ['nondeterministic_output'],
    run(call, args) {
      if (args.length > 3) throw syntaxError;
      const { db } = call;
      const key = args[1]!;
      if (args.length === 3) return popMany(call, key, args[2]!);
      const set = writeSet(db, key);
      if (set === undefined) return call.reply.null();
      const member = removeMemberAt(db, key, set, position(call, set.size));
      db.notify('s', 'spop', key);
      if (db.deleteIfEmpty(key, set)) db.notify('g', 'del', key);
      call.reply.bulk(member);
    },
  },
  {
    name: 'srandmember',
    arity: -2,
    flags: ['readonly'],
    categories: ['set'],
    keys: oneKey('RO', 'access'),
    group: 'set',
    since: '1.0.0',
    complexity: 'O(N) for N members picked',
    summary:
      'Picks members of a set at random; each at most once, or any number of times when the count is negative.',
    syntax: 'key [count]',
    tips: ['nondeterministic_output'],
    run(call, args) {
      if (args.length > 3) throw syntaxError;
      if (args.length === 3) return pickMany(call, args[1]!, args[2]!);
      const set = readSet(call.db, args[1]!);
      if (set === undefined) call.reply.null();
      else call.reply.bulk(set.keys[position(call, set.size)]!);
    },
  },
];
