/** CREATE MATERIALIZED VIEW. */
import { invalid } from '../../errors.ts';
import { quoteName } from '../../types/quoting.ts';
import { alreadyExists, existingKeyspace, withKeyspace, withTables } from '../keyspace.ts';
import type { ColumnSchema, Schema, TableSchema } from '../model.ts';
import { checkTableName, qualifiedName } from '../names.ts';
import type { Properties } from '../params/properties.ts';
import { givenTableId, newTableParams } from '../params/table-params.ts';
import { checkTable, columnsOf, isKeyColumn, makeTable, tableName } from '../table.ts';
import {
  type ChangeContext,
  type Changed,
  changed,
  checkModifiable,
  tableChange,
  unchanged,
} from './change.ts';
import { checkIdIsFree } from './create-table.ts';
import { type ColumnOrder, checkKeyType, checkNoOrderTwice, type PrimaryKey } from './key-columns.ts';

export interface CreateView {
  readonly keyspace: string;
  readonly name: string;
  /** In the same keyspace. */
  readonly baseTable: string;
  /** Undefined: `*`. */
  readonly selected: readonly ViewSelector[] | undefined;
  readonly where: ViewWhere;
  readonly primaryKey: PrimaryKey;
  readonly clusteringOrder: readonly ColumnOrder[];
  readonly properties: Properties;
  readonly ifNotExists: boolean;
}

export interface ViewSelector {
  /** Undefined: not a column alone. */
  readonly column: string | undefined;
  readonly alias: string | undefined;
  /** As it is written, for messages. */
  readonly text: string;
}

export interface ViewWhere {
  /** Canonical: relations with AND between them. */
  readonly text: string;
  readonly relations: readonly ViewRelation[];
}

export interface ViewRelation {
  readonly kind: 'notNull' | 'other' | 'token' | 'custom';
  /** Several of a relation over a tuple of columns. */
  readonly columns: readonly string[];
}

export const viewWarning = 'Materialized views are experimental and are not recommended for production use.';

export function createView(schema: Schema, statement: CreateView, context: ChangeContext): Changed {
  const { keyspace: keyspaceName, name } = statement;
  checkModifiable(schema, keyspaceName, 'CREATE', name);
  checkNoOrderTwice(statement.clusteringOrder, `view '${qualifiedName(keyspaceName, name)}'`);
  const keyspace = existingKeyspace(schema, keyspaceName);
  const base = keyspace.tables.get(statement.baseTable);
  if (base?.kind === 'view')
    throw invalid('Materialized views cannot be created against other materialized views');
  if (base === undefined) throw invalid(`Base table '${statement.baseTable}' doesn't exist`);
  const existing = keyspace.tables.get(name);
  if (existing?.kind === 'view') {
    if (statement.ifNotExists) return unchanged(schema);
    throw alreadyExists(keyspaceName, name);
  }
  if (existing !== undefined)
    throw invalid(`Cannot create materialized view '${name}' - a table with the same name already exists`);
  checkBase(base, name);
  const selected = selectColumns(statement, base);
  checkKey(statement, base, selected);
  checkWhere(statement, base);
  const view = buildView(statement, base, selected, context.newTableId);
  checkTableName(keyspaceName, name);
  checkTable(view);
  checkIdIsFree(schema, view);
  return changed(
    withKeyspace(schema, withTables(keyspace, view)),
    tableChange('CREATED', keyspaceName, name),
    [viewWarning],
  );
}

function checkBase(base: TableSchema, name: string): void {
  if (base.isCounter) throw invalid('Materialized views are not supported on counter tables');
  if (base.params.gc_grace_seconds === 0)
    throw invalid(
      `Cannot create materialized view '${name}' for base table '${base.name}' with gc_grace_seconds of 0, since this ` +
        'value is used to TTL undelivered updates. Setting gc_grace_seconds too low might cause undelivered updates to ' +
        'expire before being replayed.',
    );
}

function columnOf(base: TableSchema, name: string): ColumnSchema {
  const column = base.columns.get(name);
  if (column === undefined)
    throw invalid(`Undefined column name ${quoteName(name)} in table ${tableName(base)}`);
  return column;
}

function selectColumns(statement: CreateView, base: TableSchema): ReadonlySet<string> {
  const selected = new Set<string>(statement.selected === undefined ? base.columns.keys() : []);
  for (const { column, alias, text } of statement.selected ?? []) {
    if (alias !== undefined)
      throw invalid(`Cannot use aliases when defining a materialized view (got ${text})`);
    if (column === undefined)
      throw invalid(`Can only select columns by name when defining a materialized view (got ${text})`);
    selected.add(columnOf(base, column).name);
  }
  for (const column of selected)
    if (base.columns.get(column)!.kind === 'static')
      throw invalid(`Cannot include static column '${column}' in materialized view '${statement.name}'`);
  return selected;
}

