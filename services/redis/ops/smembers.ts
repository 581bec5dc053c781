/** Reading sets: SCARD, SISMEMBER, SMISMEMBER, SMEMBERS. */
import { type CommandRow, oneKey } from '../engine/command.ts';
import { readSet } from '../engine/types/set-changes.ts';
import { listedMembers } from '../engine/types/set-encoding.ts';

export const smembersCommands: CommandRow[] = [
  {
    name: 'scard',
    arity: 2,
    flags: ['readonly', 'fast'],
    categories: ['set'],
    keys: oneKey('RO'),
    group: 'set',
    since: '1.0.0',
    complexity: 'O(1)',
    summary: 'Counts the members of a set.',
    syntax: 'key',
    run(call, args) {
      call.reply.integer(readSet(call.db, args[1]!)?.size ?? 0);
    },
  },
  {
    name: 'sismember',
    arity: 3,
    flags: ['readonly', 'fast'],
    categories: ['set'],
    keys: oneKey('RO'),
    group: 'set',
    since: '1.0.0',
    complexity: 'O(1)',
    summary: 'Tells whether a member is in a set.',
    syntax: 'key member',
    run(call, args) {
      call.reply.integer(readSet(call.db, args[1]!)?.has(args[2]!) ? 1 : 0);
    },
  },
  {
    name: 'smismember',
    arity: -3,
    flags: ['readonly', 'fast'],
    categories: ['set'],
    keys: oneKey('RO', 'access'),
    group: 'set',
    since: '6.2.0',
    complexity: 'O(1) for each member',
    summary: 'Tells of several members whether they are in a set.',
    syntax: 'key member [member ...]',
    run(call, args) {
      const set = readSet(call.db, args[1]!);
      call.reply.array(args.length - 2);
      for (let i = 2; i < args.length; i++) call.reply.integer(set?.has(args[i]!) ? 1 : 0);
    },
  },
  {
    name: 'smembers',
    arity: 2,
    flags: ['readonly'],
    categories: ['set'],
    keys: oneKey('RO', 'access'),
    group: 'set',
    since: '1.0.0',
    complexity: 'O(N) for N members',
    summary: 'Lists the members of a set.',
    syntax: 'key',
    tips: ['nondeterministic_output_order'],
    run(call, args) {
      const set = readSet(call.db, args[1]!);
      const members = set === undefined ? [] : listedMembers(set, call.engine.config);
      call.reply.set(members.length);
      for (const member of members) call.reply.bulk(member);
    },
  },
];
