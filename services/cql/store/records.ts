/**
 * Rows as records, read: a row by its key, slices and whole tables by the private index. What a record says of a row has been reconciled with
 * everything that was settled, deletions of its partition included. So the partition's head is read only where something else needs
 * it: static columns, or what the memtable has of the partition, which may be older than the head's deletions.
 */
import { type IndexCursor, readPieces, type TableDomain, type TableStore } from '@hypergate/table';
import type { RangeTombstone } from '../engine/model.ts';
import type { RowOrder } from '../engine/order.ts';
import { compareBoundToRow, compareRows } from '../engine/order.ts';
import type {
  PartitionSource,
  PartitionSourceScan,
  RecordSource,
  StoredRow,
} from '../engine/record-source.ts';
import { isPromise } from '../engine/soon.ts';
import type { PartitionRange, ReadOptions, Slice, Soon } from '../engine/storage.ts';
import { decodeBody, type StoredHead } from '../model/row-body.ts';
import {
  behindPrefix,
  boundSort,
  clusteringParts,
  cutPrefix,
  headSort,
  isCut,
  isHead,
  partitionPrefix,
  placeOf,
  recordKey,
  rowSort,
  rowsTable,
  tokenSort,
} from '../model/rows.ts';
import type { TableSchema } from '../schema/model.ts';
import type { Value } from '../types/api.ts';
import type { KeyPart } from '../types/byte-comparable.ts';
import { tokenOf } from '../types/token.ts';
import { storeLimits } from './limits.ts';
import { nameText, type RowCache, unknown } from './row-cache.ts';

/** Where a table's rows are. */
export interface RowsPlace {
  readonly domain: TableDomain;
  /** `rowsPartition` */
  readonly partition: Buffer;
  /** `placeName` of both. */
  readonly name: string;
}

export interface RecordsModules {
  readonly tables: TableStore;
  readonly cache: RowCache;
  /** Undefined while no record of the table was ever written. */
  placeOf(table: TableSchema): RowsPlace | undefined;
  orderOf(table: TableSchema): RowOrder;
  /** Whether the head of a partition matters for more than static columns. */
  isTouched(table: TableSchema, key: Value): boolean;
}

interface Target {
  readonly table: TableSchema;
  readonly place: RowsPlace;
  readonly parts: readonly KeyPart[];
  readonly order: RowOrder;
  readonly slices: readonly Slice[] | undefined;
  readonly isReversed: boolean;
}

const noTombstones: readonly RangeTombstone[] = [];
/** Rows that are read by their keys: more are found through the index. */
const pointsMax = 4;

export class Records implements RecordSource {
  readonly #modules: RecordsModules;

  constructor(modules: RecordsModules) {
    this.#modules = modules;
  }

