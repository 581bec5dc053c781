/** Parts of strings: APPEND, SETRANGE, GETRANGE, SUBSTR, STRLEN. */
import type { Call } from '../engine/call.ts';
import type { CommandRow } from '../engine/command.ts';
import { oneKey } from '../engine/command.ts';
import { notInteger, RedisError, tooLong } from '../engine/errors.ts';
import { parseSafeInteger } from '../engine/numbers.ts';
import { asString, writeBytes } from '../engine/types/string-changes.ts';

/** Positions from the end are negative; both ends belong to the range. */
function getRange(call: Call, args: readonly string[]): void {
  const first = parseSafeInteger(args[2]!);
  const last = parseSafeInteger(args[3]!);
  if (first === undefined || last === undefined) throw notInteger;
  const value = asString(call.db.read(args[1]!));
  // Both from the end and crossed: empty, although each of them may be moved to the first byte.
  const crossed = first < 0 && last < 0 && first > last;
  const length = value === undefined || crossed ? 0 : value.length;
  const start = first < 0 ? Math.max(0, first + length) : first;
  const end = last < 0 ? Math.max(0, last + length) : Math.min(last, length - 1);
  call.reply.bulk(length === 0 || start > end ? '' : value!.slice(start, end + 1));
}

const offsetOutOfRange = new RedisError('ERR offset is out of range');

export const appendCommands: CommandRow[] = [
  {
    name: 'append',
    arity: 3,
    flags: ['write', 'denyoom', 'fast'],
    categories: ['string'],
    keys: oneKey('RW', 'insert'),
    group: 'string',
    since: '2.0.0',
    complexity: 'O(1) on average: a string that grows gets room for more',
    summary: 'Puts bytes at the end of a string, or sets it, and gives its length.',
    syntax: 'key value',
    run(call, args) {
      const { db } = call;
      const key = args[1]!;
      const more = args[2]!;
      const value = asString(db.write(key));
      const length = (value?.length ?? 0) + more.length;
      if (value === undefined) db.setString(key, more, 0);
      else {
        if (length > db.engine.bulkBytesMax) throw tooLong;
        writeBytes(db, key, value, value.length, more);
      }
      db.notify('$', 'append', key);
      call.reply.integer(length);
    },
  },
  {
    name: 'setrange',
    arity: 4,
    flags: ['write', 'denyoom'],
    categories: ['string'],
    keys: oneKey('RW', 'update'),
    group: 'string',
    since: '2.2.0',
    complexity: 'O(M) for M bytes',
    summary: 'Overwrites a string from an offset on; a gap is filled with zeros.',
    syntax: 'key offset value',
    run(call, args) {
      const { db } = call;
      const key = args[1]!;
      const offset = parseSafeInteger(args[2]!);
      const bytes = args[3]!;
      if (offset === undefined) throw notInteger;
      if (offset < 0) throw offsetOutOfRange;
      const value = asString(db.write(key));
      if (bytes === '') return call.reply.integer(value?.length ?? 0);
      if (offset + bytes.length > db.engine.bulkBytesMax) throw tooLong;
      const raw = writeBytes(db, key, value, offset, bytes);
      db.notify('$', 'setrange', key);
      call.reply.integer(raw.length);
    },
  },
  {
    name: 'getrange',
    arity: 4,
    flags: ['readonly'],
    categories: ['string'],
    keys: oneKey('RO', 'access'),
    group: 'string',
    since: '2.4.0',
    complexity: 'O(N) for N bytes',
    summary: 'Gives a part of a string.',
    syntax: 'key start end',
    run: getRange,
  },
  {
    name: 'substr',
    arity: 4,
    flags: ['readonly'],
    categories: ['string'],
    keys: oneKey('RO', 'access'),
    group: 'string',
    since: '1.0.0',
    complexity: 'O(N) for N bytes',
    summary: 'Old name of GETRANGE.',
    syntax: 'key start end',
    run: getRange,
  },
  {
    name: 'strlen',
    arity: 2,
    flags: ['readonly', 'fast'],
    categories: ['string'],
    keys: oneKey('RO'),
    group: 'string',
    since: '2.2.0',
    complexity: 'O(1)',
    summary: 'Gives the length of a string.',
    syntax: 'key',
    run(call, args) {
      call.reply.integer(asString(call.db.read(args[1]!))?.length ?? 0);
    },
  },
];
