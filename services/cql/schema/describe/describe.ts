/**
 * DESCRIBE as the server answers it since Cassandra 4.0: rows of texts, which pages may cut anywhere. Specification: CQL 3.4.5,
 * "DESCRIBE".
 */
import { invalid } from '../../errors.ts';
import type { CqlType } from '../../types/api.ts';
import { quoteName } from '../../types/quoting.ts';
import { findIndex, viewsOf } from '../keyspace.ts';
import type { KeyspaceSchema, Schema } from '../model.ts';
import { isSystemKeyspace } from '../system/names.ts';
import {
  aggregateElements,
  type Element,
  functionElements,
  indexElements,
  keyspaceElement,
  keyspaceElements,
  tableElement,
  tableElements,
  typeElements,
} from './elements.ts';

export interface Described {
  readonly keyspace?: string | undefined;
  readonly name: string;
}

export type DescribeTarget =
  | { readonly kind: 'cluster' | 'keyspaces' | 'tables' | 'types' | 'functions' | 'aggregates' }
  | { readonly kind: 'schema'; readonly full: boolean }
  | { readonly kind: 'keyspace'; readonly keyspace: string | undefined; readonly only: boolean }
  | {
      readonly kind: 'table' | 'index' | 'view' | 'type' | 'function' | 'aggregate' | 'any';
      readonly name: Described;
    };

export interface Describe {
  readonly target: DescribeTarget;
  readonly withInternals: boolean;
}

export interface DescribeContext {
  /** That USE named. */
  readonly keyspace: string | undefined;
  readonly clusterName: string;
  /** Where each range of tokens is: its end, and addresses. */
  readonly ranges: ReadonlyMap<string, readonly string[]>;
}

export interface Description {
  readonly columns: readonly { readonly name: string; readonly type: CqlType }[];
  /** Texts; of a cluster also its ranges. */
  readonly rows: readonly (readonly (string | ReadonlyMap<string, readonly string[]>)[])[];
}

const text: CqlType = { kind: 'native', name: 'text' };
const textColumns = (...names: string[]) => names.map((name) => ({ name, type: text }));
const listColumns = textColumns('keyspace_name', 'type', 'name');
const elementColumns = [...listColumns, ...textColumns('create_statement')];
const rangesType: CqlType = {
  kind: 'map',
  frozen: true,
  key: text,
  value: { kind: 'list', frozen: true, element: text },
};

export function describe(
  schema: Schema,
  { target, withInternals }: Describe,
  context: DescribeContext,
): Description {
  if (target.kind === 'cluster') return describeCluster(context);
  const listed = listElements(schema, target, context.keyspace);
  if (listed !== undefined) return { columns: listColumns, rows: listed.map(rowOf) };
  const elements = findElements(schema, target, context.keyspace);
  return {
    columns: elementColumns,
    rows: elements.map((element) => [...rowOf(element), element.statement(withInternals)]),
  };
}

const rowOf = (element: Element) => [quoteName(element.keyspace), element.type, element.quotedName];

/** By name, whatever the case; what differs in case alone stays in the order of names. */
const byElementName = (a: Element, b: Element) => {
  const [left, right] = [a.name.toLowerCase(), b.name.toLowerCase()];
  return left < right ? -1 : left > right ? 1 : 0;
};

function allKeyspaces(schema: Schema): KeyspaceSchema[] {
  const lower = ({ name }: KeyspaceSchema) => name.toLowerCase();
  return [...schema.keyspaces.values()].sort((a, b) => (lower(a) < lower(b) ? -1 : 1));
}

function keyspaceOf(schema: Schema, name: string): KeyspaceSchema {
  const found = schema.keyspaces.get(name);
  if (found === undefined) throw invalid(`'${name}' not found in keyspaces`);
  return found;
}

function listElements(
  schema: Schema,
  target: DescribeTarget,
  inUse: string | undefined,
): Element[] | undefined {
  if (target.kind === 'keyspaces') return allKeyspaces(schema).map(keyspaceElement);
  const lists: Record<string, (keyspace: KeyspaceSchema) => Element[]> = {
    tables: (keyspace) =>
      [...keyspace.tables.values()].filter(({ kind }) => kind !== 'view').map(tableElement),
    types: (keyspace) => typeElements([...keyspace.types.values()]),
    functions: (keyspace) => functionElements([...keyspace.functions.values()].flat()),
    aggregates: (keyspace) => aggregateElements([...keyspace.aggregates.values()].flat()),
  };
  const list = Object.hasOwn(lists, target.kind) ? lists[target.kind] : undefined;
  if (list === undefined) return undefined;
  const keyspaces = inUse === undefined ? allKeyspaces(schema) : [keyspaceOf(schema, inUse)];
  return keyspaces.flatMap((keyspace) => list(keyspace).sort(byElementName));
}