function checkKey(statement: CreateView, base: TableSchema, selected: ReadonlySet<string>): void {
  const { name, primaryKey, clusteringOrder } = statement;
  if (primaryKey.partition.length === 0)
    throw invalid(`Must provide at least one partition key column for materialized view '${name}'`);
  const keys = new Set<string>();
  for (const key of [...primaryKey.partition, ...primaryKey.clustering]) {
    const column = base.columns.get(key);
    if (column === undefined || !selected.has(key))
      throw invalid(`Unknown column '${key}' referenced in PRIMARY KEY for materialized view '${name}'`);
    if (keys.has(key))
      throw invalid(`Duplicate column '${key}' in PRIMARY KEY clause for materialized view '${name}'`);
    keys.add(key);
    checkKeyType(key, column.type, "'");
  }
  const ordered = clusteringOrder.map(({ column }) => column);
  const matches =
    ordered.length === primaryKey.clustering.length &&
    ordered.every((column, at) => column === primaryKey.clustering[at]);
  if (ordered.length > 0 && !matches)
    throw invalid('Clustering key columns must exactly match columns in CLUSTERING ORDER BY directive');
  const baseKeys = columnsOf(base).filter(isKeyColumn);
  const missing = baseKeys.map((column) => column.name).filter((column) => !keys.has(column));
  if (missing.length > 0)
    throw invalid(
      `Cannot create materialized view '${name}' without primary key columns ${missing.join(', ')} from base table '${base.name}'`,
    );
  const others = [...keys].filter((key) => !isKeyColumn(base.columns.get(key)!));
  if (others.length > 1)
    throw invalid(
      `Cannot include more than one non-primary key column in materialized view primary key (got ${others.join(', ')})`,
    );
}

function checkWhere({ name, where, primaryKey }: CreateView, base: TableSchema): void {
  const kinds = where.relations.map(({ kind }) => kind);
  if (kinds.includes('token')) throw invalid('Cannot use token relation when defining a materialized view');
  if (kinds.includes('custom'))
    throw invalid(`WHERE clause for materialized view '${name}' cannot contain custom index expressions`);
  const restricted = new Set<string>();
  const illegal = new Set<string>();
  for (const { kind, columns } of where.relations)
    for (const column of columns) {
      const { kind: columnKind } = columnOf(base, column);
      restricted.add(column);
      if (kind === 'other' && (columnKind === 'regular' || columnKind === 'static')) illegal.add(column);
    }
  const open = [...primaryKey.partition, ...primaryKey.clustering].filter((key) => !restricted.has(key));
  if (open.length > 0)
    throw invalid(
      `Primary key columns ${open.join(', ')} must be restricted with 'IS NOT NULL' or otherwise`,
    );
  if (illegal.size > 0)
    throw invalid(
      `Non-primary key columns can only be restricted with 'IS NOT NULL' (got: ${[...illegal].join(',')} restricted illegally)`,
    );
}

function buildView(
  statement: CreateView,
  base: TableSchema,
  selected: ReadonlySet<string>,
  newId: string,
): TableSchema {
  const { keyspace, name, primaryKey, properties } = statement;
  const params = newTableParams(properties);
  if ((params.default_time_to_live as number) !== 0)
    throw invalid(
      'Cannot set default_time_to_live for a materialized view. Data in a materialized view always expire at the same ' +
        'time than the corresponding data in the parent table.',
    );
  return makeTable(
    {
      id: givenTableId(properties) ?? newId,
      keyspace,
      name,
      kind: 'view',
      isCounter: false,
      isCompact: false,
      params,
      indexes: [],
      dropped: [],
      view: {
        baseTable: base.name,
        includesAll: statement.selected === undefined,
        where: statement.where.text,
      },
    },
    viewColumns(statement, base, selected, primaryKey),
  );
}

/** A clustering column that is not ordered anew keeps the base's order. */
function viewColumns(
  statement: CreateView,
  base: TableSchema,
  selected: ReadonlySet<string>,
  key: PrimaryKey,
): ColumnSchema[] {
  const orders = new Map(
    statement.clusteringOrder.map(({ column, descending }) => [column, descending ? 'desc' : 'asc'] as const),
  );
  const orderOf = (name: string) => {
    const before = base.columns.get(name)!.order;
    return orders.get(name) ?? (before === 'none' ? 'asc' : before);
  };
  const keys = new Set([...key.partition, ...key.clustering]);
  const others = [...selected].filter((column) => !keys.has(column));
  const all: Pick<ColumnSchema, 'name' | 'kind' | 'position' | 'order'>[] = [
    ...key.partition.map(
      (column, position) => ({ name: column, kind: 'partition_key', position, order: 'none' }) as const,
    ),
    ...key.clustering.map(
      (column, position) => ({ name: column, kind: 'clustering', position, order: orderOf(column) }) as const,
    ),
    ...others.map((column) => ({ name: column, kind: 'regular', position: -1, order: 'none' }) as const),
  ];
  return all.map((column, id) => ({ ...column, id, type: base.columns.get(column.name)!.type }));
}
