/** Keys under another name, or in another database: RENAME, RENAMENX, MOVE. */
import type { Call } from '../engine/call.ts';
import type { CommandRow } from '../engine/command.ts';
import { keysAt, oneKey } from '../engine/command.ts';
import { parseDatabase } from '../engine/database-index.ts';
import { noSuchKey, RedisError } from '../engine/errors.ts';

export const sameObject = new RedisError('ERR source and destination objects are the same');

export const renameCommands: CommandRow[] = [
  {
    name: 'rename',
    arity: 3,
    flags: ['write'],
    categories: ['keyspace'],
    keys: [keysAt(1, 0, 1, ['RW', 'access', 'delete']), keysAt(2, 0, 1, ['OW', 'update'])],
    group: 'generic',
    since: '1.0.0',
    complexity: 'O(1)',
    summary: 'Gives a key another name, in place of a key that had it.',
    syntax: 'key newkey',
    run(call, args) {
      rename(call, args[1]!, args[2]!, false);
      call.reply.simple('OK');
    },
  },
  {
    name: 'renamenx',
    arity: 3,
    flags: ['write', 'fast'],
    categories: ['keyspace'],
    keys: [keysAt(1, 0, 1, ['RW', 'access', 'delete']), keysAt(2, 0, 1, ['OW', 'insert'])],
    group: 'generic',
    since: '1.0.0',
    complexity: 'O(1)',
    summary: 'Gives a key another name if no key has it.',
    syntax: 'key newkey',
    run: (call, args) => call.reply.integer(rename(call, args[1]!, args[2]!, true) ? 1 : 0),
  },
  {
    name: 'move',
    arity: 3,
    flags: ['write', 'fast'],
    categories: ['keyspace'],
    keys: oneKey('RW', 'access', 'update'),
    group: 'generic',
    since: '1.0.0',
    complexity: 'O(1)',
    summary: 'Moves a key to another database if it is not there.',
    syntax: 'key db',
    run: (call, args) => call.reply.integer(move(call, args[1]!, args[2]!) ? 1 : 0),
  },
];

/** @returns whether it was done */
function move(call: Call, key: string, index: string): boolean {
  const { db } = call;
  const to = parseDatabase(call.engine, index);
  if (to === db) throw sameObject;
  if (db.write(key) === undefined || to.peek(key) !== undefined) return false;
  db.move(key, to, key);
  db.notify('g', 'move_from', key);
  to.notify('g', 'move_to', key);
  return true;
}

/** @returns whether it was done. @throws RedisError no such key */
function rename(call: Call, key: string, newKey: string, onlyIfFree: boolean): boolean {
  const { db } = call;
  if (db.write(key) === undefined) throw noSuchKey;
  if (key === newKey) return false;
  if (onlyIfFree && db.peek(newKey) !== undefined) return false;
  db.move(key, db, newKey);
  db.notify('g', 'rename_from', key);
  db.notify('g', 'rename_to', newKey);
  return true;
}
