/**
 * The schema as a value: never changed, only replaced. Every change of it makes a new `Schema` with another version. Names are as
 * they are stored: without quotes, in lower case unless they were quoted.
 */
import type { CqlType, UdtField } from '../types/api.ts';

export type ColumnKind = 'partition_key' | 'clustering' | 'static' | 'regular';

export interface ColumnSchema {
  readonly name: string;
  /**
   * Of this column within its table, for what is stored: never used again, so that a column which is added under the name of one that
   * was dropped does not show its values.
   */
  readonly id: number;
  readonly type: CqlType;
  readonly kind: ColumnKind;
  /** Among its kind: 0 and on for keys, -1 for others. */
  readonly position: number;
  /** Of clustering columns. */
  readonly order: 'asc' | 'desc' | 'none';
}

export interface DroppedColumn {
  readonly name: string;
  readonly type: CqlType;
  readonly kind: ColumnKind;
  /** Microseconds since 1970. */
  readonly droppedAt: bigint;
}

/** What `WITH` sets, by name as in `system_schema.tables`; maps as maps. What nothing here obeys is kept and shown. */
export type TableParams = Readonly<Record<string, ParamValue>>;
export type ParamValue = string | number | boolean | Readonly<Record<string, string>>;

export type IndexTarget = 'values' | 'keys' | 'entries' | 'full' | 'simple';

export interface IndexSchema {
  readonly name: string;
  /** Among the columns and indexes of its table, never used again: an index made anew under its name must not show the old one's entries. */
  readonly id: number;
  readonly column: string;
  readonly target: IndexTarget;
  readonly kind: 'COMPOSITES' | 'KEYS' | 'CUSTOM';
  readonly options: Readonly<Record<string, string>>;
}

/** What a table is that shows another one's rows under another key. */
export interface ViewDefinition {
  readonly baseTable: string;
  readonly includesAll: boolean;
  /** Text of the condition behind WHERE, as `system_schema.views` has it. */
  readonly where: string;
}

export interface TableSchema {
  /** A UUID, 16 bytes in hexadecimal without dashes. */
  readonly id: string;
  readonly keyspace: string;
  readonly name: string;
  readonly kind: 'table' | 'view' | 'virtual';
  readonly columns: ReadonlyMap<string, ColumnSchema>;
  readonly partitionKey: readonly ColumnSchema[];
  readonly clustering: readonly ColumnSchema[];
  /** Both in the order of their names. */
  readonly statics: readonly ColumnSchema[];
  readonly regulars: readonly ColumnSchema[];
  /** Its regular columns are counters. */
  readonly isCounter: boolean;
  /** Of COMPACT STORAGE: read as Cassandra shows it. */
  readonly isCompact: boolean;
  readonly params: TableParams;
  readonly indexes: readonly IndexSchema[];
  readonly dropped: readonly DroppedColumn[];
  readonly nextColumnId: number;
  readonly view?: ViewDefinition;
}

export interface UserType {
  readonly keyspace: string;
  readonly name: string;
  readonly fields: readonly UdtField[];
}

export interface FunctionSchema {
  readonly keyspace: string;
  readonly name: string;
  readonly argumentNames: readonly string[];
  readonly argumentTypes: readonly CqlType[];
  readonly returnType: CqlType;
  readonly calledOnNull: boolean;
  readonly language: string;
  readonly body: string;
}

export interface AggregateSchema {
  readonly keyspace: string;
  readonly name: string;
  readonly argumentTypes: readonly CqlType[];
  readonly stateFunction: string;
  readonly stateType: CqlType;
  readonly finalFunction?: string;
  /** CQL text of the first state. */
  readonly initialCondition?: string;
  readonly returnType: CqlType;
}

export interface KeyspaceSchema {
  readonly name: string;
  readonly durableWrites: boolean;
  /** With `class`, in full. */
  readonly replication: Readonly<Record<string, string>>;
  readonly isVirtual: boolean;
  readonly tables: ReadonlyMap<string, TableSchema>;
  readonly types: ReadonlyMap<string, UserType>;
  /** By name; overloads in the order they were made. */
  readonly functions: ReadonlyMap<string, readonly FunctionSchema[]>;
  readonly aggregates: ReadonlyMap<string, readonly AggregateSchema[]>;
}

export interface Schema {
  /** A UUID as text: the same for the same content on every gateway. */
  readonly version: string;
  readonly keyspaces: ReadonlyMap<string, KeyspaceSchema>;
}

/** What clients are told of a change. */
export interface SchemaChange {
  readonly change: 'CREATED' | 'UPDATED' | 'DROPPED';
  readonly target: 'KEYSPACE' | 'TABLE' | 'TYPE' | 'FUNCTION' | 'AGGREGATE';
  readonly keyspace: string;
  readonly name?: string;
  /** Of functions and aggregates: as CQL writes them. */
  readonly argumentTypes?: readonly string[];
}
