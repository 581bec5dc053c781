/** Whole databases: DBSIZE, FLUSHALL, FLUSHDB, SWAPDB. */
import type { Call } from '../engine/call.ts';
import type { CommandRow } from '../engine/command.ts';
import type { Database } from '../engine/database.ts';
import { databaseAt, parseIndex } from '../engine/database-index.ts';
import { RedisError, syntaxError } from '../engine/errors.ts';

const invalidFirst = new RedisError('ERR invalid first DB index');
const invalidSecond = new RedisError('ERR invalid second DB index');
const everyShard = ['request_policy:all_shards', 'response_policy:all_succeeded'];

export const flushCommands: CommandRow[] = [
  {
    name: 'dbsize',
    arity: 1,
    flags: ['readonly', 'fast'],
    categories: ['keyspace'],
    group: 'server',
    since: '1.0.0',
    complexity: 'O(1)',
    summary: 'Counts the keys of the database.',
    syntax: '',
    tips: ['request_policy:all_shards', 'response_policy:agg_sum'],
    run(call) {
      call.db.exposeKeys();
      call.reply.integer(call.db.size);
    },
  },
  {
    name: 'flushall',
    arity: -1,
    flags: ['write'],
    categories: ['keyspace', 'dangerous'],
    group: 'server',
    since: '1.0.0',
    complexity: 'O(1); memory is given back later',
    summary: 'Removes all keys of all databases.',
    syntax: '[ASYNC | SYNC]',
    tips: everyShard,
    run: (call, args) => flush(call, args, call.engine.databases),
  },
  {
    name: 'flushdb',
    arity: -1,
    flags: ['write'],
    categories: ['keyspace', 'dangerous'],
    group: 'server',
    since: '1.0.0',
    complexity: 'O(1); memory is given back later',
    summary: 'Removes all keys of the database.',
    syntax: '[ASYNC | SYNC]',
    tips: everyShard,
    run: (call, args) => flush(call, args, [call.db]),
  },
  {
    name: 'swapdb',
    arity: 3,
    flags: ['write', 'fast'],
    categories: ['keyspace', 'dangerous'],
    group: 'server',
    since: '4.0.0',
    complexity: 'O(N) for N clients that watch keys of the two or wait for them',
    summary: 'Exchanges the keys of two databases.',
    syntax: 'index1 index2',
    run(call, args) {
      const { engine } = call;
      const indexes = [parseIndex(args[1]!, invalidFirst), parseIndex(args[2]!, invalidSecond)] as const;
      const [first, second] = [databaseAt(engine, indexes[0]), databaseAt(engine, indexes[1])];
      if (first !== second) first.swap(second);
      call.reply.simple('OK');
    },
  },
];

/** ASYNC and SYNC are the same here: memory is the garbage collector's. */
function flush(call: Call, args: readonly string[], databases: readonly Database[]): void {
  const mode = args[1]?.toLowerCase();
  if (args.length > 2 || (mode !== undefined && mode !== 'async' && mode !== 'sync')) throw syntaxError;
  for (const db of databases) {
    if (mode === 'async') call.engine.stats.lazyFreedObjects += db.size;
    db.flush();
  }
  call.engine.tracking.flushed();
  call.reply.simple('OK');
}
