/** CREATE TABLE. */
import { invalid } from '../../errors.ts';
import type { CqlType } from '../../types/api.ts';
import { entriesId } from '../index-id.ts';
import { alreadyExists, existingKeyspace, withKeyspace, withTables } from '../keyspace.ts';
import { schemaLimits } from '../limits.ts';
import type { ColumnSchema, Schema, TableSchema } from '../model.ts';
import { byName, checkTableName, qualifiedName } from '../names.ts';
import type { Properties } from '../params/properties.ts';
import { givenTableId, newTableParams } from '../params/table-params.ts';
import { type RawType, resolveType, type UserTypes } from '../raw-type.ts';
import { checkTable, makeTable } from '../table.ts';
import { isCounter, isMultiCell } from '../type-facts.ts';
import {
  type ChangeContext,
  type Changed,
  changed,
  checkModifiable,
  tableChange,
  unchanged,
} from './change.ts';
import { type ColumnOrder, checkKeyType, checkNoOrderTwice, type PrimaryKey } from './key-columns.ts';

export interface CreateTable {
  readonly keyspace: string;
  readonly name: string;
  readonly columns: readonly NewColumn[];
  /** As often as PRIMARY KEY is written: behind a column, or as a clause. */
  readonly primaryKeys: readonly PrimaryKey[];
  readonly clusteringOrder: readonly ColumnOrder[];
  readonly compactStorage: boolean;
  readonly properties: Properties;
  readonly ifNotExists: boolean;
}

export interface NewColumn {
  readonly name: string;
  readonly type: RawType;
  readonly isStatic: boolean;
}

export function createTable(schema: Schema, statement: CreateTable, context: ChangeContext): Changed {
  const { name } = statement;
  checkModifiable(schema, statement.keyspace, 'CREATE', name);
  const key = onlyPrimaryKey(statement);
  checkNoOrderTwice(statement.clusteringOrder, `table '${qualifiedName(statement.keyspace, name)}'`);
  const keyspace = existingKeyspace(schema, statement.keyspace);
  if (keyspace.tables.has(name)) {
    if (statement.ifNotExists) return unchanged(schema);
    throw alreadyExists(keyspace.name, name);
  }
  if (keyspace.tables.size >= schemaLimits.tablesPerKeyspace)
    throw invalid(`A keyspace can have no more than ${schemaLimits.tablesPerKeyspace} tables`);
  const table = buildTable(statement, key, keyspace.types, context.newTableId);
  checkTableName(keyspace.name, name);
  checkTable(table);
  checkIdIsFree(schema, table);
  return changed(
    withKeyspace(schema, withTables(keyspace, table)),
    tableChange('CREATED', keyspace.name, name),
  );
}

/** Two tables with one id would be one table where rows are stored: also with one that has the entries of an index. */
export function checkIdIsFree(schema: Schema, table: TableSchema): void {
  for (const keyspace of schema.keyspaces.values())
    for (const other of keyspace.tables.values()) {
      const hasIt =
        other.id === table.id || other.indexes.some((index) => entriesId(other, index) === table.id);
      if (hasIt)
        throw invalid(
          `Table id of ${table.keyspace}.${table.name} is taken by ${other.keyspace}.${other.name}`,
        );
    }
}

function onlyPrimaryKey({ keyspace, name, columns, primaryKeys }: CreateTable): PrimaryKey {
  const where = `table '${qualifiedName(keyspace, name)}'`;
  const names = new Set<string>();
  for (const column of columns) {
    if (names.has(column.name)) throw invalid(`Duplicate column '${column.name}' declaration for ${where}`);
    names.add(column.name);
  }
  const [key, ...more] = primaryKeys;
  if (key === undefined) throw invalid(`No PRIMARY KEY specifed for ${where} (exactly one required)`);
  if (more.length > 0) throw invalid(`Multiple PRIMARY KEY specified for ${where} (exactly one required)`);
  return key;
}

interface Resolved {
  readonly name: string;
  readonly type: CqlType;
  readonly isStatic: boolean;
}

