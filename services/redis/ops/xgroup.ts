/** XGROUP: consumer groups of a stream and their consumers. */
import type { Call } from '../engine/call.ts';
import type { CommandFlag, CommandRow } from '../engine/command.ts';
import { keysAt } from '../engine/command.ts';
import { RedisError } from '../engine/errors.ts';
import {
  createConsumer,
  createGroup,
  deleteConsumer,
  destroyGroup,
  type StreamPlace,
  setGroup,
} from '../engine/types/stream-changes.ts';
import { unknownEntriesRead } from '../engine/types/stream-group.ts';
import { type StreamId, zeroId } from '../engine/types/stream-id.ts';
import { StreamValue } from '../engine/types/stream-value.ts';
import { helpRow } from './help.ts';
import { anyId, integerArg, ownGroup, strictId, writeStream } from './stream-args.ts';

const noStream = new RedisError(
  'ERR The XGROUP subcommand requires the key to exist. Note that for CREATE you may want to use the MKSTREAM option to create an empty stream automatically.',
);

export const xgroupCommands: CommandRow[] = [
  {
    name: 'xgroup',
    arity: -2,
    flags: [],
    categories: [],
    group: 'stream',
    since: '5.0.0',
    complexity: 'Depends on the subcommand.',
    summary: 'Commands on the groups of a stream.',
    syntax: '',
    subcommands: [
      {
        ...row('create', -5, '5.0.0', 'O(1)', 'insert', ['denyoom']),
        summary: 'Makes a consumer group.',
        syntax: 'key group <id | $> [MKSTREAM] [ENTRIESREAD entries-read]',
        run: create,
      },
      {
        ...row('createconsumer', 5, '6.2.0', 'O(1)', 'insert', ['denyoom']),
        summary: 'Adds a consumer to a group.',
        syntax: 'key group consumer',
        run(call, args) {
          const place = placeOf(call, args);
          const group = ownGroup(place.stream, place.key, args[3]!);
          const isNew = !group.consumers.has(args[4]!);
          if (isNew) {
            createConsumer(place, group, args[4]!, call.now);
            call.db.notify('t', 'xgroup-createconsumer', place.key);
          }
          call.reply.integer(isNew ? 1 : 0);
        },
      },
      {
        ...row('delconsumer', 5, '5.0.0', 'O(N) for N pending entries', 'delete'),
        summary: 'Removes a consumer and tells how many entries were pending for it.',
        syntax: 'key group consumer',
        run(call, args) {
          const place = placeOf(call, args);
          const group = ownGroup(place.stream, place.key, args[3]!);
          const consumer = group.consumers.get(args[4]!);
          const pending = consumer?.pending.size ?? 0;
          if (consumer !== undefined) {
            deleteConsumer(place, group, consumer);
            call.db.notify('t', 'xgroup-delconsumer', place.key);
          }
          call.reply.integer(pending);
        },
      },
      {
        ...row('destroy', 4, '5.0.0', 'O(N) for N pending entries', 'delete'),
        summary: 'Removes a consumer group.',
        syntax: 'key group',
        run(call, args) {
          const place = placeOf(call, args);
          const group = place.stream.groups.get(args[3]!);
          if (group !== undefined) {
            destroyGroup(place, group);
            call.db.notify('t', 'xgroup-destroy', place.key);
            // Who waits for the group learns that it is gone.
            call.engine.blocking.signal(call.db, place.key);
          }
          call.reply.integer(group === undefined ? 0 : 1);
        },
      },
      {
        ...row('setid', -5, '5.0.0', 'O(1)', 'update'),
        summary: 'Sets the id after which a group goes on reading.',
        syntax: 'key group <id | $> [ENTRIESREAD entries-read]',
        run(call, args) {
          const { entriesRead } = parseOptions(args, false);
          const place = placeOf(call, args);
          const group = ownGroup(place.stream, place.key, args[3]!);
          const id = args[4] === '$' ? place.stream.lastId : anyId(args[4]!);
          setGroup(place, group, id, entriesRead);
          call.db.notify('t', 'xgroup-setid', place.key);
          call.reply.simple('OK');
        },
      },
      helpRow(
        'xgroup',
        '5.0.0',
        'stream',
        [
          'CREATE <key> <groupname> <id|$> [MKSTREAM] [ENTRIESREAD <n>]',
          '    Makes a group that reads what comes after an id; MKSTREAM makes the stream too.',
          'CREATECONSUMER <key> <groupname> <consumer>',
          '    Adds a consumer to a group.',
          'DELCONSUMER <key> <groupname> <consumer>',
          '    Removes a consumer and forgets what is pending for it.',
          'DESTROY <key> <groupname>',
          '    Removes a group.',
          'SETID <key> <groupname> <id|$> [ENTRIESREAD <n>]',
          '    Moves a group to an id.',
        ],
        ['stream'],
      ),
    ],
  },
];

function row(
  name: string,
  arity: number,
  since: string,
  complexity: string,
  keyFlag: string,
  flags: readonly CommandFlag[] = [],
): Omit<CommandRow, 'summary' | 'syntax' | 'run'> {
  return {
    name,
    arity,
    flags: ['write', ...flags],
    categories: ['stream'],
    keys: [keysAt(2, 0, 1, ['RW', keyFlag])],
    group: 'stream',
    since,
    complexity,
  };
}

/** @throws RedisError when there is no stream */
function placeOf(call: Call, args: readonly string[]): StreamPlace {
  const key = args[2]!;
  const stream = writeStream(call.db, key);
  if (stream === undefined) throw noStream;
  return { db: call.db, key, stream };
}

function parseOptions(
  args: readonly string[],
  mayMake: boolean,
): { readonly makeStream: boolean; readonly entriesRead: number } {
  let makeStream = false;
  let entriesRead = unknownEntriesRead;
  for (let i = 5; i < args.length; i++) {
    const option = args[i]!.toLowerCase();
    if (mayMake && option === 'mkstream') makeStream = true;
    else if (option === 'entriesread' && i + 1 < args.length) {
      entriesRead = integerArg(args[++i]!);
      if (entriesRead < 0 && entriesRead !== unknownEntriesRead)
        throw new RedisError('ERR value for ENTRIESREAD must be positive or -1');
    } else
      throw new RedisError(
        `ERR unknown subcommand or wrong number of arguments for '${args[1]!.slice(0, 128)}'. Try XGROUP HELP.`,
      );
  }
  return { makeStream, entriesRead };
}

function create(call: Call, args: readonly string[]): void {
  const { makeStream, entriesRead } = parseOptions(args, true);
  const key = args[2]!;
  const existing = writeStream(call.db, key);
  if (existing === undefined && !makeStream) throw noStream;
  const stream = existing ?? new StreamValue();
  const id: StreamId = args[4] === '$' ? (existing?.lastId ?? zeroId) : strictId(args[4]!);
  if (stream.groups.has(args[3]!)) throw new RedisError('BUSYGROUP Consumer Group name already exists');
  if (existing === undefined) call.db.place(key, stream);
  createGroup({ db: call.db, key, stream }, args[3]!, id, entriesRead);
  call.db.notify('t', 'xgroup-create', key);
  call.reply.simple('OK');
}
