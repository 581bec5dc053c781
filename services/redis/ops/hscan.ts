/**
 * HSCAN: the fields of a hash part by part. A cursor is the number of fields still to be visited, from the last to the
 * first (engine/indexed-keys.ts says why nothing is missed). A hash that redis-server would hold in one listpack is shown at
 * once, whatever the count.
 */
import { type CommandRow, oneKey } from '../engine/command.ts';
import { notInteger, RedisError, syntaxError } from '../engine/errors.ts';
import { readHash } from '../engine/field-expiry.ts';
import { globMatch } from '../engine/glob.ts';
import { parseSafeInteger } from '../engine/numbers.ts';
import { hashEncoding } from '../engine/types/hash-encoding.ts';

const invalidCursor = new RedisError('ERR invalid cursor');
const cursorMax = 2n ** 64n - 1n;
const countUsual = 10;

export const hscanCommands: CommandRow[] = [
  {
    name: 'hscan',
    arity: -3,
    flags: ['readonly'],
    categories: ['hash'],
    keys: oneKey('RO', 'access'),
    group: 'hash',
    since: '2.8.0',
    complexity: 'O(1) a call, O(N) for all of N fields',
    summary: 'Goes through the fields of a hash part by part.',
    syntax: 'key cursor [MATCH pattern] [COUNT count]',
    tips: ['nondeterministic_output'],
    run(call, args) {
      const { reply } = call;
      const cursor = parseCursor(args[2]!);
      const hash = readHash(call.db, args[1]!);
      if (hash === undefined) {
        reply.array(2);
        reply.bulk('0');
        reply.array(0);
        return;
      }
      const { pattern, count } = parseOptions(args);
      const { keys, values } = hash.fields;
      const whole = hashEncoding(hash, call.engine.config) === 'listpack';
      const from = whole || cursor === 0 ? keys.length : Math.min(cursor, keys.length);
      const to = whole ? 0 : Math.max(from - count, 0);
      const shown: number[] = [];
      for (let i = from - 1; i >= to; i--) {
        if (pattern === undefined || globMatch(pattern, keys[i]!)) shown.push(i);
      }
      reply.array(2);
      reply.bulk(String(to));
      reply.array(shown.length * 2);
      for (const position of shown) {
        reply.bulk(keys[position]!);
        reply.bulk(values[position]!);
      }
    },
  },
];

function parseCursor(word: string): number {
  if (!/^[+-]?[0-9]*$/.test(word) || word === '+' || word === '-') throw invalidCursor;
  const value = BigInt(word.replace('+', ''));
  if (value > cursorMax || value < -cursorMax) throw invalidCursor;
  // A negative one is taken modulo 2^64: beyond every cursor that was given out.
  return value < 0n ? Number.MAX_SAFE_INTEGER : Number(value);
}

function parseOptions(args: readonly string[]): { pattern: string | undefined; count: number } {
  let pattern: string | undefined;
  let count = countUsual;
  for (let i = 3; i < args.length; i += 2) {
    const word = args[i + 1];
    const option = args[i]!.toLowerCase();
    if (word === undefined) throw syntaxError;
    if (option === 'count') {
      const value = parseSafeInteger(word);
      if (value === undefined) throw notInteger;
      if (value < 1) throw syntaxError;
      count = value;
    } else if (option === 'match') pattern = word === '*' ? undefined : word;
    else throw syntaxError;
  }
  return { pattern, count };
}
