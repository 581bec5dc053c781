/**
 * Ranges of rows that were deleted since records had everything up to a sequence, and perhaps some before: by them whoever settles finds the
 * records that are hidden anew, without looking at all ranges that a partition ever had.
 */
import type { RangeTombstone } from './model.ts';
import type { RowOrder } from './order.ts';
import { TombstoneSet } from './tombstones.ts';

interface Ranges {
  readonly set: TombstoneSet;
  /** Sequence of the last one. */
  last: number;
}

export class RecentRanges {
  readonly #order: RowOrder;
  /** That came before and behind the last time that something was settled. */
  #older: Ranges | undefined;
  #newer: Ranges | undefined;
  #settledTo = -1;

  constructor(order: RowOrder) {
    this.#order = order;
  }

  add(range: RangeTombstone, sequence: number, settledTo: number): void {
    if (settledTo !== this.#settledTo) {
      this.#age(settledTo);
      this.#settledTo = settledTo;
    }
    this.#newer ??= { set: new TombstoneSet(this.#order), last: sequence };
    this.#newer.set.insert(range);
    this.#newer.last = sequence;
  }

  #age(settledTo: number): void {
    const [older, newer] = [this.#older, this.#newer];
    this.#newer = undefined;
    if (older === undefined || older.last <= settledTo || newer === undefined) {
      this.#older = newer ?? older;
      return;
    }
    for (const range of newer.set.all()) older.set.insert(range);
    older.last = newer.last;
  }

  /** In order, not overlapping. */
  since(settledTo: number): readonly RangeTombstone[] {
    const parts = [this.#older, this.#newer].filter((each) => each !== undefined && each.last > settledTo);
    const [one, other] = parts;
    if (one === undefined) return [];
    if (other === undefined) return one.set.all();
    return new TombstoneSet(this.#order, [...one.set.all(), ...other.set.all()]).all();
  }
}
