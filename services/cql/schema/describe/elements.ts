/** What a schema is made of, as DESCRIBE lists it: each with its name and the statement that makes it. */

import { quoteName, quoteTypeName } from '../../types/quoting.ts';
import type { AggregateSchema, FunctionSchema, KeyspaceSchema, TableSchema, UserType } from '../model.ts';
import { typesInOrder } from '../type-order.ts';
import {
  aggregateStatement,
  functionStatement,
  indexStatement,
  keyspaceStatement,
  overloadName,
  typeStatement,
} from './statements.ts';
import { tableStatement } from './table-statement.ts';

export interface Element {
  readonly keyspace: string;
  readonly type: 'keyspace' | 'type' | 'function' | 'aggregate' | 'table' | 'index' | 'materialized_view';
  readonly name: string;
  readonly quotedName: string;
  readonly statement: (internals: boolean) => string;
}

export const keyspaceElement = (keyspace: KeyspaceSchema): Element => ({
  keyspace: keyspace.name,
  type: 'keyspace',
  name: keyspace.name,
  quotedName: quoteName(keyspace.name),
  statement: () => keyspaceStatement(keyspace),
});

export const tableElement = (table: TableSchema): Element => ({
  keyspace: table.keyspace,
  type: table.kind === 'view' ? 'materialized_view' : 'table',
  name: table.name,
  quotedName: quoteName(table.name),
  statement: (internals) => tableStatement(table, internals),
});

export const indexElements = (table: TableSchema): Element[] =>
  table.indexes.map((index) => ({
    keyspace: table.keyspace,
    type: 'index',
    name: index.name,
    quotedName: quoteName(index.name),
    statement: () => indexStatement(table, index),
  }));

/** A table with its indexes. */
export const tableElements = (table: TableSchema, order: (a: Element, b: Element) => number): Element[] => [
  tableElement(table),
  ...indexElements(table).sort(order),
];

export const typeElements = (types: readonly UserType[]): Element[] =>
  types.map((type) => ({
    keyspace: type.keyspace,
    type: 'type',
    name: type.name,
    quotedName: quoteTypeName(type.name),
    statement: () => typeStatement(type),
  }));

export const functionElements = (overloads: readonly FunctionSchema[]): Element[] =>
  overloads.map((each) => ({
    keyspace: each.keyspace,
    type: 'function',
    name: overloadName(each, false),
    quotedName: overloadName(each, true),
    statement: () => functionStatement(each),
  }));

export const aggregateElements = (overloads: readonly AggregateSchema[]): Element[] =>
  overloads.map((each) => ({
    keyspace: each.keyspace,
    type: 'aggregate',
    name: overloadName(each, false),
    quotedName: overloadName(each, true),
    statement: () => aggregateStatement(each),
  }));

/** Of a keyspace, by kind; types in an order in which they can be made. */
export const keyspaceElements = (keyspace: KeyspaceSchema) => ({
  types: typeElements(typesInOrder(keyspace)),
  functions: functionElements([...keyspace.functions.values()].flat()),
  aggregates: aggregateElements([...keyspace.aggregates.values()].flat()),
  tables: [...keyspace.tables.values()].filter(({ kind }) => kind !== 'view').map(tableElement),
});
