/** SLOWLOG. */
import type { Call } from '../engine/call.ts';
import type { CommandRow } from '../engine/command.ts';
import { RedisError } from '../engine/errors.ts';
import { parseSafeInteger } from '../engine/numbers.ts';
import { helpRow } from './help.ts';

const countDefault = 10;

const shared = {
  flags: ['admin', 'loading', 'stale'],
  categories: [],
  group: 'server',
} as const;

export const slowlogCommands: CommandRow[] = [
  {
    name: 'slowlog',
    arity: -2,
    flags: [],
    categories: [],
    group: 'server',
    since: '2.2.12',
    complexity: 'Depends on subcommand.',
    summary: 'Commands that took long.',
    syntax: '',
    subcommands: [
      {
        ...shared,
        name: 'get',
        arity: -2,
        since: '2.2.12',
        complexity: 'O(N) where N is the number of entries returned',
        summary: 'Gives the last slow commands.',
        syntax: '[count]',
        tips: ['request_policy:all_nodes', 'nondeterministic_output'],
        run: get,
      },
      {
        ...shared,
        name: 'len',
        arity: 2,
        since: '2.2.12',
        complexity: 'O(1)',
        summary: 'Tells how many slow commands are kept.',
        syntax: '',
        tips: ['request_policy:all_nodes', 'response_policy:agg_sum', 'nondeterministic_output'],
        run: (call) => call.reply.integer(call.engine.meter.slowLog.length),
      },
      {
        ...shared,
        name: 'reset',
        arity: 2,
        since: '2.2.12',
        complexity: 'O(N) where N is the number of entries in the slowlog',
        summary: 'Forgets the slow commands.',
        syntax: '',
        tips: ['request_policy:all_nodes', 'response_policy:all_succeeded'],
        run(call) {
          call.engine.meter.slowLog.reset();
          call.reply.simple('OK');
        },
      },
      helpRow('slowlog', '6.2.0', 'server', [
        'GET [<count>]',
        '    The last <count> entries (10 unless given, -1 for all). Each has: number, time in seconds,',
        '    microseconds it took, words, address and name of the client.',
        'LEN',
        '    How many entries there are.',
        'RESET',
        '    Forgets them.',
      ]),
    ],
  },
];

function get(call: Call, args: readonly string[]): void {
  if (args.length > 3) {
    throw new RedisError("ERR unknown subcommand or wrong number of arguments for 'get'. Try SLOWLOG HELP.");
  }
  let count = countDefault;
  if (args.length === 3) {
    const given = parseSafeInteger(args[2]!);
    if (given === undefined || given < -1) {
      throw new RedisError('ERR count should be greater than or equal to -1');
    }
    count = given === -1 ? Number.MAX_SAFE_INTEGER : given;
  }
  const { reply } = call;
  const entries = call.engine.meter.slowLog.newest(count);
  reply.array(entries.length);
  for (const entry of entries) {
    reply.array(6);
    reply.integer(entry.id);
    reply.integer(entry.at);
    reply.integer(entry.microseconds);
    reply.array(entry.args.length);
    for (const word of entry.args) reply.bulk(word);
    reply.bulk(entry.address);
    reply.bulk(entry.clientName);
  }
}
