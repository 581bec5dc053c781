/**
 * What statements are between their text and their answer: prepared against a schema (checked, types resolved, bind markers
 * known), then executed any number of times with values. A prepared statement is good for the `Schema` that it was made with; whoever keeps it
 * prepares it again when the schema is another one.
 */
import type { Soon, Storage, WriteClock } from '../engine/storage.ts';
import type { Schema, SchemaChange } from '../schema/model.ts';
import type { CqlType, Value } from '../types/api.ts';

/** A column of a result, or a bind marker, as the protocol describes it. */
export interface ColumnSpec {
  readonly keyspace: string;
  readonly table: string;
  readonly name: string;
  readonly type: CqlType;
}

/** Of a bind marker: bytes, null, or not set (v4 and later). */
export type BoundValue = Value | null | 'unset';

/** As the protocol numbers them; checked and documented, not obeyed beyond what services/cql/README.md says. */
export type Consistency = number;

export const serialConsistency = 0x0008;
export const localSerialConsistency = 0x0009;

/** What comes with one execution. */
export interface QueryOptions {
  readonly values: readonly BoundValue[];
  readonly consistency: Consistency;
  readonly serialConsistency: Consistency | undefined;
  /** Rows of a page; undefined: all in one. */
  readonly pageSize: number | undefined;
  /** As a page before gave it. */
  readonly pagingState: Uint8Array | undefined;
  /** Microseconds; undefined: the server's clock. A statement's own USING TIMESTAMP goes before. */
  readonly timestamp: bigint | undefined;
  /** Seconds since 1970 (v5); undefined: the server's clock. */
  readonly nowSeconds: number | undefined;
}

/** Who asks. Permissions are checked before a statement is executed, with `Prepared.needs`. */
export interface Caller {
  readonly role: string;
  readonly isSuperuser: boolean;
}

export type Permission =
  | 'CREATE'
  | 'ALTER'
  | 'DROP'
  | 'SELECT'
  | 'MODIFY'
  | 'AUTHORIZE'
  | 'DESCRIBE'
  | 'EXECUTE';

export type Resource =
  | { readonly kind: 'all-keyspaces' }
  | { readonly kind: 'keyspace'; readonly keyspace: string }
  | { readonly kind: 'table'; readonly keyspace: string; readonly table: string }
  | { readonly kind: 'all-roles' }
  | { readonly kind: 'role'; readonly role: string }
  | { readonly kind: 'all-functions' }
  | { readonly kind: 'keyspace-functions'; readonly keyspace: string }
  | {
      readonly kind: 'function';
      readonly keyspace: string;
      readonly name: string;
      /** Types as CQL writes them. */
      readonly argumentTypes: readonly string[];
    };

export interface Need {
  readonly permission: Permission;
  readonly resource: Resource;
}

/** Seals paging states, so that what comes back is what was given: services/cql/connection. */
export interface PagingSeal {
  seal(state: Uint8Array): Uint8Array;
  /** @throws CqlError `protocol`: `Invalid value for the paging state` */
  open(sealed: Uint8Array): Uint8Array;
}

/** What statements are executed on. */
export interface Executing {
  readonly storage: Storage;
  readonly clock: WriteClock;
  /** Milliseconds since 1970, of the server. */
  now(): number;
  /** Latest schema. */
  schema(): Schema;
  readonly paging: PagingSeal;
  readonly caller: Caller;
  /** The keyspace of USE. */
  readonly keyspace: string | undefined;
  /** Warnings to send along. */
  warn(text: string): void;
}

export interface RowsResult {
  readonly kind: 'rows';
  readonly columns: readonly ColumnSpec[];
  /** Undefined: null. */
  readonly rows: readonly (readonly (Value | undefined)[])[];
  /** There are more pages. */
  readonly pagingState?: Uint8Array;
}

export type Result =
  | { readonly kind: 'void' }
  | RowsResult
  | { readonly kind: 'set-keyspace'; readonly keyspace: string }
  | { readonly kind: 'schema-change'; readonly change: SchemaChange };

/** A statement that was checked against a schema. */
export interface Prepared {
  /** Bind markers in their order. */
  readonly variables: readonly ColumnSpec[];
  /** For each component of the partition key the marker that gives it; empty unless all are markers. */
  readonly partitionKeyMarkers: readonly number[];
  /** Columns of the answer when they are known before: of SELECT and DESCRIBE. */
  readonly columns: readonly ColumnSpec[] | undefined;
  readonly needs: readonly Need[];
  /** @throws CqlError */
  execute(options: QueryOptions, executing: Executing): Soon<Result>;
}
