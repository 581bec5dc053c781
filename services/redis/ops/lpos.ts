/** LPOS: where elements stand that equal one. */
import { type CommandRow, oneKey } from '../engine/command.ts';
import { RedisError, syntaxError } from '../engine/errors.ts';
import { readList } from '../engine/types/list-changes.ts';
import { parseAtLeast, parseSigned } from './integer-arguments.ts';

const zeroRank = new RedisError(
  "ERR RANK can't be zero: use 1 to start from the first match, 2 from the second ... or use negative to start from the end of the list",
);

interface Options {
  /** Which match is the first that counts; negative from the right. */
  readonly rank: number;
  /** 0: all; undefined: one, answered without an array. */
  readonly count: number | undefined;
  /** Elements looked at; 0 for all. */
  readonly looks: number;
}

export const lposCommands: CommandRow[] = [
  {
    name: 'lpos',
    arity: -3,
    flags: ['readonly'],
    categories: ['list'],
    keys: oneKey('RO', 'access'),
    group: 'list',
    since: '6.0.6',
    complexity: 'O(N)',
    summary: 'Gives the index of the first element that equals one, or of several.',
    syntax: 'key element [RANK rank] [COUNT num-matches] [MAXLEN len]',
    run(call, args) {
      const { reply } = call;
      const { rank, count, looks } = parseOptions(args);
      const list = readList(call.db, args[1]!);
      const element = args[2]!;
      const found: number[] = [];
      let skip = Math.abs(rank) - 1;
      let left = looks === 0 ? Number.POSITIVE_INFINITY : looks;
      const wanted = count ?? 1;
      list?.scan(rank < 0, (item, index) => {
        if (item === element && skip-- <= 0) found.push(index);
        return found.length === wanted && wanted > 0 ? 'stop' : --left === 0 ? 'stop' : undefined;
      });
      if (count === undefined) return found.length > 0 ? reply.integer(found[0]!) : reply.null();
      reply.array(found.length);
      for (const index of found) reply.integer(index);
    },
  },
];

function parseOptions(args: readonly string[]): Options {
  let rank = 1;
  let count: number | undefined;
  let looks = 0;
  for (let i = 3; i < args.length; i += 2) {
    const word = args[i + 1];
    if (word === undefined) throw syntaxError;
    const option = args[i]!.toLowerCase();
    if (option === 'rank') {
      rank = parseSigned(word);
      if (rank === 0) throw zeroRank;
    } else if (option === 'count') count = parseAtLeast(word, 0, "ERR COUNT can't be negative");
    else if (option === 'maxlen') looks = parseAtLeast(word, 0, "ERR MAXLEN can't be negative");
    else throw syntaxError;
  }
  return { rank, count, looks };
}
