/**
 * CQL types as values. The binary forms, their order, literals and texts are functions over them in this folder. Specification:
 * "CQL BINARY PROTOCOL v5", section 6, and the CQL 3.4.5 reference of Apache Cassandra.
 */

export const nativeNames = [
  'ascii',
  'bigint',
  'blob',
  'boolean',
  'counter',
  'date',
  'decimal',
  'double',
  'duration',
  'float',
  'inet',
  'int',
  'smallint',
  'text',
  'time',
  'timestamp',
  'timeuuid',
  'tinyint',
  'uuid',
  'varint',
] as const;

export type NativeName = (typeof nativeNames)[number];

export interface NativeType {
  readonly kind: 'native';
  readonly name: NativeName;
}

/** Of several cells unless frozen. */
export interface ListType {
  readonly kind: 'list';
  readonly element: CqlType;
  readonly frozen: boolean;
}

export interface SetType {
  readonly kind: 'set';
  readonly element: CqlType;
  readonly frozen: boolean;
}

export interface MapType {
  readonly kind: 'map';
  readonly key: CqlType;
  readonly value: CqlType;
  readonly frozen: boolean;
}

/** Always one value. */
export interface TupleType {
  readonly kind: 'tuple';
  readonly elements: readonly CqlType[];
}

export interface UdtField {
  readonly name: string;
  readonly type: CqlType;
}

/** With its fields as they are in the schema that resolved it. */
export interface UdtType {
  readonly kind: 'udt';
  readonly keyspace: string;
  readonly name: string;
  readonly fields: readonly UdtField[];
  readonly frozen: boolean;
}

/** Always one value, without null elements. */
export interface VectorType {
  readonly kind: 'vector';
  readonly element: CqlType;
  readonly dimension: number;
}

/** A class of Cassandra's that has no name in CQL: its values are bytes. */
export interface CustomType {
  readonly kind: 'custom';
  readonly className: string;
}

export type CollectionType = ListType | SetType | MapType;

export type CqlType = NativeType | CollectionType | TupleType | UdtType | VectorType | CustomType;

/** A value in its binary form. Null is `undefined` at most places; an empty value has no bytes. */
export type Value = Uint8Array;
