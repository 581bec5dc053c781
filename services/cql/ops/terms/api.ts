/**
 * Terms and selectors between syntax and values: prepared once against types and a table, then bound or evaluated for every
 * execution. What is here are the shapes and what the functions of this folder do; each function stands in the file that its type
 * names. Behaviour and messages: Apache Cassandra 4.0, packages `cql3` and `cql3.selection`.
 *
 * A statement is prepared like this: `newTermContext(...)`, then `prepareTerm` and `prepareSelector` for its parts in the order in
 * which they are read, then `context.variables.specs`, `context.variables.partitionKeyMarkers(table)` and `context.needs` go into
 * `Prepared`.
 */
import type { Functions } from '../../functions/api.ts';
import type { Marker, SelectorWithAlias, Term, TypeSyntax } from '../../parser/ast.ts';
import type { ColumnSchema, Schema, TableSchema } from '../../schema/model.ts';
import type { CqlType, Value } from '../../types/api.ts';
import type { BoundValue, ColumnSpec, Need } from '../api.ts';

/** The bind markers of one statement. */
export interface Variables {
  /** By the markers' indexes. All are there when all parts of the statement were prepared. A named marker's spec has its name. */
  readonly specs: readonly ColumnSpec[];
  /** Says what a marker is for. */
  set(marker: Marker, spec: ColumnSpec): void;
  /** As `Prepared.partitionKeyMarkers`: empty unless each column of the key is given by a marker alone. */
  partitionKeyMarkers(table: TableSchema): readonly number[];
}

/** What the terms and selectors of one statement have in common. */
export interface TermContext {
  readonly schema: Schema;
  /** Of the statement's table: where its types and functions are looked for. */
  readonly keyspace: string;
  readonly functions: Functions;
  readonly variables: Variables;
  /** Collects EXECUTE on the user functions that are called, each once. */
  readonly needs: Need[];
}

/** context.ts. @param markers as `ParsedStatement.markers` */
export type NewTermContext = (
  schema: Schema,
  keyspace: string,
  functions: Functions,
  markers: readonly (string | undefined)[],
) => TermContext;

/** A term whose type is known. */
export interface PreparedTerm {
  readonly type: CqlType;
  /** It is the same for every execution: no marker, no call of a function that may give something else next time. */
  readonly isConstant: boolean;
  readonly hasMarker: boolean;
  /** It is `null` as written. */
  readonly isNull: boolean;
  /**
   * Checked bytes in the type's binary form: sets and maps in order and without duplicates. Null and not set as they are; whether they
   * are allowed is for the caller to say (bound.ts). Within collections they are refused here.
   * @throws CqlError `invalid`
   */
  bind(values: readonly BoundValue[]): BoundValue;
}

/**
 * terms.ts. `receiver` is what the value is for: its type is the term's, its name is in messages and in a marker's spec. Receivers of
 * parts of columns are made by specs.ts.
 */
export type PrepareTerm = (term: Term, receiver: ColumnSpec, context: TermContext) => PreparedTerm;

/** What IN compares with. */
export interface PreparedTerms {
  /** One of each term, or undefined for a marker of a list. */
  readonly terms: readonly PreparedTerm[] | undefined;
  /** In the order written, with duplicates. `null` or `'unset'`: the marker of the whole list is. */
  bind(values: readonly BoundValue[]): readonly BoundValue[] | null | 'unset';
}

/** terms.ts. `c IN (a, b, …)` and `c IN ?`, whose marker is `in(c)` with a list of the receiver's type. */
export type PrepareIn = (
  values: readonly Term[] | Marker,
  receiver: ColumnSpec,
  context: TermContext,
) => PreparedTerms;

/** Values for several columns at once. */
export interface PreparedTuple {
  /** One of each column, or undefined for a marker of a tuple. */
  readonly terms: readonly PreparedTerm[] | undefined;
  /**
   * As many as there are receivers. A null or missing element is null.
   * @throws CqlError `invalid` for a tuple of another size, or one that is null or not set as a whole
   */
  bind(values: readonly BoundValue[]): readonly BoundValue[];
}

/** tuples.ts. `(a, b) > (1, ?)` and `(a, b) > ?`, whose marker is `(a,b)`. */
export type PrepareTuple = (
  term: Term,
  receivers: readonly ColumnSpec[],
  context: TermContext,
) => PreparedTuple;

export interface PreparedTuples {
  /** In the order written. @throws CqlError as `PreparedTuple`, and for a list that is null or not set */
  bind(values: readonly BoundValue[]): readonly (readonly BoundValue[])[];
}

/** tuples.ts. `(a, b) IN ((1, 2), ?)` and `(a, b) IN ?`, whose marker is `in(a,b)`. */
export type PrepareTuplesIn = (
  values: readonly Term[] | Marker,
  receivers: readonly ColumnSpec[],
  context: TermContext,
) => PreparedTuples;

