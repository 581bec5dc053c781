/** TIME, and what asks for snapshots: there are none to take, as every write is in the log before it is answered. */
import type { CommandRow } from '../engine/command.ts';
import { syntaxError } from '../engine/errors.ts';

const shared = { categories: [], group: 'server', syntax: '' } as const;

export const serverCommands: CommandRow[] = [
  {
    ...shared,
    name: 'bgrewriteaof',
    arity: 1,
    flags: ['admin', 'noscript', 'no_async_loading'],
    since: '1.0.0',
    complexity: 'O(1)',
    summary: 'Does nothing: the log is folded into records as it grows.',
    run: (call) => call.reply.simple('Nothing to rewrite: the log is folded into records as it grows'),
  },
  {
    ...shared,
    name: 'bgsave',
    arity: -1,
    flags: ['admin', 'noscript', 'no_async_loading'],
    since: '1.0.0',
    complexity: 'O(1)',
    summary: 'Does nothing: every write is durable before it is answered.',
    syntax: '[SCHEDULE]',
    run(call, args) {
      if (args.length > 2 || (args.length === 2 && args[1]!.toLowerCase() !== 'schedule')) throw syntaxError;
      call.reply.simple('Nothing to save: every write is in the log before it is answered');
    },
  },
  {
    ...shared,
    name: 'lastsave',
    arity: 1,
    flags: ['loading', 'stale', 'fast'],
    categories: ['admin', 'dangerous'],
    since: '1.0.0',
    complexity: 'O(1)',
    summary: 'Gives the time up to which everything is saved: now.',
    tips: ['nondeterministic_output'],
    run: (call) => call.reply.integer(Math.floor(call.now / 1000)),
  },
  {
    ...shared,
    name: 'save',
    arity: 1,
    flags: ['admin', 'noscript', 'no_async_loading', 'no_multi'],
    since: '1.0.0',
    complexity: 'O(1)',
    summary: 'Does nothing: every write is durable before it is answered.',
    run: (call) => call.reply.simple('OK'),
  },
  {
    ...shared,
    name: 'time',
    arity: 1,
    flags: ['loading', 'stale', 'fast'],
    since: '2.6.0',
    complexity: 'O(1)',
    summary: 'Gives the clock: seconds since 1970, and microseconds.',
    tips: ['nondeterministic_output'],
    run(call) {
      const now = call.engine.modules.clock.now();
      call.reply.array(2);
      call.reply.bulk(String(Math.floor(now / 1000)));
      call.reply.bulk(String(Math.floor((now % 1000) * 1000)));
    },
  },
];
