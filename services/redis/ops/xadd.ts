/** XADD: an entry at the end of a stream. */
import type { CommandRow } from '../engine/command.ts';
import { keysAt } from '../engine/command.ts';
import { RedisError, wrongArity } from '../engine/errors.ts';
import { addEntry } from '../engine/types/stream-changes.ts';
import { maxId, maxPart, StreamId, wrappingAdd, zeroId } from '../engine/types/stream-id.ts';
import { packedBytesMax, StreamValue } from '../engine/types/stream-value.ts';
import { writeStream } from './stream-args.ts';
import { type AddOptions, blockLimits, parseAdd, trimStream } from './stream-trim.ts';

const notGreater = new RedisError(
  'ERR The ID specified in XADD is equal or smaller than the target stream top item',
);

export const xaddCommands: CommandRow[] = [
  {
    name: 'xadd',
    arity: -5,
    flags: ['write', 'denyoom', 'fast'],
    categories: ['stream'],
    keys: [
      {
        ...keysAt(1, 0, 1, ['RW', 'update']),
        notes: 'UPDATE instead of INSERT because of the optional trimming feature',
      },
    ],
    group: 'stream',
    since: '5.0.0',
    complexity: 'O(1) to add, O(N) to trim N entries',
    summary: 'Appends an entry to a stream, making the stream if need be, and may trim it.',
    syntax:
      'key [NOMKSTREAM] [<MAXLEN | MINID> [= | ~] threshold [LIMIT count]] <* | id> field value [field value ...]',
    tips: ['nondeterministic_output'],
    run(call, args) {
      const options = parseAdd(call.engine, args);
      const { fieldsAt } = options;
      if (args.length - fieldsAt < 2 || (args.length - fieldsAt) % 2 === 1) throw wrongArity('xadd');
      if (options.id instanceof StreamId && options.id.isZero)
        throw new RedisError('ERR The ID specified in XADD must be greater than 0-0');
      const key = args[1]!;
      const existing = writeStream(call.db, key);
      if (existing === undefined && !options.makeStream) {
        call.reply.null();
        return;
      }
      const stream = existing ?? new StreamValue();
      if (stream.lastId.equals(maxId))
        throw new RedisError('ERR The stream has exhausted the last possible ID, unable to add more items');
      const id = nextId(stream, options, call.now);
      checkSize(args, fieldsAt);
      if (existing === undefined) call.db.place(key, stream);
      const place = { db: call.db, key, stream };
      const newBlock = stream.needsBlock(args, fieldsAt, blockLimits(call.engine));
      addEntry(place, id, args, fieldsAt, newBlock);
      call.db.notify('t', 'xadd', key);
      if (trimStream(place, options) > 0) call.db.notify('t', 'xtrim', key);
      // A new stream is signalled as a new key.
      if (existing !== undefined) call.engine.blocking.signal(call.db, key);
      call.reply.bulk(id.toString());
    },
  },
];

/** @throws RedisError when it is not above the last */
function nextId(stream: StreamValue, options: AddOptions, now: number): StreamId {
  const { lastId } = stream;
  const wanted = options.id;
  if (wanted === undefined) {
    return now > lastId.ms ? new StreamId(now, 0) : lastId.next()!;
  }
  if (wanted instanceof StreamId) {
    if (wanted.compare(lastId) <= 0) throw notGreater;
    return wanted;
  }
  if (wanted === lastId.ms) {
    if (lastId.seq === maxPart) throw notGreater;
    return new StreamId(wanted, wrappingAdd(lastId.seq, 1));
  }
  const id = new StreamId(wanted, zeroId.seq);
  if (id.compare(lastId) <= 0) throw notGreater;
  return id;
}

function checkSize(args: readonly string[], from: number): void {
  let bytes = 0;
  for (let i = from; i < args.length; i++) bytes += args[i]!.length;
  if (bytes > packedBytesMax) throw new RedisError('ERR Elements are too large to be stored');
}
