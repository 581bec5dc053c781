/** ZSCAN. A small set is answered at once, in order; a large one by cursors that count down (engine/indexed-keys.ts). */
import { type CommandRow, oneKey } from '../engine/command.ts';
import { RedisError, syntaxError } from '../engine/errors.ts';
import { globMatch } from '../engine/glob.ts';
import { zsetEncoding } from '../engine/types/zset-encoding.ts';
import type { ZsetValue } from '../engine/types/zset-value.ts';
import { doubleText } from '../model/number-text.ts';
import type { ReplySink } from '../model/reply.ts';
import { readInteger } from './zset-arguments.ts';

const badCursor = new RedisError('ERR invalid cursor');
const cursorMax = 2n ** 64n - 1n;
const countInitial = 10;

export const zscanCommands: CommandRow[] = [
  {
    name: 'zscan',
    arity: -3,
    flags: ['readonly'],
    categories: ['sortedset'],
    keys: oneKey('RO', 'access'),
    group: 'sorted-set',
    since: '2.8.0',
    complexity: 'O(1) a call, O(N) for all N members',
    summary: 'Goes through the members and scores of a sorted set in steps.',
    syntax: 'key cursor [MATCH pattern] [COUNT count]',
    tips: ['nondeterministic_output'],
    run(call, args) {
      const cursor = readCursor(args[2]!);
      const zset = call.db.readCollection(args[1]!, 'zset') as ZsetValue | undefined;
      if (zset === undefined) return answer(call.reply, 0, []);
      let count = countInitial;
      let pattern: string | undefined;
      for (let i = 3; i < args.length; i += 2) {
        const word = args[i]!.toLowerCase();
        if (i + 1 >= args.length) throw syntaxError;
        if (word === 'count') {
          count = readInteger(args[i + 1]!);
          if (count < 1) throw syntaxError;
        } else if (word === 'match') pattern = args[i + 1] === '*' ? undefined : args[i + 1]!;
        else throw syntaxError;
      }
      const found: string[] = [];
      if (zsetEncoding(zset, call.engine.config) === 'listpack') {
        const entry = zset.at(0);
        for (let i = 0; i < zset.size; i++) {
          take(found, entry.member, entry.score, pattern);
          entry.forward();
        }
        return answer(call.reply, 0, found);
      }
      const { keys, values } = zset.scores;
      let position = cursor === 0 ? keys.length : Math.min(cursor, keys.length);
      for (let left = count; left > 0 && position > 0; left--) {
        position--;
        take(found, keys[position]!, values[position]!, pattern);
      }
      answer(call.reply, position, found);
    },
  },
];

function take(found: string[], member: string, score: number, pattern: string | undefined): void {
  if (pattern === undefined || globMatch(pattern, member)) found.push(member, doubleText(score));
}

function answer(reply: ReplySink, cursor: number, found: readonly string[]): void {
  reply.array(2);
  reply.bulk(String(cursor));
  reply.array(found.length);
  for (const text of found) reply.bulk(text);
}

/** An unsigned number of 64 bits; where it lies does not matter. @throws RedisError */
function readCursor(text: string): number {
  if (!/^[0-9]*$/.test(text)) throw badCursor;
  const cursor = BigInt(text === '' ? 0 : text);
  if (cursor > cursorMax) throw badCursor;
  return Number(cursor);
}
