/** XSETID: what a stream remembers of entries that were. */
import type { CommandRow } from '../engine/command.ts';
import { oneKey } from '../engine/command.ts';
import { noSuchKey, RedisError, syntaxError } from '../engine/errors.ts';
import { setStreamId } from '../engine/types/stream-changes.ts';
import { zeroId } from '../engine/types/stream-id.ts';
import { integerArg, strictId, writeStream } from './stream-args.ts';

export const xsetidCommands: CommandRow[] = [
  {
    name: 'xsetid',
    arity: -3,
    flags: ['write', 'denyoom', 'fast'],
    categories: ['stream'],
    keys: oneKey('RW', 'update'),
    group: 'stream',
    since: '5.0.0',
    complexity: 'O(1)',
    summary: 'Sets the last id of a stream, and what it counts of removed entries.',
    syntax: 'key last-id [ENTRIESADDED entries-added] [MAXDELETEDID max-deleted-id]',
    run(call, args) {
      const lastId = strictId(args[2]!);
      let entriesAdded = -1;
      let maxDeletedId = zeroId;
      for (let i = 3; i < args.length; i += 2) {
        const option = args[i]!.toLowerCase();
        if (i + 1 >= args.length) throw syntaxError;
        if (option === 'entriesadded') {
          entriesAdded = integerArg(args[i + 1]!);
          if (entriesAdded < 0) throw new RedisError('ERR entries_added must be positive');
        } else if (option === 'maxdeletedid') {
          maxDeletedId = strictId(args[i + 1]!);
          if (lastId.compare(maxDeletedId) < 0)
            throw new RedisError(
              'ERR The ID specified in XSETID is smaller than the provided max_deleted_entry_id',
            );
        } else throw syntaxError;
      }
      const key = args[1]!;
      const stream = writeStream(call.db, key);
      if (stream === undefined) throw noSuchKey;
      const top = stream.lastEntryId;
      if (top !== undefined && lastId.compare(top) < 0)
        throw new RedisError('ERR The ID specified in XSETID is smaller than the target stream top item');
      if (entriesAdded !== -1 && stream.size > entriesAdded)
        throw new RedisError(
          'ERR The entries_added specified in XSETID is smaller than the target stream length',
        );
      setStreamId(
        { db: call.db, key, stream },
        lastId,
        maxDeletedId.isZero ? stream.maxDeletedId : maxDeletedId,
        entriesAdded === -1 ? stream.entriesAdded : entriesAdded,
      );
      call.db.notify('t', 'xsetid', key);
      call.reply.simple('OK');
    },
  },
];
