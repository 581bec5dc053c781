/**
 * Differences between our answers (Redis 7.2's) and redis-server 7.0.15's that are as they should be, each with its reason.
 * An entry that is never met in a long run is to be removed.
 */
import { unordered } from './compare.ts';
import type { Words } from './connection.ts';
import { type Aggregate, isAggregate, type Reply, showReply } from './reply.ts';

export interface ExplainedDifference {
  readonly what: string;
  readonly why: string;
  /** The two states may differ from here on. */
  readonly diverges?: boolean;
  matches(words: Words, ours: Reply, theirs: Reply): boolean;
}

const named = (words: Words, ...names: readonly string[]) => names.includes(words[0]!.toLowerCase());
const has = (words: Words, option: string) => words.some((word) => word.toLowerCase() === option);

/** Numbers that only differ beyond what a double holds. */
function sameInteger(ours: Reply, theirs: Reply): boolean {
  if (isAggregate(ours) || isAggregate(theirs)) return false;
  return /^:-?[0-9]{16,}$/.test(ours) && Number(ours.slice(1)) === Number(theirs.slice(1));
}

/**
 * Equal but for texts that read as the same double: `0.1` and `0.10000000000000001`, `1e-5` and `1e-05`, `5.384480000000001e+4` and
 * `53844.80000000001`.
 */
function sameDoubles(ours: Reply, theirs: Reply): boolean {
  if (isAggregate(ours) !== isAggregate(theirs)) return false;
  if (isAggregate(ours)) {
    const { items } = theirs as Aggregate;
    return ours.items.length === items.length && ours.items.every((item, i) => sameDoubles(item, items[i]!));
  }
  if (ours === theirs || theirs === '$-0') return ours === theirs || ours === '$0';
  const text = (theirs as string).slice(1);
  const isLong = text.replaceAll(/[^0-9]/g, '').length >= 17 || /e[+-]0[0-9]$/.test(text);
  const hasExponent = /^\$-?\d(?:\.\d+)?e[+-]\d+$/.test(ours);
  return (isLong || hasExponent) && isNear(Number(ours.slice(1)), Number(text));
}

/** The same, or next to it: sines and roots of two libraries may differ in the last bit. */
function isNear(left: number, right: number): boolean {
  return left === right || Math.abs(left - right) <= Math.abs(right) * 4 * Number.EPSILON;
}

const showText = (reply: Reply): string => (isAggregate(reply) ? reply.items.map(showText).join('') : reply);
const sortedItems = (reply: Reply) => showReply(unordered(reply));

