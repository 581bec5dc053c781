/** CREATE INDEX, and CREATE CUSTOM INDEX of the storage-attached kind. */
import { invalid } from '../../errors.ts';
import { quoteName } from '../../types/quoting.ts';
import { entriesId } from '../index-id.ts';
import { existingKeyspace, findIndex, withKeyspace, withTables } from '../keyspace.ts';
import type {
  ColumnSchema,
  IndexSchema,
  IndexTarget,
  KeyspaceSchema,
  Schema,
  TableSchema,
} from '../model.ts';
import { isValidName } from '../names.ts';
import {
  checkNames,
  configError,
  mapProperty,
  namesText,
  type Properties,
  type PropertyMap,
} from '../params/properties.ts';
import { tableName } from '../table.ts';
import { isCollection, isMultiCell, referencesDuration } from '../type-facts.ts';
import { type Changed, changed, checkModifiable, tableChange, unchanged } from './change.ts';

export interface CreateIndex {
  readonly keyspace: string;
  readonly table: string;
  /** Undefined: made from the names of table and column. */
  readonly name: string | undefined;
  readonly targets: readonly TargetSyntax[];
  readonly isCustom: boolean;
  readonly className: string | undefined;
  readonly properties: Properties;
  readonly ifNotExists: boolean;
}

export interface TargetSyntax {
  readonly kind: IndexTarget;
  readonly column: string;
}

const saiClass = 'org.apache.cassandra.index.sai.StorageAttachedIndex';
const saiNames: ReadonlySet<string> = new Set(['storageattachedindex', 'sai', saiClass.toLowerCase()]);
const saiOptions: ReadonlySet<string> = new Set([
  'ascii',
  'case_sensitive',
  'normalize',
  'similarity_function',
]);
const sasiClass = 'org.apache.cassandra.index.sasi.SASIIndex';

export function createIndex(schema: Schema, statement: CreateIndex): Changed {
  const { keyspace: keyspaceName, table: name, ifNotExists } = statement;
  checkModifiable(schema, keyspaceName, 'ALTER', name);
  const options = readAttributes(statement);
  const keyspace = existingKeyspace(schema, keyspaceName);
  const table = keyspace.tables.get(name);
  if (table === undefined) throw invalid(`Table '${name}' doesn't exist`);
  if (statement.name !== undefined && findIndex(keyspace, statement.name) !== undefined) {
    if (ifNotExists) return unchanged(schema);
    throw invalid(`Index '${statement.name}' already exists`);
  }
  const index = buildIndex(statement, keyspace, table, options);
  const equal = table.indexes.find((each) => sameIndex(each, index));
  if (equal !== undefined) {
    if (ifNotExists) return unchanged(schema);
    throw invalid(`Index ${index.name} is a duplicate of existing index ${equal.name}`);
  }
  if (!isValidName(index.name)) throw configError(`Illegal index name ${index.name}`);
  checkEntriesAreFree(schema, table, index);
  const next: TableSchema = {
    ...table,
    indexes: [...table.indexes, index],
    nextColumnId: table.nextColumnId + 1,
  };
  return changed(
    withKeyspace(schema, withTables(keyspace, next)),
    tableChange('UPDATED', keyspaceName, name),
  );
}

/** Ids may be given to tables, and somebody may have given the one that is needed now. */
function checkEntriesAreFree(schema: Schema, table: TableSchema, index: IndexSchema): void {
  const id = entriesId(table, index);
  for (const keyspace of schema.keyspaces.values())
    for (const other of keyspace.tables.values())
      if (other.id === id)
        throw invalid(`Table id of index ${index.name} is taken by ${other.keyspace}.${other.name}`);
}

function readAttributes({ isCustom, className, properties }: CreateIndex): PropertyMap {
  checkNames(properties, new Set(['options']));
  if (isCustom && className === undefined) throw invalid('CUSTOM index requires specifiying the index class');
  if (!isCustom && className !== undefined)
    throw invalid('Cannot specify index class for a non-CUSTOM index');
  if (!isCustom && properties.size > 0) throw invalid('Cannot specify options for a non-CUSTOM index');
  const options: PropertyMap = mapProperty(properties, 'options') ?? new Map();
  for (const name of ['class_name', 'target'])
    if (options.has(name)) throw invalid(`Cannot specify ${name} as a CUSTOM option`);
  if (className === sasiClass) throw invalid('SASI indexes are disabled. Enable in cassandra.yaml to use.');
  return options;
}

