/** INFO. */
import type { CommandRow } from '../engine/command.ts';
import { infoText } from '../engine/info/index.ts';

export const infoCommands: CommandRow[] = [
  {
    name: 'info',
    arity: -1,
    flags: ['loading', 'stale'],
    categories: ['dangerous'],
    group: 'server',
    since: '1.0.0',
    complexity: 'O(1)',
    summary: 'Tells about the server: sections of fields and values.',
    syntax: '[section [section ...]]',
    tips: ['nondeterministic_output', 'request_policy:all_shards', 'response_policy:special'],
    run(call, args) {
      call.reply.verbatim('txt', infoText(call.engine, args.slice(1)));
    },
  },
];