  read(table: TableSchema, key: Value, options: ReadOptions): Soon<PartitionSource | undefined> {
    const target = this.#target(table, options);
    if (target === undefined) return undefined;
    const needsHead = table.statics.length > 0 || this.#modules.isTouched(table, key);
    const head = needsHead ? this.#head(target.place, key) : undefined;
    const points = pointsOf(target);
    if (points === undefined) {
      const rows = new SliceRows(target, key, this.#modules);
      if (!isPromise(head)) return source(key, head, rows);
      return head.then((found) => source(key, found, rows));
    }
    const found = this.#points(target, key, points);
    if (!isPromise(head) && !isPromise(found)) return pointsSource(key, head, found);
    return Promise.all([head, found]).then(([head, found]) => pointsSource(key, head, found));
  }

  scan(table: TableSchema, range: PartitionRange, options: ReadOptions): PartitionSourceScan {
    const target = this.#target(table, options);
    if (target === undefined) return nothing;
    return new RecordScan(target, range, this.#modules);
  }

  /** What the record of a row says. */
  row(table: TableSchema, key: Value, clustering: readonly Value[]): Soon<StoredRow | undefined> {
    const place = this.#modules.placeOf(table);
    if (place === undefined) return undefined;
    return rowAt(place, rowSort(key, clusteringParts(table), clustering), this.#modules);
  }

  /** Rows of a partition, without what it has besides. */
  rows(
    table: TableSchema,
    key: Value,
    slices: readonly Slice[],
  ): { next(): Soon<StoredRow | undefined> } | undefined {
    const target = this.#target(table, { slices });
    return target === undefined ? undefined : new SliceRows(target, key, this.#modules);
  }

  head(table: TableSchema, key: Value): Soon<StoredHead | undefined> {
    const place = this.#modules.placeOf(table);
    return place === undefined ? undefined : this.#head(place, key);
  }

  #target(table: TableSchema, { slices, isReversed = false }: ReadOptions): Target | undefined {
    const place = this.#modules.placeOf(table);
    if (place === undefined) return undefined;
    return {
      table,
      place,
      parts: clusteringParts(table),
      order: this.#modules.orderOf(table),
      slices,
      isReversed,
    };
  }

  /** In the direction of reading. */
  #points(target: Target, key: Value, points: readonly (readonly Value[])[]): Soon<readonly StoredRow[]> {
    const { place, parts, isReversed } = target;
    const reading = points.map((clustering) => rowAt(place, rowSort(key, parts, clustering), this.#modules));
    if (isReversed) reading.reverse();
    if (!reading.some(isPromise)) return (reading as (StoredRow | undefined)[]).filter(isThere);
    return Promise.all(reading).then((rows) => rows.filter(isThere));
  }

  #head(place: RowsPlace, key: Value): Soon<StoredHead | undefined> {
    const bytes = bodyAt(place, headSort(key), this.#modules);
    return isPromise(bytes) ? bytes.then(headOf) : headOf(bytes);
  }
}

const nothing: PartitionSourceScan = { next: () => undefined };

function isThere(row: StoredRow | undefined): row is StoredRow {
  return row !== undefined;
}

function pointsSource(
  key: Value,
  head: StoredHead | undefined,
  rows: readonly StoredRow[],
): PartitionSource | undefined {
  if (head === undefined && rows.length === 0) return undefined;
  let index = 0;
  return source(key, head, { next: () => rows[index++] });
}

function source(
  key: Value,
  head: StoredHead | undefined,
  rows: { next(): Soon<StoredRow | undefined> },
  token = tokenOf(key),
): PartitionSource {
  return {
    key,
    token,
    deletion: head?.deletion,
    statics: head?.statics,
    tombstones: head?.tombstones ?? noTombstones,
    next: () => rows.next(),
  };
}

type BodyModules = Pick<RecordsModules, 'tables' | 'cache'>;

function rowAt(place: RowsPlace, sort: Uint8Array, modules: BodyModules): Soon<StoredRow | undefined> {
  const bytes = bodyAt(place, sort, modules);
  return isPromise(bytes) ? bytes.then(rowOf) : rowOf(bytes);
}

/** What a record holds, out of the cache where it is there. */
function bodyAt(place: RowsPlace, sort: Uint8Array, modules: BodyModules): Soon<Buffer | undefined> {
  const name = place.name + nameText(sort);
  const cached = modules.cache.get(name);
  return cached === unknown ? readBody(place, sort, name, modules) : cached;
}

async function readBody(
  { domain, partition }: RowsPlace,
  sort: Uint8Array,
  name: string,
  { tables, cache }: BodyModules,
): Promise<Buffer | undefined> {
  const { revision } = cache;
  const stored = await domain.get(rowsTable, recordKey(partition, sort));
  if (stored === undefined) {
    cache.read(name, undefined, revision);
    return undefined;
  }
  const [piece] = stored.row.body;
  if (piece?.kind !== 'inline') return readPieces(tables, stored.row.body);
  // A copy: what was read has more than the body.
  if (piece.bytes.length <= storeLimits.cachedBodyBytesMax)
    cache.read(name, Buffer.from(piece.bytes), revision);
  return piece.bytes;
}

function rowOf(bytes: Buffer | undefined): StoredRow | undefined {
  if (bytes === undefined) return undefined;
  const body = decodeBody(bytes);
  if (body.kind !== 'row') throw new Error('the record of a row is another one');
  return body.row;
}

function headOf(bytes: Buffer | undefined): StoredHead | undefined {
  if (bytes === undefined) return undefined;
  const body = decodeBody(bytes);
  if (body.kind !== 'head') throw new Error('the head of a partition is another record');
  return body;
}

/** Clusterings, when slices are nothing but a few whole ones. */
function pointsOf({ table, slices }: Target): (readonly Value[])[] | undefined {
  const columns = table.clustering.length;
  if (columns === 0) return [[]];
  if (slices === undefined || slices.length > pointsMax) return undefined;
  const points: (readonly Value[])[] = [];
  for (const { start, end } of slices) {
    const isPoint =
      start.side === 'before' &&
      end.side === 'after' &&
      start.prefix.length === columns &&
      end.prefix.length === columns &&
      start.prefix.every((value, index) => value === end.prefix[index] || isSame(value, end.prefix[index]!));
    if (!isPoint) return undefined;
    points.push(start.prefix);
  }
  return points;
}

function isSame(left: Value, right: Value): boolean {
  return left.length === right.length && Buffer.compare(left, right) === 0;
}

/** Rows of one partition in its slices, in the direction of reading. */
class SliceRows {
  readonly #target: Target;
  readonly #key: Value;
  readonly #modules: BodyModules;
  readonly #slices: readonly Slice[];
  #index = 0;
  #cursor: IndexCursor | undefined;
  /** Rows whose keys are cut the same, in order. */
  #group: StoredRow[] = [];
  #pending: Entry | undefined;

  constructor(target: Target, key: Value, modules: BodyModules) {
    this.#target = target;
    this.#key = key;
    this.#modules = modules;
    const { slices = whole, isReversed } = target;
    this.#slices = isReversed && slices.length > 1 ? slices.toReversed() : slices;
  }

  next(): Soon<StoredRow | undefined> {
    for (;;) {
      const grouped = this.#group.shift();
      if (grouped !== undefined) return grouped;
      const entry = this.#entry();
      if (entry === undefined) return undefined;
      if (isCut(entry.sort)) return this.#readGroup(entry).then(() => this.next());
      if (entry.projection.length > 0) return rowOf(bufferOf(entry.projection));
      const row = this.#readOne(entry.sort);
      if (isPromise(row)) return row.then((found) => found ?? this.next());
      if (row !== undefined) return row;
    }
  }

  #entry(): Entry | undefined {
    const pending = this.#pending;
    if (pending !== undefined) {
      this.#pending = undefined;
      return pending;
    }
    for (; this.#index < this.#slices.length; this.#index++, this.#cursor = undefined) {
      this.#cursor ??= this.#open(this.#slices[this.#index]!);
      const entry = this.#cursor.next() as Entry | undefined;
      if (entry !== undefined) return entry;
    }
    return undefined;
  }

  #open({ start, end }: Slice): IndexCursor {
    const { place, parts, isReversed } = this.#target;
    return place.domain.cursor(rowsTable, place.partition, {
      gte: boundSort(this.#key, parts, start, false),
      lt: boundSort(this.#key, parts, end, true),
      reverse: isReversed,
    });
  }

  #readOne(sort: Uint8Array): Soon<StoredRow | undefined> {
    return rowAt(this.#target.place, sort, this.#modules);
  }

  async #readGroup(first: Entry): Promise<void> {
    const { order, isReversed } = this.#target;
    const prefix = cutPrefix(first.sort);
    const rows: StoredRow[] = [];
    const slice = this.#slices[this.#index]!;
    for (let entry: Entry | undefined = first; entry !== undefined; ) {
      const row = await this.#readOne(entry.sort);
      if (row !== undefined && isInside(order, slice, row.clustering)) rows.push(row);
      entry = this.#cursor!.next() as Entry | undefined;
      if (entry !== undefined && !(isCut(entry.sort) && isSame(cutPrefix(entry.sort), prefix))) {
        this.#pending = entry;
        break;
      }
    }
    rows.sort((left, right) => compareRows(order, left.clustering, right.clustering));
    if (isReversed) rows.reverse();
    this.#group = rows;
  }
}

const whole: readonly Slice[] = [
  { start: { prefix: [], side: 'before' }, end: { prefix: [], side: 'after' } },
];

interface Entry {
  readonly sort: Uint8Array;
  readonly projection: Uint8Array;
}

function isInside(order: RowOrder, { start, end }: Slice, clustering: readonly Value[]): boolean {
  return compareBoundToRow(order, start, clustering) < 0 && compareBoundToRow(order, end, clustering) > 0;
}

function bufferOf(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

const zero = Buffer.of(0);

/** Partitions in the order of tokens. Finds the next one behind all records of the last. */
class RecordScan implements PartitionSourceScan {
  readonly #target: Target;
  readonly #range: PartitionRange;
  readonly #modules: RecordsModules;
  readonly #cursor: IndexCursor;
  #next: Uint8Array | undefined;

  constructor(target: Target, range: PartitionRange, modules: RecordsModules) {
    this.#target = target;
    this.#range = range;
    this.#modules = modules;
    const { place } = target;
    const { from } = range;
    this.#cursor = place.domain.cursor(
      rowsTable,
      place.partition,
      from === undefined ? {} : { gte: startOf(from) },
    );
  }

  next(): Soon<PartitionSource | undefined> {
    if (this.#next !== undefined) this.#cursor.seek(this.#next);
    const entry = this.#cursor.next() as Entry | undefined;
    if (entry === undefined) return undefined;
    const { token, key, prefixBytes } = placeOf(entry.sort);
    const { to } = this.#range;
    if (to !== undefined && (to.isInclusive ? token > to.token : token >= to.token)) return undefined;
    this.#next = behindPrefix(entry.sort.subarray(0, prefixBytes));
    const head = isHead(entry.sort, prefixBytes);
    if (key !== undefined && !head) return this.#partition(key, token, undefined);
    return this.#withHead(entry, token, head);
  }

  async #withHead(entry: Entry, token: bigint, isHeadRecord: boolean): Promise<PartitionSource | undefined> {
    const { place } = this.#target;
    const stored = await place.domain.get(rowsTable, recordKey(place.partition, entry.sort));
    if (stored === undefined) {
      // Removed meanwhile. Where its key is not known, whatever else there is of the partition tells.
      const { key } = placeOf(entry.sort);
      if (key !== undefined) return this.#partition(key, token, undefined);
      this.#next = Buffer.concat([entry.sort, zero]);
      return this.next();
    }
    const { partitionKey, body } = stored.row;
    const head = isHeadRecord ? headOf(await readPieces(this.#modules.tables, body)) : undefined;
    return this.#partition(partitionKey, token, head);
  }

  #partition(key: Value, token: bigint, head: StoredHead | undefined): PartitionSource {
    return source(key, head, new SliceRows(this.#target, key, this.#modules), token);
  }
}

function startOf({ token, key, isExclusive }: NonNullable<PartitionRange['from']>): Uint8Array {
  if (key === undefined) return tokenSort(token, isExclusive ? 'after' : 'before');
  const prefix = partitionPrefix(key);
  return isExclusive ? behindPrefix(prefix) : prefix;
}
