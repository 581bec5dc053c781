/**
 * Rows of `system_schema` and `system_virtual_schema`, made of the schema: what drivers read to know tables and columns. Each row has its
 * values in the order of the table's columns; rows of a keyspace stand in clustering order.
 */
import type { Value } from '../types/api.ts';
import { typeText } from '../types/type-text.ts';
import { columnsShown, flagsOf, type ShownColumn } from './compact-shape.ts';
import type { AggregateSchema, FunctionSchema, KeyspaceSchema, Schema, TableSchema } from './model.ts';
import { byName, compareNames } from './names.ts';
import { systemKeyspaces } from './system/keyspaces.ts';
import {
  booleanValue,
  doubleValue,
  intValue,
  listValue,
  mapValue,
  setValue,
  textValue,
  timestampValue,
  uuidValue,
} from './system-values.ts';

export type SystemRow = readonly (Value | undefined)[];

type Values = Readonly<Record<string, Value | undefined>>;
type Rows = (keyspace: KeyspaceSchema) => Values[];

const makers: Readonly<Record<string, Rows>> = {
  keyspaces: (keyspace) => [
    {
      keyspace_name: textValue(keyspace.name),
      durable_writes: booleanValue(keyspace.durableWrites),
      replication: mapValue(keyspace.replication),
    },
  ],
  tables: (keyspace) =>
    tablesOf(keyspace, 'table').map((table) => ({
      keyspace_name: textValue(keyspace.name),
      table_name: textValue(table.name),
      flags: setValue(flagsOf(table)),
      ...paramValues(table),
    })),
  views: (keyspace) =>
    tablesOf(keyspace, 'view').map((table) => ({
      keyspace_name: textValue(keyspace.name),
      view_name: textValue(table.name),
      base_table_id: uuidValue(keyspace.tables.get(table.view!.baseTable)!.id),
      base_table_name: textValue(table.view!.baseTable),
      include_all_columns: booleanValue(table.view!.includesAll),
      where_clause: textValue(table.view!.where),
      ...paramValues(table),
    })),
  columns: (keyspace) => [...keyspace.tables.values()].sort(byName).flatMap(columnsOfTable),
  dropped_columns: (keyspace) =>
    tablesOf(keyspace, 'table').flatMap((table) =>
      [...table.dropped].sort(byName).map((column) => ({
        keyspace_name: textValue(keyspace.name),
        table_name: textValue(table.name),
        column_name: textValue(column.name),
        // Microseconds in the model.
        dropped_time: timestampValue(column.droppedAt / 1000n),
        kind: textValue(column.kind),
        type: textValue(typeText(column.type)),
      })),
    ),
  triggers: () => [],
  indexes: (keyspace) =>
    tablesOf(keyspace, 'table').flatMap((table) =>
      [...table.indexes].sort(byName).map((index) => ({
        keyspace_name: textValue(keyspace.name),
        table_name: textValue(table.name),
        index_name: textValue(index.name),
        kind: textValue(index.kind),
        options: mapValue(index.options),
      })),
    ),
  types: (keyspace) =>
    [...keyspace.types.values()].sort(byName).map((type) => ({
      keyspace_name: textValue(keyspace.name),
      type_name: textValue(type.name),
      field_names: listValue(type.fields.map((field) => field.name)),
      field_types: listValue(type.fields.map((field) => typeText(field.type))),
    })),
  functions: (keyspace) =>
    overloadsOf(keyspace.functions).map((each) => ({
      keyspace_name: textValue(keyspace.name),
      function_name: textValue(each.name),
      argument_types: listValue(each.argumentTypes.map(typeText)),
      argument_names: listValue(each.argumentNames),
      body: textValue(each.body),
      called_on_null_input: booleanValue(each.calledOnNull),
      language: textValue(each.language),
      return_type: textValue(typeText(each.returnType)),
    })),
  aggregates: (keyspace) =>
    overloadsOf(keyspace.aggregates).map((each) => ({
      keyspace_name: textValue(keyspace.name),
      aggregate_name: textValue(each.name),
      argument_types: listValue(each.argumentTypes.map(typeText)),
      final_func: each.finalFunction === undefined ? undefined : textValue(each.finalFunction),
      initcond: each.initialCondition === undefined ? undefined : textValue(each.initialCondition),
      return_type: textValue(typeText(each.returnType)),
      state_func: textValue(each.stateFunction),
      state_type: textValue(typeText(each.stateType)),
    })),
};

const virtualMakers: Readonly<Record<string, Rows>> = {
  keyspaces: (keyspace) => [{ keyspace_name: textValue(keyspace.name) }],
  tables: (keyspace) =>
    tablesOf(keyspace, 'virtual').map((table) => ({
      keyspace_name: textValue(keyspace.name),
      table_name: textValue(table.name),
      comment: textValue(table.params.comment as string),
    })),
  columns: makers.columns!,
};

const byKeyspace = {
  system_schema: makers,
  system_virtual_schema: virtualMakers,
} as const;

