/**
 * Rows of the base table by a value, through the entries of an index: partitions in the order of tokens, in each those rows that
 * have the value now. Each entry is checked against its row, which is read for it and given at once; what is not true any more is
 * left out and reported, so that it can be deleted.
 */
import { setImmediate } from 'node:timers/promises';
import { isRowLive } from '../engine/liveness.ts';
import type { Mutation, Row } from '../engine/model.ts';
import { compareBytes } from '../engine/order.ts';
import type {
  PartitionCursor,
  PartitionRange,
  Reader,
  ReadOptions,
  Slice,
  TableScan,
} from '../engine/storage.ts';
import type { Value } from '../types/api.ts';
import { orderedTokenBytes } from '../types/token.ts';
import { judge } from './current.ts';
import { entryKey, type IndexTable, keyOfPlace } from './index-table.ts';
import { IndexedPartition } from './indexed-partition.ts';
import { indexLimits } from './limits.ts';

export interface IndexQuery {
  readonly reader: Reader;
  readonly index: IndexTable;
  /** Of entries key and value. */
  readonly values: readonly Value[];
  readonly options: ReadOptions;
  /** Seconds since 1970. */
  now(): number;
  /** What deletes a stale entry. */
  onStale(deletion: Mutation): void;
}

const largestToken = 2n ** 63n - 1n;

export class IndexSearch implements TableScan {
  readonly key: Value;
  readonly query: IndexQuery;
  readonly #range: PartitionRange;
  /** Entries are read from behind this place on. */
  #behind: Value | undefined;
  #entries: PartitionCursor | undefined;
  #isOpen = false;
  #ahead: Row | undefined;
  #looked = 0;

  constructor(query: IndexQuery, range: PartitionRange) {
    this.query = query;
    this.key = entryKey(query.index, query.values);
    this.#range = range;
  }

  async next(): Promise<PartitionCursor | undefined> {
    for (;;) {
      const entry = await this.#nextPlace();
      if (entry === undefined) return undefined;
      const place = entry.clustering[0]!;
      const found = this.query.index.isOfPartition
        ? await this.#wholePartition(entry, keyOfPlace(place))
        : await IndexedPartition.open(this, place);
      if (found !== undefined) return found;
    }
  }

  /** The next entry that is alive, of the same partition unless one is given; it stays the next one. */
  async peek(place?: Value): Promise<Row | undefined> {
    if (!this.#isOpen) await this.#open();
    for (;;) {
      const entry = this.#ahead ?? (await this.nextOf(this.#entries));
      this.#ahead = entry;
      if (entry === undefined) return undefined;
      if (place !== undefined && compareBytes(entry.clustering[0]!, place) !== 0) return undefined;
      if (isRowLive(entry, this.query.now())) return entry;
      this.#ahead = undefined;
    }
  }

  take(): void {
    this.#ahead = undefined;
  }

  /** Of entries that are read for it. Few of many may be true, and memory answers without waiting: others have their turn here. */
  async nextOf(entries: PartitionCursor | undefined): Promise<Row | undefined> {
    this.#looked += 1;
    if (this.#looked % indexLimits.entriesPerTurn === 0) await setImmediate();
    return entries?.next();
  }

  stale(entry: Row, deleteTo: bigint | undefined): void {
    if (deleteTo === undefined) return;
    const deletion = { timestamp: deleteTo, localTime: 0 };
    const row = { clustering: entry.clustering, marker: undefined, deletion, columns: new Map() };
    this.query.onStale({
      table: this.query.index.schema.id,
      key: this.key,
      deletion: undefined,
      statics: undefined,
      rows: [row],
      tombstones: [],
    });
  }

  /** The first entry behind the partition that was given last. */
  async #nextPlace(): Promise<Row | undefined> {
    let entry = await this.peek();
    if (
      entry !== undefined &&
      this.#behind !== undefined &&
      compareBytes(entry.clustering[0]!, this.#behind) <= 0
    ) {
      // It was not read to its end, which may be far.
      await this.#open();
      entry = await this.peek();
    }
    if (entry !== undefined) this.#behind = entry.clustering[0]!;
    return entry;
  }

  async #open(): Promise<void> {
    const { reader, index } = this.query;
    const start =
      this.#behind === undefined
        ? startOf(this.#range)
        : ({ prefix: [this.#behind], side: 'after' } as const);
    const end = endOf(this.#range);
    this.#isOpen = true;
    this.#ahead = undefined;
    this.#entries =
      start === undefined
        ? undefined
        : await reader.read(index.schema, this.key, { slices: [{ start, end }] });
  }

  /** Of an index whose entries stand for partitions. */
  async #wholePartition(entry: Row, key: Value): Promise<PartitionCursor | undefined> {
    const { reader, index, values, options } = this.query;
    const cursor = await reader.read(index.base, key, options);
    if (index.source.kind === 'partition key') {
      if (cursor !== undefined) return cursor;
      this.stale(entry, entry.marker?.timestamp);
      return undefined;
    }
    const verdict = judge(index, values, entry, cursor?.statics, cursor?.deletion, this.query.now());
    if (verdict.kind === 'current') return cursor;
    this.stale(entry, verdict.deleteTo);
    return undefined;
  }
}

/** Undefined: nothing is behind it. */
function startOf({ from }: PartitionRange): Slice['start'] | undefined {
  if (from === undefined) return { prefix: [], side: 'before' };
  const token = orderedTokenBytes(from.token);
  if (from.key !== undefined) {
    const place = Buffer.concat([token, from.key]);
    return { prefix: [place], side: from.isExclusive ? 'after' : 'before' };
  }
  if (!from.isExclusive) return { prefix: [token], side: 'before' };
  if (from.token === largestToken) return undefined;
  return { prefix: [orderedTokenBytes(from.token + 1n)], side: 'before' };
}

function endOf({ to }: PartitionRange): Slice['end'] {
  if (to === undefined || (to.isInclusive && to.token === largestToken)) return { prefix: [], side: 'after' };
  return { prefix: [orderedTokenBytes(to.isInclusive ? to.token + 1n : to.token)], side: 'before' };
}
