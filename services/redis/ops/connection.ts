/** Commands about the connection itself. */
import type { CommandRow } from '../engine/command.ts';
import { parseDatabase } from '../engine/database-index.ts';
import { RedisError } from '../engine/errors.ts';

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
      call.db = parseDatabase(call.engine, args[1]!);
      call.reply.simple('OK');
    },
  },
  {
    name: 'echo',
    arity: 2,
    flags: ['loading', 'stale', 'fast'],
    categories: ['connection'],
    group: 'connection',
    since: '1.0.0',
    complexity: 'O(1)',
    summary: 'Answers the message.',
    syntax: 'message',
    run: (call, args) => call.reply.bulk(args[1]!),
  },
];
