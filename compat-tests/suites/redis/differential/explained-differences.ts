/**
 * Differences between our answers (Redis 7.2's) and redis-server 7.0.15's that are as they should be, each with its reason.
 * An entry that is never met in a long run is to be removed.
 */
import type { Words } from './connection.ts';
import { isAggregate, type Reply } from './reply.ts';

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
function sameDouble(ours: Reply, theirs: Reply): boolean {
  if (isAggregate(ours) || isAggregate(theirs)) return false;
  return /^:-?[0-9]{16,}$/.test(ours) && Number(ours.slice(1)) === Number(theirs.slice(1));
}

export const explainedDifferences: readonly ExplainedDifference[] = [
  {
    what: 'expiry times beyond 2^53 ms',
    why: 'they are kept as doubles; the year 287396 is told a few milliseconds off',
    matches: (words, ours, theirs) =>
      named(words, 'pexpiretime', 'expiretime', 'pttl', 'ttl') && sameDouble(ours, theirs),
  },
  {
    what: 'SORT BY a weight with ALPHA and LIMIT, where weights are equal',
    why: 'redis-server takes the wanted part with a quicksort that is not stable; the order of equals is nobody’s',
    diverges: true,
    matches: (words) =>
      named(words, 'sort', 'sort_ro') && has(words, 'by') && has(words, 'alpha') && has(words, 'limit'),
  },
];
