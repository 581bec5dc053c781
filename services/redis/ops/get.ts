/** GET and SET as everyone knows them. */
import type { CommandRow } from '../engine/command.ts';
import { oneKey } from '../engine/command.ts';

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
    name: 'set',
    arity: -3,
    flags: ['write', 'denyoom'],
    categories: ['string'],
    keys: oneKey('RW', 'access', 'update', 'variable_flags'),
    group: 'string',
    since: '1.0.0',
    complexity: 'O(1)',
    summary: 'Sets the string of a key.',
    syntax: 'key value',
    run(call, args) {
      call.db.setString(args[1]!, args[2]!, 0);
      call.db.notify('$', 'set', args[1]!);
      call.reply.simple('OK');
    },
  },
];
