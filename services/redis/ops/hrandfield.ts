/** HRANDFIELD: fields of a hash picked at random. */
import type { Call } from '../engine/call.ts';
import { type CommandRow, oneKey } from '../engine/command.ts';
import type { Dict } from '../engine/dict.ts';
import { RedisError, syntaxError } from '../engine/errors.ts';
import { readHash } from '../engine/field-expiry.ts';
import { engineLimits } from '../engine/limits.ts';
import { parseSigned } from './integer-arguments.ts';

/** Half of 64 bits: with values there are twice as many answers. */
const countWithValuesMax = 2 ** 62;
const outOfRange = new RedisError('ERR value is out of range');
/** When fewer than one in this many are left out, those are picked instead. */
const mostShare = 3;

export const hrandfieldCommands: CommandRow[] = [
  {
    name: 'hrandfield',
    arity: -2,
    flags: ['readonly'],
    categories: ['hash'],
    keys: oneKey('RO', 'access'),
    group: 'hash',
    since: '6.2.0',
    complexity: 'O(N) for N fields picked',
    summary:
      'Picks fields of a hash at random; each at most once, or any number of times when the count is negative.',
    syntax: 'key [count [WITHVALUES]]',
    tips: ['nondeterministic_output'],
    run(call, args) {
      const { reply } = call;
      if (args.length === 2) {
        const fields = readHash(call.db, args[1]!)?.fields;
        return fields === undefined ? reply.null() : reply.bulk(fields.keys[below(call, fields.size)]!);
      }
      const count = parseSigned(args[2]!);
      const withValues = args.length > 3;
      if (args.length > 4 || (withValues && args[3]!.toLowerCase() !== 'withvalues')) throw syntaxError;
      if (withValues && Math.abs(Number(args[2])) >= countWithValuesMax) throw outOfRange;
      if (-count > engineLimits.repeatedPicksMax) throw outOfRange;
      const fields = readHash(call.db, args[1]!)?.fields;
      if (fields === undefined || count === 0) return reply.array(0);
      if (count > 0) answerDistinct(call, fields, Math.min(count, fields.size), withValues);
      else answerRepeated(call, fields, -count, withValues);
    },
  },
];

function answerRepeated(call: Call, fields: Dict<string>, count: number, withValues: boolean): void {
  begin(call, count, withValues);
  for (let i = 0; i < count; i++) answer(call, fields, below(call, fields.size), withValues);
}

function answerDistinct(call: Call, fields: Dict<string>, count: number, withValues: boolean): void {
  begin(call, count, withValues);
  const { size } = fields;
  const few = count * mostShare <= size;
  const picked = new Set<number>();
  for (let left = few ? count : size - count; left > 0; ) {
    const position = below(call, size);
    if (picked.has(position)) continue;
    picked.add(position);
    left--;
  }
  if (few) for (const position of picked) answer(call, fields, position, withValues);
  else for (let i = 0; i < size; i++) if (!picked.has(i)) answer(call, fields, i, withValues);
}

/** RESP3 shows each field and value as a pair, RESP2 one behind the other. */
function begin(call: Call, count: number, withValues: boolean): void {
  call.reply.array(withValues && call.reply.resp === 2 ? count * 2 : count);
}

function answer(call: Call, fields: Dict<string>, position: number, withValues: boolean): void {
  const { reply } = call;
  if (withValues && reply.resp === 3) reply.array(2);
  reply.bulk(fields.keys[position]!);
  if (withValues) reply.bulk(fields.values[position]!);
}

function below(call: Call, bound: number): number {
  return Math.floor(call.engine.modules.random() * bound);
}