function findElements(schema: Schema, target: DescribeTarget, inUse: string | undefined): Element[] {
  switch (target.kind) {
    case 'schema':
      return allKeyspaces(schema)
        .filter(({ name }) => target.full || !isSystemKeyspace(name))
        .flatMap((keyspace) => everything(keyspace));
    case 'keyspace': {
      const keyspace = keyspaceOf(schema, orInUse(target.keyspace, inUse));
      return target.only ? [keyspaceElement(keyspace)] : everything(keyspace);
    }
    case 'any':
      return anyElement(schema, target.name, inUse);
    case 'table':
    case 'index':
    case 'view':
    case 'type':
    case 'function':
    case 'aggregate': {
      const keyspace = keyspaceOf(schema, orInUse(target.name.keyspace, inUse));
      return named[target.kind](keyspace, target.name.name);
    }
    default:
      throw invalid(`DESCRIBE of ${target.kind} is not known`);
  }
}

function orInUse(name: string | undefined, inUse: string | undefined): string {
  const found = name ?? inUse;
  if (found === undefined) throw invalid('No keyspace specified and no current keyspace');
  return found;
}

function everything(keyspace: KeyspaceSchema): Element[] {
  const { types, functions, aggregates, tables } = keyspaceElements(keyspace);
  return [
    keyspaceElement(keyspace),
    ...types,
    ...functions.sort(byElementName),
    ...aggregates.sort(byElementName),
    ...tables.sort(byElementName).flatMap((element) => {
      const table = keyspace.tables.get(element.name)!;
      return [
        element,
        ...indexElements(table).sort(byElementName),
        ...viewsOf(keyspace, table.name).map(tableElement).sort(byElementName),
      ];
    }),
  ];
}

const named: Record<
  'table' | 'index' | 'view' | 'type' | 'function' | 'aggregate',
  (keyspace: KeyspaceSchema, name: string) => Element[]
> = {
  table: (keyspace, name) => {
    const table = keyspace.tables.get(name);
    if (table === undefined || table.kind === 'view')
      throw invalid(`Table '${name}' not found in keyspace '${keyspace.name}'`);
    return tableElements(table, byElementName);
  },
  index: (keyspace, name) => {
    const found = findIndex(keyspace, name);
    if (found === undefined)
      throw invalid(`Table for existing index '${name}' not found in '${keyspace.name}'`);
    return indexElements(found.table).filter((element) => element.name === name);
  },
  view: (keyspace, name) => {
    const view = keyspace.tables.get(name);
    if (view?.kind !== 'view') throw invalid(`Materialized view '${name}' not found in '${keyspace.name}'`);
    return [tableElement(view)];
  },
  type: (keyspace, name) => {
    const type = keyspace.types.get(name);
    if (type === undefined) throw invalid(`User defined type '${name}' not found in '${keyspace.name}'`);
    return typeElements([type]);
  },
  function: (keyspace, name) => {
    const overloads = keyspace.functions.get(name);
    if (overloads === undefined)
      throw invalid(`User defined function '${name}' not found in '${keyspace.name}'`);
    return functionElements(overloads).sort(byElementName);
  },
  aggregate: (keyspace, name) => {
    const overloads = keyspace.aggregates.get(name);
    if (overloads === undefined)
      throw invalid(`User defined aggregate '${name}' not found in '${keyspace.name}'`);
    return aggregateElements(overloads).sort(byElementName);
  },
};

/** A keyspace, table, index or view, looked for in this order. */
function anyElement(
  schema: Schema,
  { keyspace: given, name }: Described,
  inUse: string | undefined,
): Element[] {
  if (given === undefined && schema.keyspaces.has(name)) return everything(schema.keyspaces.get(name)!);
  const keyspace = keyspaceOf(schema, given ?? inUse ?? name);
  const table = keyspace.tables.get(name);
  if (table !== undefined && table.kind !== 'view') return named.table(keyspace, name);
  if (findIndex(keyspace, name) !== undefined) return named.index(keyspace, name);
  if (table !== undefined) return named.view(keyspace, name);
  throw invalid(`'${name}' not found in keyspace '${keyspace.name}'`);
}

function describeCluster({ keyspace, clusterName, ranges }: DescribeContext): Description {
  const columns = textColumns('cluster', 'partitioner', 'snitch');
  const row = [clusterName, 'Murmur3Partitioner', 'SimpleSnitch'];
  if (keyspace === undefined || isSystemKeyspace(keyspace)) return { columns, rows: [row] };
  return {
    columns: [...columns, { name: 'range_ownership', type: rangesType }],
    rows: [[...row, ranges]],
  };
}
