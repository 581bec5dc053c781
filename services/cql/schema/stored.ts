/**
 * One keyspace as bytes, version 1: JSON with all members in a fixed order, so that the same schema has the same bytes, from which
 * its version follows. Read strictly.
 */

import { schemaLimits } from './limits.ts';
import type {
  AggregateSchema,
  ColumnSchema,
  DroppedColumn,
  FunctionSchema,
  IndexSchema,
  KeyspaceSchema,
  ParamValue,
  TableParams,
  TableSchema,
  UserType,
} from './model.ts';
import { byName, compareNames } from './names.ts';
import type { UserTypes } from './raw-type.ts';
import { StoredObject, StoredSchemaDamaged } from './stored-reader.ts';
import { readType, storedType } from './stored-type.ts';
import { columnsOf, makeTable } from './table.ts';
import { typesInOrder } from './type-order.ts';

const format = 1;

export function storeKeyspace(keyspace: KeyspaceSchema): Uint8Array {
  const head = JSON.stringify({
    format,
    name: keyspace.name,
    durableWrites: keyspace.durableWrites,
    replication: sorted(keyspace.replication),
    // Those first that others are made of, so that reading finds them.
    types: typesInOrder(keyspace).map((type) => ({
      name: type.name,
      fields: type.fields.map((field) => ({ name: field.name, type: storedType(field.type) })),
    })),
  });
  const tables = [...keyspace.tables.values()].sort(byName).map(tableText);
  const tail = JSON.stringify({
    functions: overloadsOf(keyspace.functions).map((each) => ({
      name: each.name,
      argumentNames: each.argumentNames,
      argumentTypes: each.argumentTypes.map(storedType),
      returnType: storedType(each.returnType),
      calledOnNull: each.calledOnNull,
      language: each.language,
      body: each.body,
    })),
    aggregates: overloadsOf(keyspace.aggregates).map((each) => ({
      name: each.name,
      argumentTypes: each.argumentTypes.map(storedType),
      stateFunction: each.stateFunction,
      stateType: storedType(each.stateType),
      finalFunction: each.finalFunction,
      initialCondition: each.initialCondition,
      returnType: storedType(each.returnType),
    })),
  });
  return Buffer.from(`${head.slice(0, -1)},"tables":[${tables.join(',')}],${tail.slice(1)}`);
}

/** Of tables that a change leaves as they are: it costs as much as the table it is about, not as all of them. */
const tableTexts = new WeakMap<TableSchema, string>();

function tableText(table: TableSchema): string {
  let text = tableTexts.get(table);
  if (text === undefined) {
    text = JSON.stringify(storeTable(table));
    tableTexts.set(table, text);
  }
  return text;
}

const sorted = <T>(map: Readonly<Record<string, T>>): Record<string, T> =>
  Object.fromEntries(Object.entries(map).sort(([a], [b]) => compareNames(a, b)));

const overloadsOf = <T>(all: ReadonlyMap<string, readonly T[]>): T[] =>
  [...all].sort(([a], [b]) => compareNames(a, b)).flatMap(([, overloads]) => overloads);

function storeTable(table: TableSchema) {
  return {
    id: table.id,
    name: table.name,
    kind: table.kind,
    columns: columnsOf(table).map((column) => ({
      name: column.name,
      id: column.id,
      type: storedType(column.type),
      kind: column.kind,
      position: column.position,
      order: column.order,
    })),
    isCounter: table.isCounter,
    isCompact: table.isCompact,
    params: sorted(
      Object.fromEntries(
        Object.entries(table.params).map(([name, value]) => [
          name,
          typeof value === 'object' ? sorted(value) : value,
        ]),
      ),
    ),
    indexes: table.indexes.map((index) => ({
      name: index.name,
      id: index.id,
      column: index.column,
      target: index.target,
      kind: index.kind,
      options: sorted(index.options),
    })),
    dropped: table.dropped.map((column) => ({
      name: column.name,
      type: storedType(column.type),
      kind: column.kind,
      droppedAt: String(column.droppedAt),
    })),
    nextColumnId: table.nextColumnId,
    view: table.view && {
      baseTable: table.view.baseTable,
      includesAll: table.view.includesAll,
      where: table.view.where,
    },
  };
}

export function readKeyspace(bytes: Uint8Array): KeyspaceSchema {
  if (bytes.length > schemaLimits.storedBytes) throw new StoredSchemaDamaged('it is too large');
  const stored = new StoredObject(parse(bytes), 'the keyspace');
  if (stored.integer('format') !== format) throw new StoredSchemaDamaged('its format is unknown');
  const name = stored.text('name');
  const durableWrites = stored.boolean('durableWrites');
  const replication = stored.map('replication');
  const types = new Map<string, UserType>();
  stored.list('types', (value) => {
    const type = readUserType(value, name, types);
    types.set(type.name, type);
  });
  const keyspace: KeyspaceSchema = {
    name,
    durableWrites,
    replication,
    isVirtual: false,
    types,
    tables: named(stored.list('tables', (value) => readTable(value, name, types))),
    functions: grouped(stored.list('functions', (value) => readFunction(value, name, types))),
    aggregates: grouped(stored.list('aggregates', (value) => readAggregate(value, name, types))),
  };
  stored.end();
  return keyspace;
}

function parse(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (cause) {
    throw new StoredSchemaDamaged(`it is not JSON (${(cause as Error).name})`);
  }
}

