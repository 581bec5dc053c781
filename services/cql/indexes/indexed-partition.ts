/** Rows of one partition to which entries of an index lead, some at a time: their rows are read together. */
import { isRowLive } from '../engine/liveness.ts';
import type { Deletion, Row } from '../engine/model.ts';
import { compareRows } from '../engine/order.ts';
import type { PartitionCursor, Slice } from '../engine/storage.ts';
import type { Value } from '../types/api.ts';
import { judge } from './current.ts';
import { keyOfPlace, tokenOfPlace } from './index-table.ts';
import { indexLimits } from './limits.ts';
import type { IndexSearch } from './search.ts';

/** Entries of one place, in the direction of reading. */
interface Entries {
  peek(): Promise<Row | undefined>;
  take(): void;
}

const nothing: readonly Row[] = [];

export class IndexedPartition implements PartitionCursor {
  readonly key: Value;
  readonly token: bigint;
  deletion: Deletion | undefined;
  statics: Row | undefined;
  readonly #search: IndexSearch;
  readonly #entries: Entries;
  #base: PartitionCursor | undefined;
  #rows: readonly Row[] = nothing;
  #at = 0;
  /** The last clustering that was looked at: several elements lead to one row. */
  #last: readonly Value[] | undefined;
  /** One of its entries was true. */
  #isLastCurrent = false;

  private constructor(search: IndexSearch, place: Value, entries: Entries) {
    this.#search = search;
    this.#entries = entries;
    this.key = keyOfPlace(place);
    this.token = tokenOfPlace(place);
  }

  /** @returns undefined when no entry is true */
  static async open(search: IndexSearch, place: Value): Promise<IndexedPartition | undefined> {
    const { slices, isReversed } = search.query.options;
    const entries =
      slices === undefined && isReversed !== true
        ? { peek: () => search.peek(place), take: () => search.take() }
        : await entriesWithin(search, place, slices, isReversed);
    const partition = new IndexedPartition(search, place, entries);
    await partition.#fill();
    return partition.#rows.length === 0 ? undefined : partition;
  }

  async next(): Promise<Row | undefined> {
    if (this.#at === this.#rows.length) await this.#fill();
    return this.#rows[this.#at++];
  }

  covering(clustering: readonly Value[]): Deletion | undefined {
    return this.#base?.covering(clustering);
  }

  latestIn(slice: Slice): Deletion | undefined {
    return this.#base?.latestIn(slice);
  }

  /** Until there is a row or no entry is left. */
  async #fill(): Promise<void> {
    this.#at = 0;
    this.#rows = nothing;
    while (this.#rows.length === 0) {
      const entries: Row[] = [];
      for (let entry = await this.#entries.peek(); entry !== undefined; entry = await this.#entries.peek()) {
        this.#entries.take();
        entries.push(entry);
        if (entries.length === indexLimits.entriesAtOnce) break;
      }
      if (entries.length === 0) return;
      this.#rows = await this.#check(entries);
    }
  }

  async #check(entries: readonly Row[]): Promise<Row[]> {
    const { reader, index, values, now, options } = this.#search.query;
    const order = index.baseLayout.rows;
    const columns = index.base.clustering.length;
    const places = entries.map(({ clustering }) => clustering.slice(1, 1 + columns));
    const distinct = places.filter(
      (place, at) => at === 0 || compareRows(order, place, places[at - 1]!) !== 0,
    );
    const slices = distinct.map(sliceOf);
    const isReversed = options.isReversed ?? false;
    if (isReversed) slices.reverse();
    const base = await reader.read(index.base, this.key, { slices, isReversed, rowsHint: slices.length });
    if (this.#base === undefined) {
      this.deletion = base?.deletion;
      this.statics = base?.statics;
    }
    this.#base = base;
    const time = now();
    const rows: Row[] = [];
    let row = await base?.next();
    for (const [at, entry] of entries.entries()) {
      const place = places[at]!;
      while (row !== undefined && isBefore(order(row.clustering, place), isReversed))
        row = await base!.next();
      const found = row !== undefined && order(row.clustering, place) === 0 ? row : undefined;
      const isSame = this.#last !== undefined && compareRows(order, this.#last, place) === 0;
      if (!isSame) this.#isLastCurrent = false;
      this.#last = place;
      const verdict = judge(index, values, entry, found, base?.covering(place), time);
      if (verdict.kind === 'stale') this.#search.stale(entry, verdict.deleteTo);
      else if (!this.#isLastCurrent) {
        this.#isLastCurrent = true;
        rows.push(found!);
      }
    }
    return rows;
  }
}

function isBefore(order: number, isReversed: boolean): boolean {
  return isReversed ? order > 0 : order < 0;
}

function sliceOf(clustering: readonly Value[]): Slice {
  return { start: { prefix: clustering, side: 'before' }, end: { prefix: clustering, side: 'after' } };
}

async function entriesWithin(
  search: IndexSearch,
  place: Value,
  slices: readonly Slice[] = [{ start: { prefix: [], side: 'before' }, end: { prefix: [], side: 'after' } }],
  isReversed = false,
): Promise<Entries> {
  const { reader, index } = search.query;
  const cursor = await reader.read(index.schema, search.key, {
    slices: slices.map(({ start, end }) => ({
      start: { prefix: [place, ...start.prefix], side: start.side },
      end: { prefix: [place, ...end.prefix], side: end.side },
    })),
    isReversed,
  });
  return new EntriesOf(search, cursor);
}

class EntriesOf implements Entries {
  readonly #search: IndexSearch;
  readonly #cursor: PartitionCursor | undefined;
  #ahead: Row | undefined;

  constructor(search: IndexSearch, cursor: PartitionCursor | undefined) {
    this.#search = search;
    this.#cursor = cursor;
  }

  async peek(): Promise<Row | undefined> {
    for (;;) {
      this.#ahead ??= await this.#search.nextOf(this.#cursor);
      if (this.#ahead === undefined || isRowLive(this.#ahead, this.#search.query.now())) return this.#ahead;
      this.#ahead = undefined;
    }
  }

  take(): void {
    this.#ahead = undefined;
  }
}
