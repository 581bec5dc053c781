/** MODULE: there are none, and none can be loaded. */
import type { CommandRow } from '../engine/command.ts';
import { RedisError } from '../engine/errors.ts';
import { helpRow } from './help.ts';

const shared = {
  flags: ['admin', 'noscript', 'no_async_loading'],
  categories: [],
  group: 'server',
  since: '4.0.0',
  complexity: 'O(1)',
} as const;

const refused = (): never => {
  throw new RedisError('ERR MODULE command not allowed. Modules of Redis cannot be loaded into this server.');
};

export const moduleCommands: CommandRow[] = [
  {
    ...shared,
    name: 'module',
    arity: -2,
    flags: [],
    complexity: 'Depends on subcommand.',
    summary: 'Modules of Redis, of which there are none.',
    syntax: '',
    subcommands: [
      {
        ...shared,
        name: 'list',
        arity: 2,
        flags: ['admin', 'noscript'],
        summary: 'Gives an empty list.',
        syntax: '',
        tips: ['nondeterministic_output_order'],
        run: (call) => call.reply.array(0),
      },
      {
        ...shared,
        name: 'load',
        arity: -3,
        summary: 'Refused.',
        syntax: 'path [arg [arg ...]]',
        run: refused,
      },
      {
        ...shared,
        name: 'loadex',
        arity: -3,
        since: '7.0.0',
        summary: 'Refused.',
        syntax: 'path [CONFIG name value [CONFIG name value ...]] [ARGS args [args ...]]',
        run: refused,
      },
      {
        ...shared,
        name: 'unload',
        arity: 3,
        summary: 'Refused.',
        syntax: 'name',
        run: refused,
      },
      helpRow('module', '5.0.0', 'server', [
        'LIST',
        '    Loaded modules: none.',
        'LOAD <path> [<arg> ...]',
        '    Refused.',
        'LOADEX <path> [[CONFIG NAME VALUE] [CONFIG NAME VALUE]] [ARGS ...]',
        '    Refused.',
        'UNLOAD <name>',
        '    Refused.',
      ]),
    ],
  },
];
