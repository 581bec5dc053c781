/** SCRIPT: the cache of EVAL. */
import type { CommandRow } from '../engine/command.ts';
import { RedisError } from '../engine/errors.ts';
import { helpRow } from './help.ts';

const since = '2.6.0';
const common = { categories: ['scripting'], group: 'scripting', since } as const;
const badFlush = new RedisError('ERR SCRIPT FLUSH only support SYNC|ASYNC option');

export const scriptCommands: CommandRow[] = [
  {
    name: 'script',
    arity: -2,
    flags: [],
    categories: [],
    group: 'scripting',
    since,
    complexity: 'Depends on the subcommand.',
    summary: 'A container for commands on Lua scripts.',
    syntax: '',
    subcommands: [
      {
        ...common,
        name: 'debug',
        arity: 3,
        flags: ['noscript'],
        since: '3.2.0',
        complexity: 'O(1)',
        summary: 'Debugging of scripts, which is not there: only NO is accepted.',
        syntax: 'YES | SYNC | NO',
        run(call, args) {
          const mode = args[2]!.toLowerCase();
          if (mode !== 'yes' && mode !== 'sync' && mode !== 'no') {
            throw new RedisError('ERR Use SCRIPT DEBUG YES/SYNC/NO');
          }
          if (mode !== 'no') throw new RedisError('ERR SCRIPT DEBUG is not supported');
          call.reply.simple('OK');
        },
      },
      {
        ...common,
        name: 'exists',
        arity: -3,
        flags: ['noscript'],
        complexity:
          'O(N) with N being the number of scripts to check (so checking a single script is an O(1) operation).',
        summary: 'Tells which scripts are in the cache.',
        syntax: 'sha1 [sha1 ...]',
        tips: ['request_policy:all_shards', 'response_policy:agg_logical_and'],
        run(call, args) {
          call.reply.array(args.length - 2);
          for (let i = 2; i < args.length; i++) {
            call.reply.integer(call.engine.scripts.cache.has(args[i]!) ? 1 : 0);
          }
        },
      },
      {
        ...common,
        name: 'flush',
        arity: -2,
        flags: ['noscript'],
        complexity: 'O(N) with N being the number of scripts in cache',
        summary: 'Empties the cache.',
        syntax: '[ASYNC | SYNC]',
        tips: ['request_policy:all_nodes', 'response_policy:all_succeeded'],
        run(call, args) {
          const mode = args[2]?.toLowerCase();
          if (args.length > 3 || (mode !== undefined && mode !== 'sync' && mode !== 'async')) throw badFlush;
          call.engine.scripts.flush();
          call.reply.simple('OK');
        },
      },
      helpRow(
        'script',
        '5.0.0',
        'scripting',
        [
          'DEBUG (YES|SYNC|NO)',
          '    There is no debugger: only NO is accepted.',
          'EXISTS <sha1> [<sha1> ...]',
          '    Tells for each script whether it is in the cache.',
          'FLUSH [ASYNC|SYNC]',
          '    Empties the cache.',
          'KILL',
          '    Ends the script that runs, if it has not written yet.',
          'LOAD <script>',
          '    Puts a script in the cache, without running it.',
        ],
        ['scripting'],
      ),
      {
        ...common,
        name: 'kill',
        arity: 2,
        flags: ['noscript', 'allow_busy'],
        complexity: 'O(1)',
        summary: 'Ends the script that runs.',
        syntax: '',
        tips: ['request_policy:all_shards', 'response_policy:one_succeeded'],
        run(call) {
          call.engine.scripts.kill('eval');
          call.reply.simple('OK');
        },
      },
      {
        ...common,
        name: 'load',
        arity: 3,
        flags: ['noscript', 'stale'],
        complexity: 'O(N) with N being the length in bytes of the script body.',
        summary: 'Puts a script in the cache and tells its SHA-1.',
        syntax: 'script',
        tips: ['request_policy:all_nodes', 'response_policy:all_succeeded'],
        run(call, args) {
          call.reply.bulk(call.engine.scripts.cache.load(args[2]!).sha);
        },
      },
    ],
  },
];
