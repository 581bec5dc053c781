/** Changing members of sets: SADD, SREM, SMOVE. */
import type { Call } from '../engine/call.ts';
import { type CommandRow, keysAt, oneKey } from '../engine/command.ts';
import { addMember, placeSet, removeMember, writeSet } from '../engine/types/set-changes.ts';

/** @returns 1 when the member moved */
function move(call: Call, from: string, to: string, member: string): 0 | 1 {
  const { db } = call;
  const source = writeSet(db, from);
  if (source === undefined) return 0;
  const target = writeSet(db, to);
  if (source === target) return source.has(member) ? 1 : 0;
  if (!removeMember(db, from, source, member)) return 0;
  db.notify('s', 'srem', from);
  if (db.deleteIfEmpty(from, source)) db.notify('g', 'del', from);
  if (addMember(db, to, target ?? placeSet(db, to), member)) db.notify('s', 'sadd', to);
  return 1;
}

export const saddCommands: CommandRow[] = [
  {
    name: 'sadd',
    arity: -3,
    flags: ['write', 'denyoom', 'fast'],
    categories: ['set'],
    keys: oneKey('RW', 'insert'),
    group: 'set',
    since: '1.0.0',
    complexity: 'O(1) for each member',
    summary: 'Adds members to a set and tells how many are new.',
    syntax: 'key member [member ...]',
    run(call, args) {
      const { db } = call;
      const key = args[1]!;
      const set = writeSet(db, key) ?? placeSet(db, key);
      let added = 0;
      for (let i = 2; i < args.length; i++) if (addMember(db, key, set, args[i]!)) added++;
      if (added > 0) db.notify('s', 'sadd', key);
      call.reply.integer(added);
    },
  },
  {
    name: 'srem',
    arity: -3,
    flags: ['write', 'fast'],
    categories: ['set'],
    keys: oneKey('RW', 'delete'),
    group: 'set',
    since: '1.0.0',
    complexity: 'O(1) for each member',
    summary: 'Removes members from a set and tells how many there were.',
    syntax: 'key member [member ...]',
    run(call, args) {
      const { db } = call;
      const key = args[1]!;
      const set = writeSet(db, key);
      let removed = 0;
      if (set !== undefined) {
        for (let i = 2; i < args.length; i++) if (removeMember(db, key, set, args[i]!)) removed++;
        if (removed > 0) db.notify('s', 'srem', key);
        if (db.deleteIfEmpty(key, set)) db.notify('g', 'del', key);
      }
      call.reply.integer(removed);
    },
  },
  {
    name: 'smove',
    arity: 4,
    flags: ['write', 'fast'],
    categories: ['set'],
    keys: [keysAt(1, 0, 1, ['RW', 'access', 'delete']), keysAt(2, 0, 1, ['RW', 'insert'])],
    group: 'set',
    since: '1.0.0',
    complexity: 'O(1)',
    summary: 'Moves a member from one set to another.',
    syntax: 'source destination member',
    run(call, args) {
      call.reply.integer(move(call, args[1]!, args[2]!, args[3]!));
    },
  },
];
