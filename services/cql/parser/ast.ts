/**
 * Statements of CQL as trees: plain data that says what the text says, and nothing about a schema. Names are as they are stored:
 * without quotes, in lower case unless they were quoted. Specification: the CQL 3.4.5 reference. Terms, selectors and conditions are
 * in ast-terms.ts, definitions of the schema in ast-schema.ts, roles and permissions in ast-roles.ts.
 */
import type { RoleStatement } from './ast-roles.ts';
import type { SchemaStatement } from './ast-schema.ts';
import type { ColumnCondition, Marker, Relation, Selector, Term } from './ast-terms.ts';

export type * from './ast-roles.ts';
export type * from './ast-schema.ts';
export type * from './ast-terms.ts';

/** Of a table, view, index, type or function. */
export interface QualifiedName {
  /** Undefined: the one in use. */
  readonly keyspace: string | undefined;
  readonly name: string;
}

export interface SelectorWithAlias {
  readonly selector: Selector;
  readonly alias: string | undefined;
}

export interface Ordering {
  readonly column: string;
  readonly descending: boolean;
  /** The vector whose nearest neighbours are asked for. */
  readonly annOf: Term | undefined;
}

export interface Select {
  readonly kind: 'select';
  readonly table: QualifiedName;
  readonly isJson: boolean;
  readonly isDistinct: boolean;
  /** Undefined: `*`. */
  readonly selectors: readonly SelectorWithAlias[] | undefined;
  readonly where: readonly Relation[];
  readonly groupBy: readonly Selector[];
  readonly orderBy: readonly Ordering[];
  /** An integer or a marker, like `limit`. */
  readonly perPartitionLimit: Term | undefined;
  readonly limit: Term | undefined;
  readonly allowFiltering: boolean;
}

/** Integers or markers. */
export interface Using {
  readonly timestamp: Term | undefined;
  readonly timeToLive: Term | undefined;
}

export interface Insert {
  readonly kind: 'insert';
  readonly table: QualifiedName;
  readonly columns: readonly string[];
  /** As many as columns only if the statement makes sense. */
  readonly values: readonly Term[];
  readonly ifNotExists: boolean;
  readonly using: Using;
}

export interface InsertJson {
  readonly kind: 'insertJson';
  readonly table: QualifiedName;
  readonly json: { readonly kind: 'text'; readonly text: string } | Marker;
  /** What becomes of columns that the document does not have. */
  readonly missing: 'null' | 'unset';
  readonly ifNotExists: boolean;
  readonly using: Using;
}

export type Assignment =
  | { readonly kind: 'set'; readonly column: string; readonly value: Term }
  /** `c = c + value`, `c += value` */
  | { readonly kind: 'add'; readonly column: string; readonly value: Term }
  /** `c = c - value`, `c -= value` */
  | { readonly kind: 'subtract'; readonly column: string; readonly value: Term }
  /** `c = value + c` */
  | { readonly kind: 'prepend'; readonly column: string; readonly value: Term }
  | { readonly kind: 'setElement'; readonly column: string; readonly key: Term; readonly value: Term }
  | { readonly kind: 'setField'; readonly column: string; readonly field: string; readonly value: Term };

export interface Update {
  readonly kind: 'update';
  readonly table: QualifiedName;
  readonly using: Using;
  readonly assignments: readonly Assignment[];
  readonly where: readonly Relation[];
  readonly ifExists: boolean;
  readonly conditions: readonly ColumnCondition[];
}

export type Deletion =
  | { readonly kind: 'column'; readonly column: string }
  | { readonly kind: 'element'; readonly column: string; readonly key: Term }
  | { readonly kind: 'field'; readonly column: string; readonly field: string };

export interface Delete {
  readonly kind: 'delete';
  readonly table: QualifiedName;
  /** Empty: whole rows. */
  readonly deletions: readonly Deletion[];
  readonly using: Using;
  readonly where: readonly Relation[];
  readonly ifExists: boolean;
  readonly conditions: readonly ColumnCondition[];
}

export type Modification = Insert | InsertJson | Update | Delete;

export interface Batch {
  readonly kind: 'batch';
  readonly type: 'logged' | 'unlogged' | 'counter';
  readonly using: Using;
  readonly statements: readonly Modification[];
}

export interface Truncate {
  readonly kind: 'truncate';
  readonly table: QualifiedName;
}

export interface Use {
  readonly kind: 'use';
  readonly keyspace: string;
}

export type DescribeTarget =
  | { readonly kind: 'cluster' | 'keyspaces' | 'tables' | 'types' | 'functions' | 'aggregates' }
  | { readonly kind: 'schema'; readonly full: boolean }
  /** Of the keyspace in use if there is no name. `only`: without what is in it. */
  | { readonly kind: 'keyspace'; readonly keyspace: string | undefined; readonly only: boolean }
  | {
      /** `any`: a keyspace, table, index or view of that name. */
      readonly kind: 'table' | 'index' | 'view' | 'type' | 'function' | 'aggregate' | 'any';
      readonly name: QualifiedName;
    };

export interface Describe {
  readonly kind: 'describe';
  readonly target: DescribeTarget;
  readonly withInternals: boolean;
}

export type Statement =
  | (Select | Modification | Batch | Truncate | Use | Describe)
  | (SchemaStatement | RoleStatement);

/** What a text says. */
export interface ParsedStatement {
  readonly statement: Statement;
  /** Names of the bind markers by their index; undefined: `?`. */
  readonly markers: readonly (string | undefined)[];
}
