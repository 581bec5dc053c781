/** What values are for: columns, their parts and what else statements have, with the names that Cassandra gives them. */
import type { ColumnSchema, TableSchema } from '../../schema/model.ts';
import type { CqlType, ListType, MapType, SetType, UdtType, VectorType } from '../../types/api.ts';
import { nativeType } from '../../types/type-text.ts';
import type { ColumnSpec } from '../api.ts';

const int = nativeType('int')!;
const bigint = nativeType('bigint')!;
const text = nativeType('text')!;

const known = new WeakMap<TableSchema, Map<ColumnSchema, ColumnSpec>>();

/** The same object for the same column: markers of partition keys are known by it. */
export function columnSpec(table: TableSchema, column: ColumnSchema): ColumnSpec {
  let specs = known.get(table);
  if (specs === undefined) known.set(table, (specs = new Map()));
  let spec = specs.get(column);
  if (spec === undefined) {
    spec = { keyspace: table.keyspace, table: table.name, name: column.name, type: column.type };
    specs.set(column, spec);
  }
  return spec;
}

export function renamed(spec: ColumnSpec, name: string, type: CqlType): ColumnSpec {
  return { keyspace: spec.keyspace, table: spec.table, name, type };
}

export function inSpec(spec: ColumnSpec): ColumnSpec {
  return renamed(spec, `in(${spec.name})`, { kind: 'list', element: spec.type, frozen: true });
}

export function listIndexSpec(spec: ColumnSpec): ColumnSpec {
  return renamed(spec, `idx(${spec.name})`, int);
}

const valueSpec = (spec: ColumnSpec, type: CqlType) => renamed(spec, `value(${spec.name})`, type);
const keySpec = (spec: ColumnSpec, type: CqlType) => renamed(spec, `key(${spec.name})`, type);

export function listValueSpec(spec: ColumnSpec): ColumnSpec {
  return valueSpec(spec, (spec.type as ListType | VectorType).element);
}

export function setValueSpec(spec: ColumnSpec): ColumnSpec {
  return valueSpec(spec, (spec.type as SetType).element);
}

export function mapKeySpec(spec: ColumnSpec): ColumnSpec {
  return keySpec(spec, (spec.type as MapType).key);
}

export function mapValueSpec(spec: ColumnSpec): ColumnSpec {
  return valueSpec(spec, (spec.type as MapType).value);
}

/** Of a list, set or map. */
export function containsSpec(spec: ColumnSpec): ColumnSpec {
  return spec.type.kind === 'map' ? mapValueSpec(spec) : listValueSpec(spec);
}

/** Of a map. */
export const containsKeySpec = mapKeySpec;

export function fieldSpec(spec: ColumnSpec, index: number): ColumnSpec {
  const { name, type } = (spec.type as UdtType).fields[index]!;
  return renamed(spec, `${spec.name}.${name}`, type);
}

/** What a literal of a tuple has parts for; undefined: the type takes none. A user-defined type is a tuple with names. */
export function partTypes(type: CqlType): readonly CqlType[] | undefined {
  if (type.kind === 'tuple') return type.elements;
  return type.kind === 'udt' ? type.fields.map((field) => field.type) : undefined;
}

export function tupleElementSpec(spec: ColumnSpec, index: number): ColumnSpec {
  return renamed(spec, `${spec.name}[${index}]`, partTypes(spec.type)![index]!);
}

const ofTable = (table: TableSchema, name: string, type: CqlType): ColumnSpec => ({
  keyspace: table.keyspace,
  table: table.name,
  name,
  type,
});

export const tokenSpec = (table: TableSchema) => ofTable(table, 'partition key token', bigint);
export const limitSpec = (table: TableSchema) => ofTable(table, '[limit]', int);
export const perPartitionLimitSpec = (table: TableSchema) => ofTable(table, '[per_partition_limit]', int);
export const ttlSpec = (table: TableSchema) => ofTable(table, '[ttl]', int);
export const timestampSpec = (table: TableSchema) => ofTable(table, '[timestamp]', bigint);
export const jsonSpec = (table: TableSchema) => ofTable(table, '[json]', text);
