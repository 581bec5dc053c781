/** Setting whole strings: SET, SETEX, PSETEX, SETNX. */
import type { Call } from '../engine/call.ts';
import type { CommandRow } from '../engine/command.ts';
import { oneKey } from '../engine/command.ts';
import { asString } from '../engine/types/string-changes.ts';
import { expiryOf, expiryTime, parseSetOptions } from './set-options.ts';
import { replyString } from './string-reply.ts';

/** SET with options. */
function setWithOptions(call: Call, args: readonly string[]): void {
  const { db, reply } = call;
  const key = args[1]!;
  const options = parseSetOptions(args, 3, false);
  const expiry = expiryOf(options, call.now, 'set');
  const before = options.get ? asString(db.read(key)) : undefined;
  const exists = options.get ? before !== undefined : db.write(key) !== undefined;
  const refused = options.nx ? exists : options.xx && !exists;
  if (!refused) {
    const expiresAt = options.keepTtl ? db.expiresAt(key) : expiry;
    db.setString(key, args[2]!, expiresAt);
    db.notify('$', 'set', key);
    if (options.unit !== '') db.notify('g', 'expire', key);
  }
  if (options.get) replyString(reply, before);
  else if (refused) reply.null();
  else reply.simple('OK');
}

function setExpiring(call: Call, key: string, value: string, expiresAt: number): void {
  // A key whose time has come is told as expired before it is set anew.
  if (call.engine.notifies) call.db.write(key);
  call.db.setString(key, value, expiresAt);
  call.db.notify('$', 'set', key);
  if (expiresAt > 0) call.db.notify('g', 'expire', key);
  call.reply.simple('OK');
}

export const setCommands: CommandRow[] = [
  {
    name: 'set',
    arity: -3,
    flags: ['write', 'denyoom'],
    categories: ['string'],
    keys: [
      {
        ...oneKey('RW', 'access', 'update', 'variable_flags')[0]!,
        notes: 'Read as well where GET is given.',
      },
    ],
    group: 'string',
    since: '1.0.0',
    complexity: 'O(1)',
    summary:
      'Sets the string of a key, whatever the key held, on conditions and with an expiry if asked for.',
    syntax:
      'key value [NX | XX] [GET] [EX seconds | PX milliseconds | EXAT unix-time-seconds | PXAT unix-time-milliseconds | KEEPTTL]',
    run(call, args) {
      if (args.length > 3) setWithOptions(call, args);
      else setExpiring(call, args[1]!, args[2]!, 0);
    },
  },
  {
    name: 'setex',
    arity: 4,
    flags: ['write', 'denyoom'],
    categories: ['string'],
    keys: oneKey('OW', 'update'),
    group: 'string',
    since: '2.0.0',
    complexity: 'O(1)',
    summary: 'Sets the string of a key for a number of seconds.',
    syntax: 'key seconds value',
    run(call, args) {
      setExpiring(call, args[1]!, args[3]!, expiryTime(args[2]!, 1000, call.now, 'setex'));
    },
  },
  {
    name: 'psetex',
    arity: 4,
    flags: ['write', 'denyoom'],
    categories: ['string'],
    keys: oneKey('OW', 'update'),
    group: 'string',
    since: '2.6.0',
    complexity: 'O(1)',
    summary: 'Sets the string of a key for a number of milliseconds.',
    syntax: 'key milliseconds value',
    run(call, args) {
      setExpiring(call, args[1]!, args[3]!, expiryTime(args[2]!, 1, call.now, 'psetex'));
    },
  },
  {
    name: 'setnx',
    arity: 3,
    flags: ['write', 'denyoom', 'fast'],
    categories: ['string'],
    keys: oneKey('OW', 'insert'),
    group: 'string',
    since: '1.0.0',
    complexity: 'O(1)',
    summary: 'Sets the string of a key that is missing.',
    syntax: 'key value',
    run(call, args) {
      const key = args[1]!;
      if (call.db.write(key) !== undefined) return call.reply.integer(0);
      call.db.setString(key, args[2]!, 0);
      call.db.notify('$', 'set', key);
      call.reply.integer(1);
    },
  },
];