/** The table that a statement describes, whatever else there is: also for tables of the system. */
export function buildTable(
  statement: CreateTable,
  key: PrimaryKey,
  types: UserTypes,
  newId: string,
): TableSchema {
  const params = newTableParams(statement.properties);
  const columns = statement.columns.map(({ name, type, isStatic }) => ({
    name,
    type: resolveType(type, statement.keyspace, types),
    isStatic,
  }));
  for (const column of columns) checkNested(column.type);
  const byColumn = new Map(columns.map((column) => [column.name, column]));
  checkKey(statement.name, key, byColumn);
  checkOrder(statement.clusteringOrder, key.clustering);
  const keys = new Set([...key.partition, ...key.clustering]);
  const others = columns.filter((column) => !keys.has(column.name)).sort(byName);
  checkOthers(statement, key, others);
  const hasCounters = columns.some(({ type }) => isCounter(type));
  if (hasCounters) {
    if (others.some(({ type }) => !isCounter(type)))
      throw invalid('Cannot mix counter and non counter columns in the same table');
    if ((params.default_time_to_live as number) > 0)
      throw invalid('Cannot set default_time_to_live on a table with counters');
  }
  return makeTable(
    {
      id: givenTableId(statement.properties) ?? newId,
      keyspace: statement.keyspace,
      name: statement.name,
      kind: 'table',
      isCounter: hasCounters,
      isCompact: statement.compactStorage,
      params,
      indexes: [],
      dropped: [],
    },
    toColumns(key, statement.clusteringOrder, byColumn, others),
  );
}

/** A user type in several cells holds no collection in several cells. */
export function checkNested(type: CqlType): void {
  if (type.kind === 'udt' && !type.frozen && type.fields.some((field) => isMultiCell(field.type)))
    throw invalid('Non-frozen UDTs with nested non-frozen collections are not supported');
}

function checkKey(table: string, key: PrimaryKey, columns: ReadonlyMap<string, Resolved>): void {
  const seen = new Set<string>();
  for (const name of [...key.partition, ...key.clustering]) {
    const column = columns.get(name);
    if (column === undefined)
      throw invalid(`Unknown column '${name}' referenced in PRIMARY KEY for table '${table}'`);
    if (seen.has(name))
      throw invalid(`Duplicate column '${name}' in PRIMARY KEY clause for table '${table}'`);
    seen.add(name);
    checkKeyType(name, column.type);
    if (column.isStatic) throw invalid(`Static column '${name}' cannot be part of the PRIMARY KEY`);
  }
}

function checkOrder(order: readonly ColumnOrder[], clustering: readonly string[]): void {
  const named = order.map(({ column }) => column);
  const strangers = named.filter((name) => !clustering.includes(name));
  if (strangers.length > 0)
    throw invalid(
      `Only clustering key columns can be defined in CLUSTERING ORDER directive: [${strangers.join(', ')}] are not clustering columns`,
    );
  for (const [at, name] of named.entries()) {
    const expected = clustering[at]!;
    if (name === expected) continue;
    throw invalid(
      named.includes(expected)
        ? `The order of columns in the CLUSTERING ORDER directive must match that of the clustering columns (${expected} must appear before ${name})`
        : `Missing CLUSTERING ORDER for column ${expected}`,
    );
  }
}

function checkOthers(statement: CreateTable, key: PrimaryKey, others: readonly Resolved[]): void {
  const hasStatics = others.some(({ isStatic }) => isStatic);
  if (!statement.compactStorage) {
    if (hasStatics && key.clustering.length === 0)
      throw invalid(
        'Static columns are only useful (and thus allowed) if the table has at least one clustering column',
      );
    return;
  }
  if (others.some(({ type }) => isMultiCell(type)))
    throw invalid('Non-frozen collections and UDTs are not supported with COMPACT STORAGE');
  if (hasStatics) throw invalid('Static columns are not supported in COMPACT STORAGE tables');
  if (key.clustering.length === 0 && others.length === 0)
    throw invalid('No definition found that is not part of the PRIMARY KEY');
  if (key.clustering.length > 0 && others.length > 1)
    throw invalid(
      'COMPACT STORAGE with composite PRIMARY KEY allows no more than one column not part of the PRIMARY KEY ' +
        `(got: ${others.map(({ name }) => name).join(', ')})`,
    );
}

function toColumns(
  key: PrimaryKey,
  order: readonly ColumnOrder[],
  columns: ReadonlyMap<string, Resolved>,
  others: readonly Resolved[],
): ColumnSchema[] {
  const orders = new Map(
    order.map(({ column, descending }) => [column, descending ? 'desc' : 'asc'] as const),
  );
  const keyColumn = (kind: 'partition_key' | 'clustering') => (name: string, position: number) => ({
    name,
    type: columns.get(name)!.type,
    kind,
    position,
    order: kind === 'clustering' ? (orders.get(name) ?? 'asc') : ('none' as const),
  });
  const all: Omit<ColumnSchema, 'id'>[] = [
    ...key.partition.map(keyColumn('partition_key')),
    ...key.clustering.map(keyColumn('clustering')),
    ...others.map(({ name, type, isStatic }) => ({
      name,
      type,
      kind: isStatic ? ('static' as const) : ('regular' as const),
      position: -1,
      order: 'none' as const,
    })),
  ];
  return all.map((column, id) => ({ ...column, id }));
}
