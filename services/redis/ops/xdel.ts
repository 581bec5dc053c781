/** XDEL and XLEN. */
import type { CommandRow } from '../engine/command.ts';
import { oneKey } from '../engine/command.ts';
import { deleteEntry } from '../engine/types/stream-changes.ts';
import { readStream, strictId, writeStream } from './stream-args.ts';

export const xdelCommands: CommandRow[] = [
  {
    name: 'xdel',
    arity: -3,
    flags: ['write', 'fast'],
    categories: ['stream'],
    keys: oneKey('RW', 'delete'),
    group: 'stream',
    since: '5.0.0',
    complexity: 'O(log N) for each entry',
    summary: 'Removes entries and tells how many there were.',
    syntax: 'key id [id ...]',
    run(call, args) {
      const key = args[1]!;
      const stream = writeStream(call.db, key);
      if (stream === undefined) {
        call.reply.integer(0);
        return;
      }
      const ids = args.slice(2).map((text) => strictId(text));
      let removed = 0;
      for (const id of ids) if (deleteEntry({ db: call.db, key, stream }, id)) removed++;
      if (removed > 0) call.db.notify('t', 'xdel', key);
      call.reply.integer(removed);
    },
  },
  {
    name: 'xlen',
    arity: 2,
    flags: ['readonly', 'fast'],
    categories: ['stream'],
    keys: oneKey('RO'),
    group: 'stream',
    since: '5.0.0',
    complexity: 'O(1)',
    summary: 'Tells how many entries a stream has.',
    syntax: 'key',
    run(call, args) {
      call.reply.integer(readStream(call.db, args[1]!)?.size ?? 0);
    },
  },
];
