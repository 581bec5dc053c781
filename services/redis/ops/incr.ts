/** Counting in strings: INCR, DECR, INCRBY, DECRBY. 64-bit integers, as decimals. */
import type { Call } from '../engine/call.ts';
import type { CommandRow } from '../engine/command.ts';
import { oneKey } from '../engine/command.ts';
import { notInteger, RedisError } from '../engine/errors.ts';
import { parseInteger } from '../engine/numbers.ts';
import { asString, type StringValue } from '../engine/types/string-changes.ts';

const integerCharsMax = 20;
const integerMin = -(2n ** 63n);
const integerMax = 2n ** 63n - 1n;
const overflow = new RedisError('ERR increment or decrement would overflow');
const decrementOverflow = new RedisError('ERR decrement would overflow');

/** @throws RedisError when the sum is beyond 64 bits */
export function addIntegers(a: number | bigint, b: number | bigint): number | bigint {
  if (typeof a === 'number' && typeof b === 'number') {
    const sum = a + b;
    if (Number.isSafeInteger(sum)) return sum;
  }
  const sum = BigInt(a) + BigInt(b);
  if (sum < integerMin || sum > integerMax) throw overflow;
  return sum;
}

/** @returns undefined when it is none */
function integerOf(value: StringValue): number | bigint | undefined {
  if (typeof value === 'string') return parseInteger(value);
  return value.length > integerCharsMax ? undefined : parseInteger(value.toString());
}

function add(call: Call, key: string, increment: number | bigint): void {
  const { db } = call;
  const value = asString(db.write(key));
  const before = value === undefined ? 0 : integerOf(value);
  if (before === undefined) throw notInteger;
  const sum = addIntegers(before, increment);
  db.setString(key, String(sum), value === undefined ? 0 : db.expiresAt(key));
  db.notify('$', 'incrby', key);
  call.reply.integer(sum);
}

/** @throws RedisError */
function increment(text: string): number | bigint {
  const value = parseInteger(text);
  if (value === undefined) throw notInteger;
  return value;
}

export const incrCommands: CommandRow[] = [
  {
    name: 'incr',
    arity: 2,
    flags: ['write', 'denyoom', 'fast'],
    categories: ['string'],
    keys: oneKey('RW', 'access', 'update'),
    group: 'string',
    since: '1.0.0',
    complexity: 'O(1)',
    summary: 'Adds one to the integer of a key; a missing key counts as 0.',
    syntax: 'key',
    run: (call, args) => add(call, args[1]!, 1),
  },
  {
    name: 'decr',
    arity: 2,
    flags: ['write', 'denyoom', 'fast'],
    categories: ['string'],
    keys: oneKey('RW', 'access', 'update'),
    group: 'string',
    since: '1.0.0',
    complexity: 'O(1)',
    summary: 'Subtracts one from the integer of a key; a missing key counts as 0.',
    syntax: 'key',
    run: (call, args) => add(call, args[1]!, -1),
  },
  {
    name: 'incrby',
    arity: 3,
    flags: ['write', 'denyoom', 'fast'],
    categories: ['string'],
    keys: oneKey('RW', 'access', 'update'),
    group: 'string',
    since: '1.0.0',
    complexity: 'O(1)',
    summary: 'Adds to the integer of a key; a missing key counts as 0.',
    syntax: 'key increment',
    run: (call, args) => add(call, args[1]!, increment(args[2]!)),
  },
  {
    name: 'decrby',
    arity: 3,
    flags: ['write', 'denyoom', 'fast'],
    categories: ['string'],
    keys: oneKey('RW', 'access', 'update'),
    group: 'string',
    since: '1.0.0',
    complexity: 'O(1)',
    summary: 'Subtracts from the integer of a key; a missing key counts as 0.',
    syntax: 'key decrement',
    run(call, args) {
      const value = increment(args[2]!);
      if (value === integerMin) throw decrementOverflow;
      // Not `-0`: that would be shown.
      add(call, args[1]!, typeof value === 'bigint' ? -value : 0 - value);
    },
  },
];