function named<T extends { readonly name: string }>(values: readonly T[]): ReadonlyMap<string, T> {
  const map = new Map(values.map((value) => [value.name, value]));
  if (map.size !== values.length) throw new StoredSchemaDamaged('a name stands twice');
  return map;
}

function grouped<T extends { readonly name: string }>(values: readonly T[]): ReadonlyMap<string, T[]> {
  const map = new Map<string, T[]>();
  for (const value of values) map.set(value.name, [...(map.get(value.name) ?? []), value]);
  return map;
}

function readUserType(value: unknown, keyspace: string, types: UserTypes): UserType {
  const stored = new StoredObject(value, 'a type');
  const type = {
    keyspace,
    name: stored.text('name'),
    fields: stored.list('fields', (each) => {
      const field = new StoredObject(each, 'a field');
      const read = { name: field.text('name'), type: readType(field.any('type'), types) };
      field.end();
      return read;
    }),
  };
  stored.end();
  return type;
}

const kinds = ['partition_key', 'clustering', 'static', 'regular'] as const;

function readTable(value: unknown, keyspace: string, types: UserTypes): TableSchema {
  const stored = new StoredObject(value, 'a table');
  const view = stored.optionalObject('view');
  const parts = {
    id: stored.text('id'),
    keyspace,
    name: stored.text('name'),
    kind: stored.oneOf('kind', ['table', 'view'] as const),
    isCounter: stored.boolean('isCounter'),
    isCompact: stored.boolean('isCompact'),
    params: readParams(stored.object('params')),
    indexes: stored.list('indexes', readIndex),
    dropped: stored.list('dropped', (each) => readDropped(each, types)),
    nextColumnId: stored.integer('nextColumnId'),
    ...(view && {
      view: {
        baseTable: view.text('baseTable'),
        includesAll: view.boolean('includesAll'),
        where: view.text('where'),
      },
    }),
  };
  if (!/^[0-9a-f]{32}$/.test(parts.id)) throw stored.fail('id');
  const columns = stored.list('columns', (each) => readColumn(each, types));
  view?.end();
  stored.end();
  if (new Set(columns.map(({ name }) => name)).size !== columns.length) throw stored.fail('columns');
  const table = makeTable(parts, columns);
  if (table.nextColumnId !== parts.nextColumnId) throw stored.fail('nextColumnId');
  return table;
}

function readColumn(value: unknown, types: UserTypes): ColumnSchema {
  const stored = new StoredObject(value, 'a column');
  const column: ColumnSchema = {
    name: stored.text('name'),
    id: stored.integer('id'),
    type: readType(stored.any('type'), types),
    kind: stored.oneOf('kind', kinds),
    position: stored.integer('position'),
    order: stored.oneOf('order', ['asc', 'desc', 'none'] as const),
  };
  stored.end();
  return column;
}

function readParams(stored: StoredObject): TableParams {
  const params = stored.names().map((name): [string, ParamValue] => {
    const value = stored.any(name);
    if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean')
      return [name, value];
    return [name, new StoredObject({ value }, 'a parameter').map('value')];
  });
  return Object.fromEntries(params);
}

function readIndex(value: unknown): IndexSchema {
  const stored = new StoredObject(value, 'an index');
  const index: IndexSchema = {
    name: stored.text('name'),
    id: stored.integer('id'),
    column: stored.text('column'),
    target: stored.oneOf('target', ['values', 'keys', 'entries', 'full', 'simple'] as const),
    kind: stored.oneOf('kind', ['COMPOSITES', 'KEYS', 'CUSTOM'] as const),
    options: stored.map('options'),
  };
  stored.end();
  return index;
}

function readDropped(value: unknown, types: UserTypes): DroppedColumn {
  const stored = new StoredObject(value, 'a dropped column');
  const droppedAt = stored.text('droppedAt');
  if (!/^-?\d{1,19}$/.test(droppedAt)) throw stored.fail('droppedAt');
  const column: DroppedColumn = {
    name: stored.text('name'),
    type: readType(stored.any('type'), types),
    kind: stored.oneOf('kind', kinds),
    droppedAt: BigInt(droppedAt),
  };
  stored.end();
  return column;
}

function readFunction(value: unknown, keyspace: string, types: UserTypes): FunctionSchema {
  const stored = new StoredObject(value, 'a function');
  const read: FunctionSchema = {
    keyspace,
    name: stored.text('name'),
    argumentNames: stored.texts('argumentNames'),
    argumentTypes: stored.list('argumentTypes', (type) => readType(type, types)),
    returnType: readType(stored.any('returnType'), types),
    calledOnNull: stored.boolean('calledOnNull'),
    language: stored.text('language'),
    body: stored.text('body'),
  };
  stored.end();
  return read;
}

function readAggregate(value: unknown, keyspace: string, types: UserTypes): AggregateSchema {
  const stored = new StoredObject(value, 'an aggregate');
  const finalFunction = stored.optionalText('finalFunction');
  const initialCondition = stored.optionalText('initialCondition');
  const read: AggregateSchema = {
    keyspace,
    name: stored.text('name'),
    argumentTypes: stored.list('argumentTypes', (type) => readType(type, types)),
    stateFunction: stored.text('stateFunction'),
    stateType: readType(stored.any('stateType'), types),
    ...(finalFunction === undefined ? {} : { finalFunction }),
    ...(initialCondition === undefined ? {} : { initialCondition }),
    returnType: readType(stored.any('returnType'), types),
  };
  stored.end();
  return read;
}
