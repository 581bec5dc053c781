/**
 * Ranges of a sorted set by score and by member, turned into places: every range of ranks, scores or members becomes an
 * interval of ranks, found in O(log n).
 */
import type { ZsetValue } from './zset-value.ts';

/** Places from `from` up to but without `to`; empty when they are equal. */
export interface RankInterval {
  readonly from: number;
  readonly to: number;
}

export interface ScoreRange {
  readonly min: number;
  readonly minExclusive: boolean;
  readonly max: number;
  readonly maxExclusive: boolean;
}

/** `-` is below every member, `+` above. */
export type MemberBound = '-' | '+' | { readonly member: string; readonly exclusive: boolean };

/** Means something only for members of one score. */
export interface MemberRange {
  readonly min: MemberBound;
  readonly max: MemberBound;
}

export const noEntries: RankInterval = { from: 0, to: 0 };

/** Places as in ZRANGE: both ends belong to it, negative ones count from the end. */
export function rankInterval(size: number, start: number, stop: number): RankInterval {
  const from = Math.max(start < 0 ? size + start : start, 0);
  const to = Math.min(stop < 0 ? size + stop : stop, size - 1) + 1;
  return from < to ? { from, to } : noEntries;
}

export function scoreInterval(zset: ZsetValue, range: ScoreRange): RankInterval {
  const { min, max } = range;
  const from = zset.countWhile(range.minExclusive ? (score) => score <= min : (score) => score < min);
  const to = zset.countWhile(range.maxExclusive ? (score) => score < max : (score) => score <= max);
  return from < to ? { from, to } : noEntries;
}

export function memberInterval(zset: ZsetValue, range: MemberRange): RankInterval {
  const from = membersBelow(zset, range.min, false);
  const to = membersBelow(zset, range.max, true);
  return from < to ? { from, to } : noEntries;
}

/** How many members are below the bound, with the bound itself or without. */
function membersBelow(zset: ZsetValue, bound: MemberBound, isMax: boolean): number {
  if (bound === '-') return 0;
  if (bound === '+') return zset.size;
  const { member } = bound;
  return zset.countWhile(
    bound.exclusive === isMax ? (_, other) => other < member : (_, other) => other <= member,
  );
}
