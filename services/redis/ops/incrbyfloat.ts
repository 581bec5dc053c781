/** INCRBYFLOAT: see engine/long-double.ts for its numbers. */
import type { CommandRow } from '../engine/command.ts';
import { oneKey } from '../engine/command.ts';
import { notFloat, RedisError } from '../engine/errors.ts';
import { addLongDoubles, longDoubleText, parseLongDouble } from '../engine/long-double.ts';
import { asString } from '../engine/types/string-changes.ts';

const notFinite = new RedisError('ERR increment would produce NaN or Infinity');

export const incrByFloatCommands: CommandRow[] = [
  {
    name: 'incrbyfloat',
    arity: 3,
    flags: ['write', 'denyoom', 'fast'],
    categories: ['string'],
    keys: oneKey('RW', 'access', 'update'),
    group: 'string',
    since: '2.6.0',
    complexity: 'O(1)',
    summary: 'Adds a float to the number of a key; a missing key counts as 0.',
    syntax: 'key increment',
    run(call, args) {
      const { db } = call;
      const key = args[1]!;
      const value = asString(db.write(key));
      const before = parseLongDouble(value === undefined ? '0' : value.toString());
      const increment = parseLongDouble(args[2]!);
      if (before === undefined || increment === undefined) throw notFloat;
      const sum = addLongDoubles(before, increment);
      if (sum === undefined) throw notFinite;
      const text = longDoubleText(sum);
      db.setString(key, text, value === undefined ? 0 : db.expiresAt(key));
      db.notify('$', 'incrbyfloat', key);
      call.reply.bulk(text);
    },
  },
];
