/** HINCRBY, HINCRBYFLOAT: numbers in fields of a hash. A field keeps the time at which it expires. */
import type { Call } from '../engine/call.ts';
import { type CommandRow, oneKey } from '../engine/command.ts';
import { notFloat, notInteger, RedisError } from '../engine/errors.ts';
import { writeHash } from '../engine/field-expiry.ts';
import { addLongDoubles, longDoubleText, parseLongDouble } from '../engine/long-double.ts';
import { parseInteger } from '../engine/numbers.ts';
import { changeField, placeHash } from '../engine/types/hash-changes.ts';
import type { HashValue } from '../engine/types/hash-value.ts';

const fieldNotInteger = new RedisError('ERR hash value is not an integer');
const fieldNotFloat = new RedisError('ERR hash value is not a float');
const overflow = new RedisError('ERR increment or decrement would overflow');
const infiniteIncrement = new RedisError('ERR value is NaN or Infinity');
const infiniteResult = new RedisError('ERR increment would produce NaN or Infinity');

const int64Min = -(2n ** 63n);
const int64Max = 2n ** 63n - 1n;

const shared = {
  arity: 4,
  flags: ['write', 'denyoom', 'fast'],
  categories: ['hash'],
  keys: oneKey('RW', 'access', 'update'),
  group: 'hash',
  complexity: 'O(1)',
  syntax: 'key field increment',
} as const;

export const hincrbyCommands: CommandRow[] = [
  {
    ...shared,
    name: 'hincrby',
    since: '2.0.0',
    summary: 'Adds an integer to the number in a field of a hash, 0 if it is not there.',
    run(call, args) {
      const increment = parseInteger(args[3]!);
      if (increment === undefined) throw notInteger;
      const hash = writeHash(call.db, args[1]!);
      const before = parseInteger(hash?.get(args[2]!) ?? '0');
      if (before === undefined) throw fieldNotInteger;
      const sum = add(before, increment);
      change(call, args, hash, String(sum), 'hincrby');
      call.reply.integer(sum);
    },
  },
  {
    ...shared,
    name: 'hincrbyfloat',
    since: '2.6.0',
    summary: 'Adds a number to the one in a field of a hash, 0 if it is not there.',
    run(call, args) {
      const increment = parseLongDouble(args[3]!);
      if (increment === undefined) throw notFloat;
      if (typeof increment === 'string') throw infiniteIncrement;
      const hash = writeHash(call.db, args[1]!);
      const before = parseLongDouble(hash?.get(args[2]!) ?? '0');
      if (before === undefined) throw fieldNotFloat;
      const sum = addLongDoubles(before, increment);
      if (sum === undefined) throw infiniteResult;
      const text = longDoubleText(sum);
      change(call, args, hash, text, 'hincrbyfloat');
      call.reply.bulk(text);
    },
  },
];

/** @throws RedisError beyond 64 bits */
function add(a: number | bigint, b: number | bigint): number | bigint {
  if (typeof a === 'number' && typeof b === 'number') {
    const sum = a + b;
    if (Number.isSafeInteger(sum)) return sum;
  }
  const sum = BigInt(a) + BigInt(b);
  if (sum < int64Min || sum > int64Max) throw overflow;
  return sum;
}

function change(
  call: Call,
  args: readonly string[],
  hash: HashValue | undefined,
  text: string,
  event: string,
): void {
  const key = args[1]!;
  changeField(call.db, key, hash ?? placeHash(call.db, key), args[2]!, text);
  call.db.notify('h', event, key);
}
