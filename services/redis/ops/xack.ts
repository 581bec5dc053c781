/** XACK: entries are done with. */
import type { CommandRow } from '../engine/command.ts';
import { oneKey } from '../engine/command.ts';
import { acknowledgeEntry } from '../engine/types/stream-changes.ts';
import { strictId, writeStream } from './stream-args.ts';

export const xackCommands: CommandRow[] = [
  {
    name: 'xack',
    arity: -4,
    flags: ['write', 'fast'],
    categories: ['stream'],
    keys: oneKey('RW', 'update'),
    group: 'stream',
    since: '5.0.0',
    complexity: 'O(log N) for each id, of N pending entries',
    summary: 'Ends the waiting of entries for an acknowledgement and tells how many waited.',
    syntax: 'key group id [id ...]',
    run(call, args) {
      const key = args[1]!;
      const stream = writeStream(call.db, key);
      const group = stream?.groups.get(args[2]!);
      if (stream === undefined || group === undefined) {
        call.reply.integer(0);
        return;
      }
      const ids = args.slice(3).map((text) => strictId(text));
      let acknowledged = 0;
      for (const id of ids) if (acknowledgeEntry({ db: call.db, key, stream }, group, id)) acknowledged++;
      call.reply.integer(acknowledged);
    },
  },
];
