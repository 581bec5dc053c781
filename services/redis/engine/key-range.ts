/** Keys as a range: what clients of before Redis 7 read from COMMAND. */
import type { CommandRow } from './command.ts';

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
