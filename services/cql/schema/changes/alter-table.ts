/** ALTER TABLE: one file, as its forms share what they check first. */
import { invalid } from '../../errors.ts';
import { typeText } from '../../types/type-text.ts';
import { viewsOf, withKeyspace, withTables } from '../keyspace.ts';
import type { ColumnSchema, KeyspaceSchema, Schema, TableSchema } from '../model.ts';
import type { Properties } from '../params/properties.ts';
import { alteredTableParams } from '../params/table-params.ts';
import { resolveType } from '../raw-type.ts';
import { checkTable, columnsOf, isKeyColumn, tableName, withColumns } from '../table.ts';
import { canReplace } from '../type-compatibility.ts';
import { expandUserTypes, isMultiCell } from '../type-facts.ts';
import {
  type ChangeContext,
  type Changed,
  changed,
  keyspaceToChange,
  tableChange,
  unchanged,
} from './change.ts';
import { checkNested, type NewColumn } from './create-table.ts';
import { renameInWhere } from './where-text.ts';

export interface AlterTable {
  readonly keyspace: string;
  readonly name: string;
  readonly ifExists: boolean;
  readonly change: TableChange;
}

export type TableChange =
  | { readonly kind: 'add'; readonly ifNotExists: boolean; readonly columns: readonly NewColumn[] }
  | {
      readonly kind: 'drop';
      readonly ifExists: boolean;
      readonly columns: readonly string[];
      /** Microseconds. */
      readonly timestamp: bigint | undefined;
    }
  | { readonly kind: 'rename'; readonly ifExists: boolean; readonly renames: readonly Rename[] }
  | { readonly kind: 'options'; readonly properties: Properties }
  | { readonly kind: 'alterType' | 'dropCompactStorage' };

export interface Rename {
  readonly from: string;
  readonly to: string;
}

/** A keyspace whose table or views are being changed. */
interface Work {
  readonly keyspace: KeyspaceSchema;
  readonly table: TableSchema;
}

export function alterTable(schema: Schema, statement: AlterTable, context: ChangeContext): Changed {
  const { keyspace: keyspaceName, name } = statement;
  const keyspace = keyspaceToChange(schema, keyspaceName, 'ALTER', name);
  const table = keyspace?.tables.get(name);
  if (keyspace === undefined || table === undefined) {
    if (statement.ifExists) return unchanged(schema);
    throw invalid(`Table '${keyspaceName}.${name}' doesn't exist`);
  }
  if (table.kind === 'view')
    throw invalid('Cannot use ALTER TABLE on a materialized view; use ALTER MATERIALIZED VIEW instead');
  const altered = alter({ keyspace, table }, statement.change, context);
  return changed(
    withKeyspace(schema, withTables(altered.keyspace, altered.table)),
    tableChange('UPDATED', keyspaceName, name),
  );
}

function alter(work: Work, change: TableChange, context: ChangeContext): Work {
  switch (change.kind) {
    case 'add': {
      const wanted = change.ifNotExists
        ? change.columns.filter(({ name }) => !work.table.columns.has(name))
        : change.columns;
      const added = wanted.reduce(addColumn, work);
      checkTable(added.table);
      return added;
    }
    case 'drop':
      return change.columns
        .filter((name) => !change.ifExists || work.table.columns.has(name))
        .reduce((each, name) => dropColumn(each, name, change.timestamp ?? context.now), work);
    case 'rename':
      return change.renames
        .filter(({ from }) => !change.ifExists || work.table.columns.has(from))
        .reduce(renameColumn, work);
    case 'options':
      return alterOptions(work, change.properties);
    case 'alterType':
      throw invalid('Altering column types is no longer supported');
    case 'dropCompactStorage':
      throw invalid('DROP COMPACT STORAGE is disabled. Enable in cassandra.yaml to use.');
  }
}

function addColumn({ keyspace, table }: Work, added: NewColumn): Work {
  const { name, isStatic } = added;
  const type = resolveType(added.type, keyspace.name, keyspace.types);
  if (table.columns.has(name)) throw invalid(`Column with name '${name}' already exists`);
  if (table.isCompact) throw invalid('Cannot add new column to a COMPACT STORAGE table');
  if (isStatic && table.clustering.length === 0)
    throw invalid(
      'Static columns are only useful (and thus allowed) if the table has at least one clustering column',
    );
  checkNested(type);
  const column: ColumnSchema = {
    name,
    id: table.nextColumnId,
    type,
    kind: isStatic ? 'static' : 'regular',
    position: -1,
    order: 'none',
  };
  checkAddedAgain(table, column);
  const views = isStatic
    ? []
    : viewsOf(keyspace, table.name)
        .filter(({ view }) => view!.includesAll)
        .map((view) => withColumns(view, [...columnsOf(view), { ...column, id: view.nextColumnId }]));
  return {
    keyspace: withTables(keyspace, ...views),
    table: withColumns(table, [...columnsOf(table), column]),
  };
}

