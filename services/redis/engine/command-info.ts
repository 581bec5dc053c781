/** What follows from a command's row: ACL categories and the range of keys that clients of before Redis 7 read. */
import type { CommandRow } from './command.ts';

/** In the order COMMAND INFO and ACL CAT show them. */
export const aclCategories = [
  'keyspace',
  'read',
  'write',
  'set',
  'sortedset',
  'list',
  'hash',
  'string',
  'bitmap',
  'hyperloglog',
  'geo',
  'stream',
  'pubsub',
  'admin',
  'fast',
  'slow',
  'blocking',
  'dangerous',
  'connection',
  'transaction',
  'scripting',
] as const;

export type AclCategory = (typeof aclCategories)[number];

const categoriesOfRows = new WeakMap<CommandRow, ReadonlySet<string>>();

/** Without the `@`; explicit ones and those that follow from flags. */
export function categoriesOf(row: CommandRow): ReadonlySet<string> {
  let found = categoriesOfRows.get(row);
  if (found === undefined) categoriesOfRows.set(row, (found = deriveCategories(row)));
  return found;
}

function deriveCategories(row: CommandRow): ReadonlySet<string> {
  const { flags } = row;
  const all = new Set<string>(row.categories);
  // Scripts that only read are no reads of a key by themselves.
  if (flags.includes('readonly') && !all.has('scripting')) all.add('read');
  if (flags.includes('write')) all.add('write');
  if (flags.includes('admin')) all.add('admin').add('dangerous');
  if (flags.includes('pubsub')) all.add('pubsub');
  if (flags.includes('blocking')) all.add('blocking');
  all.add(flags.includes('fast') ? 'fast' : 'slow');
  return new Set(aclCategories.filter((category) => all.has(category)));
}

export interface KeyRange {
  /** Position of the first key among the words, 0 when there is none. */
  readonly first: number;
  /** Of the last; negative: counted from the end. */
  readonly last: number;
  readonly step: number;
}

const noKeys: KeyRange = { first: 0, last: 0, step: 0 };

/**
 * Key specs as one range, as far as they are one: a single range as it is, several if each begins where the one before
 * ends. Redis' documentation: COMMAND, "Key specifications" replaced these three numbers in 7.0.
 */
export function keyRangeOf(row: CommandRow): KeyRange {
  const specs = row.keys ?? [];
  const ranges = specs.flatMap(({ begin, find }) => {
    if (begin === 'unknown' || find === 'unknown' || !('index' in begin) || !('lastKey' in find)) return [];
    return [{ first: begin.index, last: find.lastKey, step: find.step }];
  });
  const single = specs.length === 1 ? ranges[0] : undefined;
  if (single !== undefined) {
    return { ...single, last: single.last >= 0 ? single.first + single.last : single.last };
  }
  let first = 0;
  let last = 0;
  for (const range of ranges) {
    if (range.step !== 1 || (last !== 0 && last !== range.first - 1)) continue;
    const end = range.last >= 0 ? range.first + range.last : range.last;
    if (first === 0) first = range.first;
    last = last === 0 || end < 0 ? end : Math.max(last, end);
  }
  return first === 0 ? noKeys : { first, last, step: 1 };
}
