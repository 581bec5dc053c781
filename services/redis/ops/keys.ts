/** Commands on keys of any type. */
import type { CommandRow } from '../engine/command.ts';
import { keysAt } from '../engine/command.ts';

export const keyCommands: CommandRow[] = [
  {
    name: 'del',
    arity: -2,
    flags: ['write'],
    categories: ['keyspace'],
    keys: [keysAt(1, -1, 1, ['RM', 'delete'])],
    group: 'generic',
    since: '1.0.0',
    complexity: 'O(N) for N keys',
    summary: 'Removes keys and tells how many there were.',
    syntax: 'key [key ...]',
    run(call, args) {
      let removed = 0;
      for (let i = 1; i < args.length; i++) {
        if (call.db.write(args[i]!) === undefined) continue;
        call.db.delete(args[i]!);
        call.db.notify('g', 'del', args[i]!);
        removed++;
      }
      call.reply.integer(removed);
    },
  },
];
