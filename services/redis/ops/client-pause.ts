/** CLIENT PAUSE, UNPAUSE and UNBLOCK: commands that wait, and their release. */
import type { CommandRow } from '../engine/command.ts';
import { notInteger, RedisError } from '../engine/errors.ts';
import { parseInteger } from '../engine/numbers.ts';
import { ownClient } from './client-settings.ts';

const admin = { ...ownClient, flags: ['admin', 'noscript', 'loading', 'stale'] } as const;

export const clientPauseRows: CommandRow[] = [
  {
    ...admin,
    name: 'pause',
    arity: -3,
    since: '3.0.0',
    summary: 'Lets all commands wait, or those that write.',
    syntax: 'timeout [WRITE | ALL]',
    run({ engine, now, reply }, args) {
      const mode = (args[3] ?? 'all').toLowerCase();
      if (args.length > 4 || (mode !== 'all' && mode !== 'write')) {
        throw new RedisError('ERR CLIENT PAUSE mode must be WRITE or ALL');
      }
      const ms = parseInteger(args[2]!);
      const until = now + Number(ms);
      if (ms === undefined || !Number.isSafeInteger(until)) {
        throw new RedisError('ERR timeout is not an integer or out of range');
      }
      if (ms < 0) throw new RedisError('ERR timeout is negative');
      engine.pause.begin(until, mode);
      reply.simple('OK');
    },
  },
  {
    ...admin,
    name: 'unpause',
    arity: 2,
    since: '6.2.0',
    complexity: 'O(N) Where N is the number of paused clients',
    summary: 'Lets commands go on that wait because of CLIENT PAUSE.',
    syntax: '',
    run({ engine, reply }) {
      engine.pause.end();
      reply.simple('OK');
    },
  },
  {
    ...admin,
    name: 'unblock',
    arity: -3,
    since: '5.0.0',
    complexity: 'O(log N) where N is the number of client connections',
    summary: 'Ends the wait of a client for a key.',
    syntax: 'client-id [TIMEOUT | ERROR]',
    run({ engine, reply }, args) {
      const reason = (args[3] ?? 'timeout').toLowerCase();
      if (args.length > 4 || (reason !== 'timeout' && reason !== 'error')) {
        throw new RedisError('ERR CLIENT UNBLOCK reason should be TIMEOUT or ERROR');
      }
      const id = parseInteger(args[2]!);
      if (id === undefined) throw notInteger;
      const client = engine.clients.get(Number(id));
      const waited = client !== undefined && engine.blocking.unblock(client, reason === 'error');
      reply.integer(waited ? 1 : 0);
    },
  },
];
