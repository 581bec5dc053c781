/** Commands about the connection itself. */
import type { CommandRow } from '../engine/command.ts';
import { RedisError } from '../engine/errors.ts';
import { parseInteger } from '../engine/numbers.ts';

export const connectionCommands: CommandRow[] = [
  {
    name: 'ping',
    arity: -1,
    flags: ['fast'],
    categories: ['connection'],
    group: 'connection',
    since: '1.0.0',
    complexity: 'O(1)',
    summary: 'Answers PONG, or the message.',
    syntax: '[message]',
    run(call, args) {
      if (args.length > 2) throw new RedisError("ERR wrong number of arguments for 'ping' command");
      if (args.length === 2) call.reply.bulk(args[1]!);
      else call.reply.simple('PONG');
    },
  },
  {
    name: 'select',
    arity: 2,
    flags: ['loading', 'stale', 'fast'],
    categories: ['connection'],
    group: 'connection',
    since: '1.0.0',
    complexity: 'O(1)',
    summary: 'Chooses the database of the connection.',
    syntax: 'index',
    run(call, args) {
      const index = parseInteger(args[1]!);
      if (index === undefined) throw new RedisError('ERR invalid DB index');
      const db = call.engine.databases[Number(index)];
      if (db === undefined) throw new RedisError('ERR DB index is out of range');
      call.db = db;
      call.reply.simple('OK');
    },
  },
];
