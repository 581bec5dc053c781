/**
 * The table behind an index, which nobody sees. Its partition key is what is indexed, as bytes that are the same for equal values
 * (ByteComparable: 1.0 and 1.00 are equal decimals). Its rows are entries: first the place of the base partition, which sorts in the
 * order of tokens, then the base row's clustering, then the path of an element. So what is found by a value comes in token order, as
 * Cassandra gives it. An entry has no values: it is alive or not.
 */
import type { TableLayout } from '../engine/order.ts';
import { entriesId } from '../schema/index-id.ts';
import type { ColumnSchema, IndexSchema, TableSchema } from '../schema/model.ts';
import { defaultTableParams } from '../schema/params/table-params.ts';
import { makeTable } from '../schema/table.ts';
import { isMultiCell } from '../schema/type-facts.ts';
import { layoutOf } from '../store/layouts.ts';
import type { CqlType, Value } from '../types/api.ts';
import { encodeKey, type KeyPart } from '../types/byte-comparable.ts';
import { type Compare, comparatorOf } from '../types/compare.ts';
import { putOrderedToken, tokenOfOrderedBytes } from '../types/token.ts';

/** What of a row is indexed. */
export type Source =
  /** One entry for each partition. */
  | { readonly kind: 'partition key'; readonly position: number }
  /** Entries mirror what makes a row alive, without values. */
  | { readonly kind: 'clustering'; readonly position: number }
  | { readonly kind: 'cell'; readonly column: ColumnSchema; readonly isStatic: boolean }
  | {
      readonly kind: 'elements';
      readonly column: ColumnSchema;
      readonly isStatic: boolean;
      readonly of: 'keys' | 'values' | 'entries';
    };

export interface IndexTable {
  readonly index: IndexSchema;
  readonly base: TableSchema;
  readonly baseLayout: TableLayout;
  /** The hidden table. */
  readonly schema: TableSchema;
  readonly source: Source;
  /** Of what is indexed: two of entries, key and value. */
  readonly parts: readonly KeyPart[];
  readonly compare: readonly Compare[];
  /** An entry finds the whole partition and not a row. */
  readonly isOfPartition: boolean;
}

const known = new WeakMap<TableSchema, readonly IndexTable[]>();
const blob: CqlType = { kind: 'native', name: 'blob' };
const tokenBytes = 8;

/** In the order of `table.indexes`; the same objects for the same table. */
export function indexTablesOf(table: TableSchema): readonly IndexTable[] {
  let tables = known.get(table);
  if (tables === undefined) {
    const baseLayout = layoutOf(table);
    tables = table.indexes.map((index) => indexTable(table, baseLayout, index));
    known.set(table, tables);
  }
  return tables;
}

/** For the store: tables that are kept, emptied and dropped with this one. */
export function hiddenTablesOf(table: TableSchema): readonly TableSchema[] {
  return table.indexes.length === 0 ? [] : indexTablesOf(table).map(({ schema }) => schema);
}

export function indexTableOf(table: TableSchema, name: string): IndexTable | undefined {
  return indexTablesOf(table).find(({ index }) => index.name === name);
}

function indexTable(base: TableSchema, baseLayout: TableLayout, index: IndexSchema): IndexTable {
  const column = base.columns.get(index.column)!;
  const source = sourceOf(column, index);
  const types = typesOf(column.type, source);
  const isStatic = (source.kind === 'cell' || source.kind === 'elements') && source.isStatic;
  const isOfPartition = source.kind === 'partition key' || isStatic;
  return {
    index,
    base,
    baseLayout,
    schema: hiddenTable(base, index, source, isOfPartition),
    source,
    parts: types.map((type) => ({ type, descending: false })),
    compare: types.map(comparatorOf),
    isOfPartition,
  };
}

function sourceOf(column: ColumnSchema, { target }: IndexSchema): Source {
  const { kind, position } = column;
  if (kind === 'partition_key') return { kind: 'partition key', position };
  if (kind === 'clustering') return { kind: 'clustering', position };
  const isStatic = kind === 'static';
  const isElements =
    isMultiCell(column.type) && (target === 'keys' || target === 'values' || target === 'entries');
  return isElements ? { kind: 'elements', column, isStatic, of: target } : { kind: 'cell', column, isStatic };
}

function typesOf(type: CqlType, source: Source): CqlType[] {
  if (source.kind !== 'elements') return [type];
  if (type.kind === 'map') {
    if (source.of === 'entries') return [type.key, type.value];
    return [source.of === 'keys' ? type.key : type.value];
  }
  if (type.kind !== 'list' && type.kind !== 'set') throw new Error('only collections have elements');
  return [type.element];
}

function hiddenTable(
  base: TableSchema,
  index: IndexSchema,
  source: Source,
  isOfPartition: boolean,
): TableSchema {
  const column = (
    kind: 'partition_key' | 'clustering',
    position: number,
    type = blob,
    order: ColumnSchema['order'] = 'asc',
  ): ColumnSchema => ({
    name: `${kind} ${position}`,
    // Behind all ids of the base table's columns, whose liveness entries may mirror.
    id: base.nextColumnId + (kind === 'clustering' ? 1 + position : 0),
    type,
    kind,
    position,
    order: kind === 'clustering' ? order : 'none',
  });
  const clustering = [column('clustering', 0)];
  if (!isOfPartition)
    for (const { type, order } of base.clustering)
      clustering.push(column('clustering', clustering.length, type, order));
  if (source.kind === 'elements') clustering.push(column('clustering', clustering.length));
  const mirrored = source.kind === 'clustering' ? base.regulars : [];
  return makeTable(
    {
      id: entriesId(base, index),
      keyspace: base.keyspace,
      name: `${base.name}.${index.name}`,
      kind: 'table',
      isCounter: false,
      isCompact: false,
      // Nothing of an entry needs to be remembered: readers look at the base row.
      params: { ...defaultTableParams, gc_grace_seconds: 0 },
      indexes: [],
      dropped: [],
    },
    [column('partition_key', 0), ...clustering, ...mirrored],
  );
}

/** Partition key of the entries of a value. */
export function entryKey({ parts }: IndexTable, values: readonly Value[]): Value {
  return encodeKey(parts, values);
}

/** The place of a base partition among entries: its token in order, then its key. */
export function placeOf(key: Value): Value {
  const place = new Uint8Array(tokenBytes + key.length);
  putOrderedToken(key, place, 0);
  place.set(key, tokenBytes);
  return place;
}

export function keyOfPlace(place: Value): Value {
  return place.subarray(tokenBytes);
}

export function tokenOfPlace(place: Value): bigint {
  return tokenOfOrderedBytes(place);
}