function checkAddedAgain(table: TableSchema, column: ColumnSchema): void {
  const dropped = table.dropped.find(({ name }) => name === column.name);
  if (dropped === undefined) return;
  const { name, type, kind } = column;
  if (!canReplace(expandUserTypes(type), dropped.type) || isMultiCell(type) !== isMultiCell(dropped.type))
    throw invalid(
      `Cannot re-add previously dropped column '${name}' of type ${typeText(type)}, incompatible with previous type ${typeText(dropped.type)}`,
    );
  if (kind !== dropped.kind)
    throw invalid(
      `Cannot re-add previously dropped column '${name}' of kind ${kind.toUpperCase()}, incompatible with previous kind ${dropped.kind.toUpperCase()}`,
    );
  if (table.isCounter) throw invalid(`Cannot re-add previously dropped counter column ${name}`);
}

function indexesOn(table: TableSchema, column: string): string {
  return table.indexes
    .filter((index) => index.column === column)
    .map(({ name }) => name)
    .join(', ');
}

function dropColumn({ keyspace, table }: Work, name: string, droppedAt: bigint): Work {
  const column = table.columns.get(name);
  if (column === undefined) throw invalid(`Column ${name} was not found in table '${tableName(table)}'`);
  if (isKeyColumn(column)) throw invalid(`Cannot drop PRIMARY KEY column ${name}`);
  if (column.type.kind === 'udt' && !column.type.frozen)
    throw invalid(`Cannot drop non-frozen column ${name} of user type ${typeText(column.type)}`);
  const indexes = indexesOn(table, name);
  if (indexes !== '')
    throw invalid(`Cannot drop column ${name} because it has dependent secondary indexes (${indexes})`);
  if (viewsOf(keyspace, table.name).length > 0)
    throw invalid(`Cannot drop column ${name} on base table ${table.name} with materialized views`);
  const dropped = [
    ...table.dropped.filter((each) => each.name !== name),
    { name, type: expandUserTypes(column.type), kind: column.kind, droppedAt },
  ];
  const left = columnsOf(table).filter((each) => each.name !== name);
  return { keyspace, table: withColumns({ ...table, dropped }, left) };
}

function renameColumn({ keyspace, table }: Work, { from, to }: Rename): Work {
  const column = table.columns.get(from);
  if (column === undefined) throw invalid(`Undefined column name ${from} in table ${tableName(table)}`);
  if (!isKeyColumn(column)) throw invalid(`Cannot rename non PRIMARY KEY column ${from}`);
  if (table.columns.has(to))
    throw invalid(
      `Cannot rename column ${from} to ${to} in table '${tableName(table)}'; another column with that name already exists`,
    );
  const indexes = indexesOn(table, from);
  if (indexes !== '')
    throw invalid(`Can't rename column ${from} because it has dependent secondary indexes (${indexes})`);
  const views = viewsOf(keyspace, table.name)
    .filter((view) => view.columns.has(from))
    .map((view) =>
      renamed(
        { ...view, view: { ...view.view!, where: renameInWhere(view.view!.where, from, to) } },
        from,
        to,
      ),
    );
  return { keyspace: withTables(keyspace, ...views), table: renamed(table, from, to) };
}

function renamed(table: TableSchema, from: string, to: string): TableSchema {
  return withColumns(
    table,
    columnsOf(table).map((column) => (column.name === from ? { ...column, name: to } : column)),
  );
}

function alterOptions({ keyspace, table }: Work, properties: Properties): Work {
  const params = alteredTableParams(table.params, properties);
  if (table.isCounter && (params.default_time_to_live as number) > 0)
    throw invalid('Cannot set default_time_to_live on a table with counters');
  if (params.gc_grace_seconds === 0 && viewsOf(keyspace, table.name).length > 0)
    throw invalid(
      'Cannot alter gc_grace_seconds of the base table of a materialized view to 0, since this value is used to TTL ' +
        'undelivered updates. Setting gc_grace_seconds too low might cause undelivered updates to expire ' +
        'before being replayed.',
    );
  return { keyspace, table: { ...table, params } };
}
