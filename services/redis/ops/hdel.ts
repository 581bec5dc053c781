/** HDEL: fields of a hash are removed, and the key with the last of them. */
import { type CommandRow, oneKey } from '../engine/command.ts';
import { writeHash } from '../engine/field-expiry.ts';
import { removeField } from '../engine/types/hash-changes.ts';

export const hdelCommands: CommandRow[] = [
  {
    name: 'hdel',
    arity: -3,
    flags: ['write', 'fast'],
    categories: ['hash'],
    keys: oneKey('RW', 'delete'),
    group: 'hash',
    since: '2.0.0',
    complexity: 'O(N) for N fields',
    summary: 'Removes fields of a hash and tells how many there were.',
    syntax: 'key field [field ...]',
    run(call, args) {
      const { db } = call;
      const key = args[1]!;
      const hash = writeHash(db, key);
      if (hash === undefined) return call.reply.integer(0);
      let removed = 0;
      for (let i = 2; i < args.length; i++) if (removeField(db, key, hash, args[i]!)) removed++;
      call.reply.integer(removed);
      if (removed === 0) return;
      db.notify('h', 'hdel', key);
      if (db.deleteIfEmpty(key, hash)) db.notify('g', 'del', key);
    },
  },
];
