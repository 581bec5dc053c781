/** XRANGE and XREVRANGE. */
import type { Call } from '../engine/call.ts';
import type { CommandRow } from '../engine/command.ts';
import { oneKey } from '../engine/command.ts';
import { syntaxError } from '../engine/errors.ts';
import { integerArg, rangeEnd, rangeStart, readStream } from './stream-args.ts';
import { replyEntries } from './stream-replies.ts';

export const xrangeCommands: CommandRow[] = [
  {
    name: 'xrange',
    arity: -4,
    flags: ['readonly'],
    categories: ['stream'],
    keys: oneKey('RO', 'access'),
    group: 'stream',
    since: '5.0.0',
    complexity: 'O(log N + M) for M entries of N',
    summary: 'Gives the entries with ids in a range.',
    syntax: 'key start end [COUNT count]',
    run: (call, args) => range(call, args, false),
  },
  {
    name: 'xrevrange',
    arity: -4,
    flags: ['readonly'],
    categories: ['stream'],
    keys: oneKey('RO', 'access'),
    group: 'stream',
    since: '5.0.0',
    complexity: 'O(log N + M) for M entries of N',
    summary: 'Gives the entries with ids in a range, from the last to the first.',
    syntax: 'key end start [COUNT count]',
    run: (call, args) => range(call, args, true),
  },
];

function range(call: Call, args: readonly string[], reverse: boolean): void {
  const start = rangeStart(args[reverse ? 3 : 2]!);
  const end = rangeEnd(args[reverse ? 2 : 3]!);
  let count = -1;
  for (let i = 4; i < args.length; i += 2) {
    if (args[i]!.toLowerCase() !== 'count' || i + 1 >= args.length) throw syntaxError;
    count = Math.max(integerArg(args[i + 1]!), 0);
  }
  const stream = readStream(call.db, args[1]!);
  if (stream === undefined) call.reply.array(0);
  else if (count === 0) call.reply.nullArray();
  else replyEntries(call.reply, stream.range(start, end, Math.max(count, 0), reverse));
}