/** type-syntax.ts. What a written type means in a keyspace. @throws CqlError `invalid`: unknown types, frozen where it may not be */
export type ResolveTypeSyntax = (type: TypeSyntax, keyspace: string, schema: Schema) => CqlType;

/**
 * specs.ts. Receivers with the names that Cassandra gives them:
 * `columnSpec(table, column)` `c`; `inSpec(spec)` `in(c)`; `listIndexSpec(spec)` `idx(c)` int; `listValueSpec(spec)` `value(c)`;
 * `setValueSpec(spec)` `value(c)`; `mapKeySpec(spec)` `key(c)`; `mapValueSpec(spec)` `value(c)`; `fieldSpec(spec, index)` `c.f`;
 * `tupleElementSpec(spec, index)` `c[1]`; `containsSpec(spec)` `value(c)`, `containsKeySpec(spec)` `key(c)`;
 * `tokenSpec(table)` `partition key token` bigint; `limitSpec(table)` `[limit]` int;
 * `perPartitionLimitSpec(table)` `[per_partition_limit]` int; `ttlSpec(table)` `[ttl]` int; `timestampSpec(table)` `[timestamp]` bigint;
 * `jsonSpec(table)` `[json]` text.
 */
export type SpecOf = (spec: ColumnSpec) => ColumnSpec;
export type SpecOfTable = (table: TableSchema) => ColumnSpec;

/** specs.ts `columnSpec`. The same object for the same column of a table. */
export type SpecOfColumn = (table: TableSchema, column: ColumnSchema) => ColumnSpec;

/**
 * The row that a SELECT looks at. Columns go by their slots: their order of first use in the selection, which
 * `SelectedColumns.columns` has. Whoever reads rows fills one object of this shape again and again.
 */
export interface RowView {
  /** Undefined: null. Collections and user types that are not frozen are put together. A counter's is 8 bytes. */
  value(slot: number): Value | undefined;
  /** Microseconds, of a column of one cell that has a value. */
  writetime(slot: number): bigint | undefined;
  /** Seconds that are left, of a column of one cell that has a value and expires. */
  ttl(slot: number): number | undefined;
  /** The latest of all cells of a column, which may be several. */
  maxWritetime(slot: number): bigint | undefined;
}

/** Which columns a selection needs: shared by its selectors. selected-columns.ts `newSelectedColumns()` */
export interface SelectedColumns {
  /** By slot. */
  readonly columns: readonly ColumnSchema[];
  /** Some selector asks for write times, or times to live: else a `RowView` is never asked for them. */
  readonly needsWritetime: boolean;
  readonly needsTtl: boolean;
  /** Adds the column if it is not there. */
  slot(column: ColumnSchema): number;
  /** Says that times are asked for. */
  noteTime(time: 'writetime' | 'ttl'): void;
}

export interface PreparedSelector {
  /** As the result shows it: the alias, or Cassandra's name for what was written. */
  readonly spec: ColumnSpec;
  /** It is this column as it is, at `slot`: whoever reads rows may take the value without asking. */
  readonly column: ColumnSchema | undefined;
  /** Of `column`; else -1. */
  readonly slot: number;
  /** It calls an aggregate, anywhere. If one selector does, the whole selection goes through `start`. */
  readonly isAggregate: boolean;
  /** Of one row. Not of aggregates. @param values of the statement's markers */
  evaluate(row: RowView, values: readonly BoundValue[]): Value | undefined;
  /** For a group of rows. What is no aggregate is evaluated for the group's first row, or without rows as if all were null. */
  start(values: readonly BoundValue[]): Accumulator;
}

/** One selector's state of one group. */
export interface Accumulator {
  add(row: RowView): void;
  /** May be asked once, after the last row of the group. */
  result(): Value | undefined;
}

/** selectors.ts. In the order written; markers without a type are refused in Cassandra's words. */
export type PrepareSelector = (
  selector: SelectorWithAlias,
  table: TableSchema,
  columns: SelectedColumns,
  context: TermContext,
) => PreparedSelector;

/** selectors.ts `prepareColumnSelector`: of one column as `SELECT *` has it. */
export type PrepareColumnSelector = (
  column: ColumnSchema,
  table: TableSchema,
  columns: SelectedColumns,
) => PreparedSelector;

/**
 * bound.ts. For values that must be there: the same value, or CqlError `invalid`.
 * `requireSet(bound, name)`: `Invalid unset value for column c`; `requireValue(bound, name)`: besides
 * `Invalid null value in condition for column c`.
 */
export type RequireSet = (bound: BoundValue, name: string) => Value | null;
export type RequireValue = (bound: BoundValue, name: string) => Value;
