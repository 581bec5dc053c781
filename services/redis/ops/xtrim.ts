/** XTRIM: removes the oldest entries. */
import type { CommandRow } from '../engine/command.ts';
import { oneKey } from '../engine/command.ts';
import { writeStream } from './stream-args.ts';
import { parseTrim, trimStream } from './stream-trim.ts';

export const xtrimCommands: CommandRow[] = [
  {
    name: 'xtrim',
    arity: -4,
    flags: ['write'],
    categories: ['stream'],
    keys: oneKey('RW', 'delete'),
    group: 'stream',
    since: '5.0.0',
    complexity: 'O(N) for N removed entries',
    summary: 'Removes entries from the beginning of a stream.',
    syntax: 'key <MAXLEN | MINID> [= | ~] threshold [LIMIT count]',
    tips: ['nondeterministic_output'],
    run(call, args) {
      const options = parseTrim(call.engine, args);
      const key = args[1]!;
      const stream = writeStream(call.db, key);
      const removed = stream === undefined ? 0 : trimStream({ db: call.db, key, stream }, options);
      if (removed > 0) call.db.notify('t', 'xtrim', key);
      call.reply.integer(removed);
    },
  },
];
