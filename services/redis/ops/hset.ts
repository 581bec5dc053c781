/** HSET, HMSET, HSETNX: fields of a hash get values, for ever. */
import type { Call } from '../engine/call.ts';
import { type CommandRow, oneKey } from '../engine/command.ts';
import { wrongArity } from '../engine/errors.ts';
import { writeHash } from '../engine/field-expiry.ts';
import { placeHash, putField } from '../engine/types/hash-changes.ts';

export const hsetCommands: CommandRow[] = [
  {
    name: 'hset',
    arity: -4,
    flags: ['write', 'denyoom', 'fast'],
    categories: ['hash'],
    keys: oneKey('RW', 'update'),
    group: 'hash',
    since: '2.0.0',
    complexity: 'O(N) for N fields',
    summary: 'Sets fields of a hash and tells how many of them are new.',
    syntax: 'key field value [field value ...]',
    run: (call, args) => call.reply.integer(setFields(call, args)),
  },
  {
    name: 'hmset',
    arity: -4,
    flags: ['write', 'denyoom', 'fast'],
    categories: ['hash'],
    keys: oneKey('RW', 'update'),
    group: 'hash',
    since: '2.0.0',
    complexity: 'O(N) for N fields',
    summary: 'Sets fields of a hash.',
    syntax: 'key field value [field value ...]',
    run(call, args) {
      setFields(call, args);
      call.reply.simple('OK');
    },
  },
  {
    name: 'hsetnx',
    arity: 4,
    flags: ['write', 'denyoom', 'fast'],
    categories: ['hash'],
    keys: oneKey('RW', 'insert'),
    group: 'hash',
    since: '2.0.0',
    complexity: 'O(1)',
    summary: 'Sets a field of a hash unless it is there.',
    syntax: 'key field value',
    run(call, args) {
      const { db } = call;
      const key = args[1]!;
      const hash = writeHash(db, key);
      if (hash?.has(args[2]!)) return call.reply.integer(0);
      putField(db, key, hash ?? placeHash(db, key), args[2]!, args[3]!);
      call.reply.integer(1);
      db.notify('h', 'hset', key);
    },
  },
];

/** @returns how many fields are new */
function setFields(call: Call, args: readonly string[]): number {
  if (args.length % 2 === 1) throw wrongArity(call.row.name);
  const { db } = call;
  const key = args[1]!;
  const hash = writeHash(db, key) ?? placeHash(db, key);
  let added = 0;
  for (let i = 2; i < args.length; i += 2) if (putField(db, key, hash, args[i]!, args[i + 1]!)) added++;
  db.notify('h', 'hset', key);
  return added;
}
