/** Reading whole strings, and what is done on the way: GET, GETDEL, GETEX, GETSET. */
import type { Call } from '../engine/call.ts';
import type { CommandRow } from '../engine/command.ts';
import { oneKey } from '../engine/command.ts';
import { asString } from '../engine/types/string-changes.ts';
import { expiryOf, parseSetOptions } from './set-options.ts';
import { replyString } from './string-reply.ts';

/** GETEX on a key that is there. */
function changeExpiry(call: Call, args: readonly string[]): void {
  const { db } = call;
  const key = args[1]!;
  const options = parseSetOptions(args, 2, true);
  const { persist, unit } = options;
  const value = db.readString(key);
  if (value === undefined) {
    call.reply.null();
    return;
  }
  // As redis-server: a time that is none is an error only where there is a string.
  const expiresAt = expiryOf(options, call.now, 'getex');
  if (persist) {
    if (db.expiresAt(key) > 0) {
      db.setExpiry(key, 0);
      db.notify('g', 'persist', key);
    }
  } else if ((unit === 'EXAT' || unit === 'PXAT') && expiresAt <= call.now) {
    db.delete(key);
    db.notify('g', 'del', key);
  } else {
    db.setExpiry(key, expiresAt);
    db.notify('g', 'expire', key);
  }
  call.reply.bulk(value);
}

export const getCommands: CommandRow[] = [
  {
    name: 'get',
    arity: 2,
    flags: ['readonly', 'fast'],
    categories: ['string'],
    keys: oneKey('RO', 'access'),
    group: 'string',
    since: '1.0.0',
    complexity: 'O(1)',
    summary: 'Gives the string of a key.',
    syntax: 'key',
    run(call, args) {
      const value = call.db.readString(args[1]!);
      if (value === undefined) call.reply.null();
      else call.reply.bulk(value);
    },
  },
  {
    name: 'getdel',
    arity: 2,
    flags: ['write', 'fast'],
    categories: ['string'],
    keys: oneKey('RW', 'access', 'delete'),
    group: 'string',
    since: '6.2.0',
    complexity: 'O(1)',
    summary: 'Gives the string of a key and removes the key.',
    syntax: 'key',
    run(call, args) {
      const key = args[1]!;
      const value = call.db.readString(key);
      if (value === undefined) return call.reply.null();
      call.db.delete(key);
      call.db.notify('g', 'del', key);
      call.reply.bulk(value);
    },
  },
  {
    name: 'getex',
    arity: -2,
    flags: ['write', 'fast'],
    categories: ['string'],
    keys: [{ ...oneKey('RW', 'access', 'update')[0]!, notes: 'The expiry is what it changes.' }],
    group: 'string',
    since: '6.2.0',
    complexity: 'O(1)',
    summary: 'Gives the string of a key and changes when it expires.',
    syntax:
      'key [EX seconds | PX milliseconds | EXAT unix-time-seconds | PXAT unix-time-milliseconds | PERSIST]',
    run(call, args) {
      if (args.length > 2) return changeExpiry(call, args);
      replyString(call.reply, asString(call.db.read(args[1]!)));
    },
  },
  {
    name: 'getset',
    arity: 3,
    flags: ['write', 'denyoom', 'fast'],
    categories: ['string'],
    keys: oneKey('RW', 'access', 'update'),
    group: 'string',
    since: '1.0.0',
    complexity: 'O(1)',
    summary: 'Sets the string of a key and gives the one that was there.',
    syntax: 'key value',
    run(call, args) {
      const key = args[1]!;
      const before = asString(call.db.read(key));
      call.db.setString(key, args[2]!, 0);
      call.db.notify('$', 'set', key);
      replyString(call.reply, before);
    },
  },
];
