/** What several list commands read from their words. */
import { syntaxError } from '../engine/errors.ts';
import type { ListEnd } from '../engine/types/list-changes.ts';

/** LEFT or RIGHT in any case. @throws syntax error */
export function parseEnd(word: string): ListEnd {
  const lower = word.length <= 5 ? word.toLowerCase() : '';
  if (lower === 'left' || lower === 'right') return lower;
  throw syntaxError;
}

/** The part of `size` elements from `start` to `stop`, both counted from the end when negative. @returns first and count */
export function rangeOf(start: number, stop: number, size: number): { first: number; count: number } {
  const first = start < 0 ? Math.max(start + size, 0) : start;
  const last = Math.min(stop < 0 ? stop + size : stop, size - 1);
  return first > last || first >= size ? { first: 0, count: 0 } : { first, count: last - first + 1 };
}
