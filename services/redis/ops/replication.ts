/**
 * Commands of Redis' replication. This server has no replicas of that kind: nodes of the network hold the data, and which
 * of them serves a database is decided by leases. What asks about it is answered as by a primary without replicas.
 */
import type { CommandFlag, CommandRow } from '../engine/command.ts';
import { notInteger, RedisError, syntaxError } from '../engine/errors.ts';
import { parseInteger } from '../engine/numbers.ts';

const shared = { categories: [], group: 'server', complexity: 'O(1)' } as const;

const unsupported = new RedisError(
  'ERR Replication of Redis is not supported: the nodes of the network hold copies of the data by themselves',
);

function replicaOf(name: string, since: string, summary: string): CommandRow {
  return {
    ...shared,
    name,
    arity: 3,
    flags: ['admin', 'noscript', 'stale', 'no_async_loading'],
    since,
    summary,
    syntax: '<host port | NO ONE>',
    run(call, args) {
      if (args[1]!.toLowerCase() === 'no' && args[2]!.toLowerCase() === 'one') {
        return call.reply.simple('OK');
      }
      const port = parseInteger(args[2]!);
      if (port === undefined || port < 0 || port > 65_535) throw new RedisError('ERR Invalid master port');
      throw unsupported;
    },
  };
}

function refused(
  name: string,
  arity: number,
  flags: CommandFlag[],
  since: string,
  syntax: string,
): CommandRow {
  return {
    ...shared,
    name,
    arity,
    flags,
    since,
    summary: 'Refused: part of the protocol between Redis servers.',
    syntax,
    run() {
      throw unsupported;
    },
  };
}

export const replicationCommands: CommandRow[] = [
  {
    ...shared,
    name: 'failover',
    arity: -1,
    flags: ['admin', 'noscript', 'stale'],
    since: '6.2.0',
    summary: 'Refused: there are no replicas of this kind.',
    syntax: '[TO host port [FORCE]] [ABORT] [TIMEOUT milliseconds]',
    run: (_call, args) => failover(args),
  },
  refused(
    'psync',
    -3,
    ['admin', 'noscript', 'no_async_loading', 'no_multi'],
    '2.8.0',
    'replicationid offset',
  ),
  refused('replconf', -1, ['admin', 'noscript', 'loading', 'stale', 'allow_busy'], '3.0.0', ''),
  replicaOf('replicaof', '5.0.0', 'NO ONE is taken: it is a primary. Anything else is refused.'),
  {
    ...shared,
    name: 'role',
    arity: 1,
    flags: ['noscript', 'loading', 'stale', 'fast'],
    categories: ['admin', 'dangerous'],
    since: '2.8.12',
    summary: 'Tells that this is a primary without replicas.',
    syntax: '',
    run(call) {
      call.reply.array(3);
      call.reply.bulk('master');
      call.reply.integer(call.engine.effects.batch - 1);
      call.reply.array(0);
    },
  },
  replicaOf('slaveof', '1.0.0', 'The old name of REPLICAOF.'),
  refused('sync', 1, ['admin', 'noscript', 'no_async_loading', 'no_multi'], '1.0.0', ''),
];

/** @throws RedisError always: there is nothing to fail over to */
function failover(args: readonly string[]): never {
  let abort = false;
  for (let i = 1; i < args.length; i++) {
    const word = args[i]!.toLowerCase();
    if (word === 'to' && i + 2 < args.length) {
      const port = parseInteger(args[i + 2]!);
      if (port === undefined) throw notInteger;
      i += 2;
    } else if (word === 'timeout' && i + 1 < args.length) {
      const timeout = parseInteger(args[++i]!);
      if (timeout === undefined) throw notInteger;
      if (timeout <= 0) throw new RedisError('ERR FAILOVER timeout must be greater than 0');
    } else if (word === 'abort' && args.length === 2) abort = true;
    else if (word !== 'force') throw syntaxError;
  }
  throw new RedisError(abort ? 'ERR No failover in progress.' : 'ERR FAILOVER requires connected replicas.');
}
