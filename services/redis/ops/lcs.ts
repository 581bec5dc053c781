/** LCS: what two strings have in common, in order. */
import type { CommandRow } from '../engine/command.ts';
import { keysAt } from '../engine/command.ts';
import { notInteger, RedisError, syntaxError } from '../engine/errors.ts';
import { type CommonSubsequence, lcsCells, lcsLength, longestCommonSubsequence } from '../engine/lcs.ts';
import { parseSafeInteger } from '../engine/numbers.ts';
import { RawString } from '../engine/types/raw-string.ts';
import type { Value } from '../engine/value.ts';
import type { ReplySink } from '../model/reply.ts';

const notStrings = new RedisError('ERR The specified keys must contain string values');
const lengthAndIndexes = new RedisError('ERR If you want both the length and indexes, please just use IDX.');
const tableTooLarge = new RedisError(
  'ERR Insufficient memory, transient memory for LCS exceeds proto-max-bulk-len',
);
const cellBytes = 4;

function textOf(value: Value | undefined): string {
  if (value === undefined) return '';
  if (typeof value === 'string') return value;
  if (value instanceof RawString) return value.toString();
  throw notStrings;
}

interface Options {
  readonly length: boolean;
  readonly indexes: boolean;
  readonly withLengths: boolean;
  readonly lengthMin: number;
}

/** @throws RedisError */
function parseOptions(args: readonly string[]): Options {
  let length = false;
  let indexes = false;
  let withLengths = false;
  let lengthMin = 0;
  for (let i = 3; i < args.length; i++) {
    const word = args[i]!.toUpperCase();
    if (word === 'LEN') length = true;
    else if (word === 'IDX') indexes = true;
    else if (word === 'WITHMATCHLEN') withLengths = true;
    else if (word === 'MINMATCHLEN' && i + 1 < args.length) {
      const value = parseSafeInteger(args[++i]!);
      if (value === undefined) throw notInteger;
      lengthMin = value;
    } else throw syntaxError;
  }
  if (length && indexes) throw lengthAndIndexes;
  return { length, indexes, withLengths, lengthMin };
}

function replyIndexes(reply: ReplySink, found: CommonSubsequence, options: Options): void {
  const shown = found.ranges.filter(({ length }) => length >= options.lengthMin);
  reply.map(2);
  reply.bulk('matches');
  reply.array(shown.length);
  for (const { a, b, length } of shown) {
    reply.array(options.withLengths ? 3 : 2);
    for (const first of [a, b]) {
      reply.array(2);
      reply.integer(first);
      reply.integer(first + length - 1);
    }
    if (options.withLengths) reply.integer(length);
  }
  reply.bulk('len');
  reply.integer(found.length);
}

export const lcsCommands: CommandRow[] = [
  {
    name: 'lcs',
    arity: -3,
    flags: ['readonly'],
    categories: ['string'],
    keys: [keysAt(1, 1, 1, ['RO', 'access'])],
    group: 'string',
    since: '7.0.0',
    complexity: 'O(N*M) for strings of N and M bytes',
    summary: 'Finds the longest common subsequence of two strings.',
    syntax: 'key1 key2 [LEN] [IDX] [MINMATCHLEN min-match-len] [WITHMATCHLEN]',
    run(call, args) {
      const { db, reply } = call;
      const a = textOf(db.read(args[1]!));
      const b = textOf(db.read(args[2]!));
      const options = parseOptions(args);
      if (lcsCells(a.length, b.length) * cellBytes > db.engine.bulkBytesMax) throw tableTooLarge;
      if (options.length) return reply.integer(lcsLength(a, b));
      const found = longestCommonSubsequence(a, b);
      if (options.indexes) return replyIndexes(reply, found, options);
      let text = '';
      for (const { a: first, length } of found.ranges) text = a.slice(first, first + length) + text;
      reply.bulk(text);
    },
  },
];