const tablesOf = (keyspace: KeyspaceSchema, kind: TableSchema['kind']) =>
  [...keyspace.tables.values()].filter((table) => table.kind === kind).sort(byName);

/** By name, then by arguments as lists of texts are ordered: they are clustering columns. */
function overloadsOf<T extends FunctionSchema | AggregateSchema>(
  all: ReadonlyMap<string, readonly T[]>,
): T[] {
  const compareArguments = (a: T, b: T) => {
    const left = a.argumentTypes.map(typeText);
    const right = b.argumentTypes.map(typeText);
    for (const [at, text] of left.slice(0, right.length).entries()) {
      const order = compareNames(text, right[at]!);
      if (order !== 0) return order;
    }
    return left.length - right.length;
  };
  return [...all.values()].flat().sort((a, b) => byName(a, b) || compareArguments(a, b));
}

function makeParamValues(table: TableSchema): Values {
  const { params } = table;
  const text = (name: string) => textValue(params[name] as string);
  const int = (name: string) => intValue(params[name] as number);
  const double = (name: string) => doubleValue(params[name] as number);
  const map = (name: string) => mapValue(params[name] as Readonly<Record<string, string>>);
  return {
    additional_write_policy: text('additional_write_policy'),
    bloom_filter_fp_chance: double('bloom_filter_fp_chance'),
    caching: map('caching'),
    // Cassandra writes it where change data capture is switched on only.
    cdc: undefined,
    comment: text('comment'),
    compaction: map('compaction'),
    compression: map('compression'),
    crc_check_chance: double('crc_check_chance'),
    // Of no use since 4.0; there for drivers.
    dclocal_read_repair_chance: doubleValue(0),
    read_repair_chance: doubleValue(0),
    default_time_to_live: int('default_time_to_live'),
    extensions: map('extensions'),
    gc_grace_seconds: int('gc_grace_seconds'),
    id: uuidValue(table.id),
    max_index_interval: int('max_index_interval'),
    memtable_flush_period_in_ms: int('memtable_flush_period_in_ms'),
    min_index_interval: int('min_index_interval'),
    read_repair: text('read_repair'),
    speculative_retry: text('speculative_retry'),
  };
}

/** Of tables that a change of the keyspace leaves as they are. */
const knownColumns = new WeakMap<TableSchema, Values[]>();
const knownParams = new WeakMap<TableSchema, Values>();

function columnsOfTable(table: TableSchema): Values[] {
  let values = knownColumns.get(table);
  if (values === undefined) {
    values = columnsShown(table)
      .sort(byName)
      .map((column) => columnValues(table, column));
    knownColumns.set(table, values);
  }
  return values;
}

function paramValues(table: TableSchema): Values {
  let values = knownParams.get(table);
  if (values === undefined) {
    values = makeParamValues(table);
    knownParams.set(table, values);
  }
  return values;
}

function columnValues(table: TableSchema, column: ShownColumn): Values {
  return {
    keyspace_name: textValue(table.keyspace),
    table_name: textValue(table.name),
    column_name: textValue(column.name),
    clustering_order: textValue(column.order),
    column_name_bytes: textValue(column.name),
    kind: textValue(column.kind),
    position: intValue(column.position),
    type: textValue(column.typeText),
  };
}

/** Rows of a keyspace are made once: drivers read all of them after each change. */
const known = new WeakMap<KeyspaceSchema, Map<Rows, readonly SystemRow[]>>();

function rowsOf(keyspace: KeyspaceSchema, table: TableSchema, make: Rows): readonly SystemRow[] {
  const rows = known.get(keyspace) ?? new Map<Rows, readonly SystemRow[]>();
  known.set(keyspace, rows);
  let made = rows.get(make);
  if (made === undefined) {
    const names = [...table.columns.keys()];
    made = make(keyspace).map((values) => names.map((name) => values[name]));
    rows.set(make, made);
  }
  return made;
}

export interface SystemRows {
  readonly table: TableSchema;
  /** The partition key: all these tables have the keyspace's name as theirs. */
  readonly partitions: readonly { readonly keyspace: string; readonly rows: readonly SystemRow[] }[];
}

/** Undefined: no such table. With `only` just that keyspace's partition, if it is there. */
export function systemSchemaRows(
  schema: Schema,
  keyspace: 'system_schema' | 'system_virtual_schema',
  name: string,
  only?: string,
): SystemRows | undefined {
  const table = systemKeyspaces.find((each) => each.name === keyspace)!.tables.get(name);
  if (table === undefined) return undefined;
  const make = byKeyspace[keyspace][name]!;
  const isVirtual = keyspace === 'system_virtual_schema';
  const wanted =
    only === undefined
      ? [...schema.keyspaces.values()]
      : [schema.keyspaces.get(only)].filter((each) => each !== undefined);
  const partitions = wanted
    .filter((each) => each.isVirtual === isVirtual)
    .map((each) => ({ keyspace: each.name, rows: rowsOf(each, table, make) }))
    .filter(({ rows }) => rows.length > 0);
  return { table, partitions };
}