function buildIndex(
  statement: CreateIndex,
  keyspace: KeyspaceSchema,
  table: TableSchema,
  options: PropertyMap,
): IndexSchema {
  if (table.isCounter) throw invalid("Secondary indexes on counter tables aren't supported");
  if (table.kind === 'view') throw invalid("Secondary indexes on materialized views aren't supported");
  const [target, ...more] = statement.targets.map((each) => prepareTarget(table, each));
  if (target === undefined)
    throw invalid('Only CUSTOM indexes can be created without specifying a target column');
  if (more.length > 0)
    throw invalid(
      statement.isCustom
        ? 'Storage-attached indexes have one column each'
        : 'Only CUSTOM indexes support multiple columns',
    );
  checkTarget(table, target);
  const written =
    target.kind === 'simple' ? quoteName(target.column) : `${target.kind}(${quoteName(target.column)})`;
  return {
    name: statement.name ?? availableName(keyspace, `${table.name}_${target.column}_idx`),
    id: table.nextColumnId,
    column: target.column,
    target: target.kind,
    kind: statement.isCustom ? 'CUSTOM' : 'COMPOSITES',
    options: Object.fromEntries([
      ...(statement.isCustom ? customOptions(statement.className!, options) : []),
      ['target', written],
    ]),
  };
}

/** Without a word before it, an index on a collection is one on its values. */
function prepareTarget(table: TableSchema, target: TargetSyntax): TargetSyntax {
  const column = table.columns.get(target.column);
  if (column === undefined)
    throw invalid(`Undefined column name ${quoteName(target.column)} in table ${tableName(table)}`);
  return target.kind === 'simple' && isCollection(column.type) ? { ...target, kind: 'values' } : target;
}

function checkTarget(table: TableSchema, { column: name, kind }: TargetSyntax): void {
  const column = table.columns.get(name)!;
  const { type } = column;
  checkNoDuration(column);
  if (table.isCompact) checkCompactTarget(table, column);
  if (column.kind === 'partition_key' && table.partitionKey.length === 1)
    throw invalid(`Cannot create secondary index on the only partition key column ${name}`);
  const isFrozenCollection = isCollection(type) && !isMultiCell(type);
  const word = kind === 'simple' ? '' : kind;
  if (isFrozenCollection && kind !== 'full')
    throw invalid(
      `Cannot create ${word}() index on frozen column ${name}. Frozen collections are immutable and must be fully ` +
        `indexed by using the 'full(${name})' modifier`,
    );
  if (!isFrozenCollection && kind === 'full')
    throw invalid('full() indexes can only be created on frozen collections');
  if (!isCollection(type) && kind !== 'simple')
    throw invalid(
      `Cannot create ${word}() index on ${name}. Non-collection columns only support simple indexes`,
    );
  if ((kind === 'keys' || kind === 'entries') && !(type.kind === 'map' && !type.frozen))
    throw invalid(`Cannot create index on ${word} of column ${name} with non-map type`);
  if (type.kind === 'udt' && !type.frozen)
    throw invalid(`Cannot create index on non-frozen UDT column ${name}`);
}

function checkNoDuration({ type }: ColumnSchema): void {
  if (!referencesDuration(type)) return;
  const where = isCollection(type)
    ? 'collections containing durations'
    : type.kind === 'tuple'
      ? 'tuples containing durations'
      : type.kind === 'udt'
        ? 'UDTs containing durations'
        : 'duration columns';
  throw invalid(`Secondary indexes are not supported on ${where}`);
}

function checkCompactTarget(table: TableSchema, column: ColumnSchema): void {
  if (column.kind !== 'regular')
    throw invalid('Secondary indexes are not supported on PRIMARY KEY columns in COMPACT STORAGE tables');
  if (table.clustering.length > 0)
    throw invalid('Secondary indexes are not supported on compact value column of COMPACT STORAGE tables');
}

function customOptions(className: string, options: PropertyMap): [string, string][] {
  if (!saiNames.has(className.toLowerCase()))
    throw configError(`Unable to find custom indexer class '${className}'`);
  const unknown = [...options.keys()].filter((name) => !saiOptions.has(name));
  if (unknown.length > 0)
    throw configError(
      `Properties specified ${namesText(unknown)} are not understood by StorageAttachedIndex`,
    );
  return [...options, ['class_name', className]];
}

function availableName(keyspace: KeyspaceSchema, wanted: string): string {
  const base = wanted.replace(/\W/g, '');
  let name = base;
  for (let number = 1; findIndex(keyspace, name) !== undefined; number += 1) name = `${base}_${number}`;
  return name;
}

function sameIndex(a: IndexSchema, b: IndexSchema): boolean {
  const names = Object.keys(a.options);
  return (
    a.kind === b.kind &&
    names.length === Object.keys(b.options).length &&
    names.every((name) => a.options[name] === b.options[name])
  );
}
