/**
 * Deletions of ranges of rows in one partition, kept normalised: in order, not overlapping, the newest deletion at each place, neighbours
 * of one deletion joined. So a place's deletion is found by one binary search. Cassandra's RangeTombstoneList has the same
 * invariant. An array: inserting moves references, which stays quick for the hundreds of thousands that a partition can have.
 */
import type { Value } from '../types/api.ts';
import type { ClusteringBound, Deletion, RangeTombstone } from './model.ts';
import { compareBounds, compareBoundToRow, type RowOrder } from './order.ts';
import { newerDeletion, supersedes } from './reconcile.ts';
import type { Slice } from './storage.ts';

export class TombstoneSet {
  private readonly order: RowOrder;
  private ranges: RangeTombstone[] = [];

  constructor(order: RowOrder, ranges: Iterable<RangeTombstone> = []) {
    this.order = order;
    for (const range of ranges) this.add(range);
  }

  /** What comes in order, as records have it, needs no looking around. */
  private add(range: RangeTombstone): void {
    const last = this.ranges.at(-1);
    const isBehind =
      (last === undefined || compareBounds(this.order, last.end, range.start) < 0) &&
      compareBounds(this.order, range.start, range.end) < 0;
    if (isBehind) this.ranges.push(range);
    else this.insert(range);
  }

  get size(): number {
    return this.ranges.length;
  }

  /** All of them, in order. */
  all(): readonly RangeTombstone[] {
    return this.ranges;
  }

  insert(range: RangeTombstone): void {
    if (compareBounds(this.order, range.start, range.end) >= 0) return;
    // With what touches it, so that neighbours of one deletion are joined.
    const from = this.firstEndingAt(range.start);
    let to = from;
    while (to < this.ranges.length && compareBounds(this.order, this.ranges[to]!.start, range.end) <= 0) to++;
    const overlaid = this.overlay(this.ranges.slice(from, to), range);
    // Arguments of a call are limited; so many at once are rare.
    if (overlaid.length <= 64) this.ranges.splice(from, to - from, ...overlaid);
    else this.ranges = this.ranges.slice(0, from).concat(overlaid, this.ranges.slice(to));
  }

  /** What is left of existing ranges with a new one over them, in order. */
  private overlay(existing: readonly RangeTombstone[], range: RangeTombstone): RangeTombstone[] {
    const result: RangeTombstone[] = [];
    let start = range.start;
    for (const old of existing) {
      const oldWins = !supersedes(range.deletion, old.deletion);
      // What the old one has before the new one stays.
      if (compareBounds(this.order, old.start, start) < 0) {
        this.append(result, old.start, this.earlier(old.end, start), old.deletion);
      }
      const from = this.later(old.start, start);
      const to = this.earlier(old.end, range.end);
      this.append(result, start, this.earlier(from, range.end), range.deletion);
      this.append(result, from, to, oldWins ? old.deletion : range.deletion);
      this.append(result, this.later(range.end, old.start), old.end, old.deletion);
      start = this.later(start, to);
    }
    // The rest of the new one comes before what an old one has behind it.
    const last = result.at(-1);
    if (last === undefined || compareBounds(this.order, last.end, range.end) < 0) {
      this.append(result, start, range.end, range.deletion);
    }
    return result;
  }

  private append(
    into: RangeTombstone[],
    start: ClusteringBound,
    end: ClusteringBound,
    deletion: Deletion,
  ): void {
    if (compareBounds(this.order, start, end) >= 0) return;
    const last = into.at(-1);
    const isNeighbour =
      last !== undefined &&
      compareBounds(this.order, last.end, start) === 0 &&
      last.deletion.timestamp === deletion.timestamp &&
      last.deletion.localTime === deletion.localTime;
    if (isNeighbour) into[into.length - 1] = { start: last.start, end, deletion: last.deletion };
    else into.push({ start, end, deletion });
  }

  /** What deletes rows of this clustering. */
  covering(clustering: readonly Value[]): Deletion | undefined {
    if (this.ranges.length === 0) return undefined;
    let low = 0;
    let high = this.ranges.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (compareBoundToRow(this.order, this.ranges[middle]!.end, clustering) < 0) low = middle + 1;
      else high = middle;
    }
    const range = this.ranges[low];
    if (range === undefined || compareBoundToRow(this.order, range.start, clustering) > 0) return undefined;
    return range.deletion;
  }

  latestIn(slice: Slice): Deletion | undefined {
    let latest: Deletion | undefined;
    for (const { deletion } of this.within(slice)) latest = newerDeletion(latest, deletion);
    return latest;
  }

  /** What lies in the slice, cut to it. */
  *within(slice: Slice, isReversed = false): Generator<RangeTombstone> {
    const from = this.firstEndingAt(slice.start);
    let to = from;
    while (to < this.ranges.length && compareBounds(this.order, this.ranges[to]!.start, slice.end) < 0) to++;
    for (let step = 0; step < to - from; step++) {
      const range = this.ranges[isReversed ? to - 1 - step : from + step]!;
      const start = this.later(range.start, slice.start);
      const end = this.earlier(range.end, slice.end);
      if (compareBounds(this.order, start, end) < 0) yield { start, end, deletion: range.deletion };
    }
  }

  /** Without what adds nothing to a deletion of the whole partition. */
  beyond(deletion: Deletion | undefined): RangeTombstone[] {
    if (deletion === undefined) return this.ranges.slice();
    return this.ranges.filter((range) => supersedes(range.deletion, deletion));
  }

  /** Index of the first range that ends at the bound or behind it. */
  private firstEndingAt(bound: ClusteringBound): number {
    let low = 0;
    let high = this.ranges.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (compareBounds(this.order, this.ranges[middle]!.end, bound) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  private later(left: ClusteringBound, right: ClusteringBound): ClusteringBound {
    return compareBounds(this.order, left, right) >= 0 ? left : right;
  }

  private earlier(left: ClusteringBound, right: ClusteringBound): ClusteringBound {
    return compareBounds(this.order, left, right) <= 0 ? left : right;
  }
}