export const explainedDifferences: readonly ExplainedDifference[] = [
  {
    what: 'expiry times beyond 2^53 ms',
    why: 'they are kept as doubles; the year 287396 is told a few milliseconds off',
    matches: (words, ours, theirs) =>
      named(words, 'pexpiretime', 'expiretime', 'pttl', 'ttl') && sameInteger(ours, theirs),
  },
  {
    what: 'doubles as texts',
    why: '7.2 writes the shortest digits that read back the same and many of them with an exponent, 7.0 always seventeen; stored distances differ in the last bit; the sign of a zero is lost in listpacks, and so which zeros have one is up to the encoding',
    matches: (words, ours, theirs) => /^(?:b?z|geo)/i.test(words[0]!) && sameDoubles(ours, theirs),
  },
  {
    what: 'SORT ALPHA BY weights that are equal, in another order',
    why: 'redis-server keeps the order of its hash tables, or of a quicksort when there is a LIMIT: it is nobody’s',
    diverges: true,
    matches: (words, ours, theirs) =>
      named(words, 'sort', 'sort_ro') &&
      has(words, 'by') &&
      has(words, 'alpha') &&
      (has(words, 'limit') || sortedItems(ours) === sortedItems(theirs)),
  },
  {
    what: 'a set in the order it has',
    why: 'SORT BY a constant asks for it, and it is nobody’s',
    diverges: true,
    matches: (words, ours, theirs) =>
      named(words, 'sort', 'sort_ro') &&
      words.some((word, i) => words[i - 1]?.toLowerCase() === 'by' && !word.includes('*')) &&
      (has(words, 'limit') || sortedItems(ours) === sortedItems(theirs)),
  },
  {
    what: 'XAUTOCLAIM with a huge COUNT',
    why: 'redis-server reserves memory for all of it',
    matches: (words, _ours, theirs) =>
      named(words, 'xautoclaim') && String(theirs).startsWith('-ERR Insufficient memory'),
  },
  {
    what: 'SORT ALPHA of texts with zero bytes',
    why: 'redis-server compares them as C strings, which end there, unless the result is stored',
    diverges: true,
    matches: (words, ours, theirs) =>
      named(words, 'sort', 'sort_ro') && has(words, 'alpha') && /\0/.test(showText(ours) + showText(theirs)),
  },
  {
    what: 'listpacks in place of tables',
    why: '7.2 keeps small sets and short lists as listpacks; a copy of what was large once is small again',
    matches: (words, ours, theirs) =>
      named(words, 'object') &&
      ours === '$listpack' &&
      (theirs === '$hashtable' || theirs === '$quicklist' || theirs === '$skiplist'),
  },
  {
    what: 'encodings of numbers and long strings by how they came about',
    why: 'redis-server does not look again at what INCRBYFLOAT, APPEND or SETRANGE made; here the value alone decides',
    matches: (words, ours, theirs) =>
      named(words, 'object') &&
      /^\$(?:int|embstr)$/.test(String(ours)) &&
      /^\$(?:embstr|raw)$/.test(String(theirs)),
  },
  {
    what: 'XGROUP CREATECONSUMER of a consumer that is there',
    why: 'in 7.2 XREADGROUP, XCLAIM and XAUTOCLAIM make the consumer also when there is nothing for it',
    matches: (words, ours, theirs) => named(words, 'xgroup') && ours === ':0' && theirs === ':1',
  },
  {
    what: 'places at the same distance',
    why: 'redis-server does not order them further, and COUNT takes some of them',
    diverges: true,
    matches: (words, ours, theirs) =>
      named(words, 'geosearch', 'georadius', 'georadius_ro', 'georadiusbymember', 'georadiusbymember_ro') &&
      isAggregate(ours) &&
      isAggregate(theirs) &&
      ours.items.length === theirs.items.length &&
      (has(words, 'count') || sortedItems(ours) === sortedItems(theirs)),
  },
  {
    what: 'SORT of numbers that redis-server says are none',
    why: 'it takes an overflow of an earlier command for one of its own, as it does not clear errno',
    diverges: true,
    matches: (words, ours, theirs) =>
      named(words, 'sort', 'sort_ro') &&
      theirs === "-ERR One or more scores can't be converted into double" &&
      !(typeof ours === 'string' && ours.startsWith('-')),
  },
  {
    what: 'BITCOUNT and BITPOS with malformed arguments and without a key',
    why: '7.2 judges the arguments first',
    matches: (words, ours) => named(words, 'bitcount', 'bitpos') && String(ours).startsWith('-ERR'),
  },
  {
    what: 'a HyperLogLog that was damaged',
    why: 'we check all of it before anything is changed',
    diverges: true,
    matches: (words, ours) =>
      named(words, 'pfadd', 'pfcount', 'pfmerge') && String(ours).startsWith('-INVALIDOBJ'),
  },
  {
    what: 'the smallest of 64-bit integers as a count or rank',
    why: '7.2 refuses what has no negative',
    diverges: true,
    matches: (words, ours) =>
      words.includes('-9223372036854775808') && String(ours).startsWith('-ERR value is out of range'),
  },
  {
    what: 'an infinite time to wait',
    why: '7.2 says that it is out of range, 7.0 that it is negative',
    matches: (words, ours) => has(words, 'inf') && ours === '-ERR timeout is out of range',
  },
];
