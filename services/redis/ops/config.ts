/** CONFIG. There is no file of parameters: REWRITE says so. */
import type { CommandRow } from '../engine/command.ts';
import { RedisError, syntaxError } from '../engine/errors.ts';
import { helpRow } from './help.ts';

const adminSubcommand = {
  flags: ['admin', 'noscript', 'loading', 'stale'],
  categories: [],
  group: 'server',
} as const;

export const configCommands: CommandRow[] = [
  {
    name: 'config',
    arity: -2,
    flags: [],
    categories: [],
    group: 'server',
    since: '2.0.0',
    complexity: 'Depends on subcommand.',
    summary: 'Parameters of the server, and its counters.',
    syntax: '',
    subcommands: [
      {
        ...adminSubcommand,
        name: 'get',
        arity: -3,
        since: '2.0.0',
        complexity: 'O(N) when N is the number of configuration parameters provided',
        summary: 'Gives the values of the parameters that match any of the patterns.',
        syntax: 'parameter [parameter ...]',
        run(call, args) {
          const found = call.engine.config.match(args.slice(2));
          call.reply.map(found.size);
          for (const [name, value] of found) {
            call.reply.bulk(name);
            call.reply.bulk(value);
          }
        },
      },
      {
        ...adminSubcommand,
        name: 'set',
        arity: -4,
        since: '2.0.0',
        complexity: 'O(N) when N is the number of configuration parameters provided',
        summary: 'Changes parameters, all of them or none.',
        syntax: 'parameter value [parameter value ...]',
        tips: ['request_policy:all_nodes', 'response_policy:all_succeeded'],
        run(call, args) {
          if (args.length % 2 === 1) throw syntaxError;
          call.engine.config.setAll(args.slice(2));
          call.reply.simple('OK');
        },
      },
      {
        ...adminSubcommand,
        name: 'resetstat',
        arity: 2,
        since: '2.0.0',
        complexity: 'O(1)',
        summary: 'Sets the counters of INFO to zero.',
        syntax: '',
        tips: ['request_policy:all_nodes', 'response_policy:all_succeeded'],
        run(call) {
          call.engine.resetStatistics();
          call.reply.simple('OK');
        },
      },
      {
        ...adminSubcommand,
        name: 'rewrite',
        arity: 2,
        since: '2.8.0',
        complexity: 'O(1)',
        summary: 'Would write the parameters to their file; there is none.',
        syntax: '',
        tips: ['request_policy:all_nodes', 'response_policy:all_succeeded'],
        run() {
          throw new RedisError('ERR The server is running without a config file');
        },
      },
      helpRow('config', '5.0.0', 'server', [
        'GET <pattern>',
        '    Values of the parameters that match the pattern.',
        'SET <parameter> <value>',
        '    Gives the parameter the value.',
        'RESETSTAT',
        '    Sets the counters of INFO to zero.',
        'REWRITE',
        '    Refused: there is no file of parameters.',
      ]),
    ],
  },
];
