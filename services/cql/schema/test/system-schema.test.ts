import { expect, test } from 'vitest';
import type { CqlType, Value } from '../../types/api.ts';
import { typeText } from '../../types/type-text.ts';
import {
  alterTable,
  createFunction,
  createIndex,
  emptySchema,
  type Schema,
  systemSchemaRows,
} from '../index.ts';
import { context, tableOf, type, withTable, withTestKeyspace, withType, withView } from './support.ts';

/** Read from the bytes by the column's type, as a driver would. */
function decode(columnType: CqlType, bytes: Value): unknown {
  const buffer = Buffer.from(bytes);
  if (columnType.kind === 'native') {
    if (columnType.name === 'text') return buffer.toString();
    if (columnType.name === 'blob' || columnType.name === 'uuid') return buffer.toString('hex');
    if (columnType.name === 'int' && buffer.length === 4) return buffer.readInt32BE();
    if (columnType.name === 'double' && buffer.length === 8) return buffer.readDoubleBE();
    if (columnType.name === 'boolean' && buffer.length === 1) return buffer[0] === 1;
    if (columnType.name === 'timestamp' && buffer.length === 8) return Number(buffer.readBigInt64BE());
  }
  let at = 4;
  const next = (inner: CqlType) => {
    const length = buffer.readInt32BE(at);
    const value = decode(inner, buffer.subarray(at + 4, at + 4 + length));
    at += 4 + length;
    return value;
  };
  const count = buffer.readInt32BE(0);
  const times = <T>(read: () => T): T[] => Array.from({ length: count }, read);
  const value =
    columnType.kind === 'list' || columnType.kind === 'set'
      ? times(() => next(columnType.element))
      : columnType.kind === 'map'
        ? Object.fromEntries(times(() => [next(columnType.key), next(columnType.value)]))
        : undefined;
  expect(value).toBeDefined();
  expect(at).toBe(buffer.length);
  return value;
}

function read(schema: Schema, name: string, keyspace: string = 'ks', of = 'system_schema' as const) {
  const { table, partitions } = systemSchemaRows(
    schema,
    of,
    name,
    keyspace === 'all' ? undefined : keyspace,
  )!;
  const columns = [...table.columns.values()];
  return partitions.flatMap(({ rows }) =>
    rows.map((row) => {
      expect(row).toHaveLength(columns.length);
      return Object.fromEntries(
        columns.map((column, at) => [column.name, row[at] && decode(column.type, row[at])]),
      );
    }),
  );
}

const base = withTable(
  withType(withTestKeyspace(), 'u', 'a int; B text'),
  't',
  'p int; c text; s int static; v frozen<u>',
  'p / c',
  {
    clusteringOrder: [{ column: 'c', descending: true }],
  },
);

test('a keyspace and its table are described', () => {
  expect(read(base, 'keyspaces')).toEqual([
    {
      keyspace_name: 'ks',
      durable_writes: true,
      replication: { class: 'org.apache.cassandra.locator.SimpleStrategy', replication_factor: '1' },
    },
  ]);
  expect(read(base, 'tables')).toEqual([
    {
      keyspace_name: 'ks',
      table_name: 't',
      additional_write_policy: '99p',
      bloom_filter_fp_chance: 0.01,
      caching: { keys: 'ALL', rows_per_partition: 'NONE' },
      cdc: undefined,
      comment: '',
      compaction: {
        class: 'org.apache.cassandra.db.compaction.SizeTieredCompactionStrategy',
        max_threshold: '32',
        min_threshold: '4',
      },
      compression: { chunk_length_in_kb: '16', class: 'org.apache.cassandra.io.compress.LZ4Compressor' },
      crc_check_chance: 1,
      dclocal_read_repair_chance: 0,
      default_time_to_live: 0,
      extensions: {},
      flags: ['compound'],
      gc_grace_seconds: 864000,
      id: tableOf(base, 't').id,
      max_index_interval: 2048,
      memtable_flush_period_in_ms: 0,
      min_index_interval: 128,
      read_repair: 'BLOCKING',
      read_repair_chance: 0,
      speculative_retry: '99p',
    },
  ]);
});

test('columns stand in the order of their names, with kind, place and type', () => {
  const column = (name: string, kind: string, position: number, order: string, text: string) => ({
    keyspace_name: 'ks',
    table_name: 't',
    column_name: name,
    clustering_order: order,
    column_name_bytes: Buffer.from(name).toString('hex'),
    kind,
    position,
    type: text,
  });
  expect(read(base, 'columns')).toEqual([
    column('c', 'clustering', 0, 'desc', 'text'),
    column('p', 'partition_key', 0, 'none', 'int'),
    column('s', 'static', -1, 'none', 'int'),
    column('v', 'regular', -1, 'none', 'frozen<u>'),
  ]);
});

test('types, indexes, dropped columns and functions are described', () => {
  expect(read(base, 'types')).toEqual([
    { keyspace_name: 'ks', type_name: 'u', field_names: ['a', 'B'], field_types: ['int', 'text'] },
  ]);
  const { schema } = createIndex(base, {
    keyspace: 'ks',
    table: 't',
    name: undefined,
    targets: [{ kind: 'simple', column: 's' }],
    isCustom: false,
    className: undefined,
    properties: new Map(),
    ifNotExists: false,
  });
  expect(read(schema, 'indexes')).toEqual([
    {
      keyspace_name: 'ks',
      table_name: 't',
      index_name: 't_s_idx',
      kind: 'COMPOSITES',
      options: { target: 's' },
    },
  ]);
  const change = {
    kind: 'drop',
    ifExists: false,
    columns: ['v'],
    timestamp: 1_700_000_000_123_456n,
  } as const;
  const dropped = alterTable(base, { keyspace: 'ks', name: 't', ifExists: false, change }, context()).schema;
  expect(read(dropped, 'dropped_columns')).toEqual([
    {
      keyspace_name: 'ks',
      table_name: 't',
      column_name: 'v',
      dropped_time: 1_700_000_000_123,
      kind: 'regular',
      type: 'frozen<tuple<int, text>>',
    },
  ]);
});

test('overloads stand in the order of their arguments', () => {
  const define = (schema: Schema, types: string[]) =>
    createFunction(schema, {
      keyspace: 'ks',
      name: 'f',
      args: types.map((text, at) => ({ name: `a${at}`, type: type(text) })),
      returns: type('int'),
      calledOnNull: false,
      language: 'javascript',
      body: 'x',
      orReplace: false,
      ifNotExists: false,
    }).schema;
  const schema = define(define(define(base, ['text']), ['int', 'int']), ['int']);
  expect(read(schema, 'functions').map((row) => row.argument_types)).toEqual([
    ['int'],
    ['int', 'int'],
    ['text'],
  ]);
  expect(read(schema, 'functions')[0]).toMatchObject({ argument_names: ['a0'], called_on_null_input: false });
});

test('a view is in a table of its own, with its columns among all', () => {
  const schema = withView(base, 'm', 't', 'c / p', {
    selected: ['p', 'c'].map((column) => ({ column, alias: undefined, text: column })),
  });
  expect(read(schema, 'tables').map((row) => row.table_name)).toEqual(['t']);
  expect(read(schema, 'views')).toMatchObject([
    {
      view_name: 'm',
      base_table_id: tableOf(base, 't').id,
      base_table_name: 't',
      include_all_columns: false,
      where_clause: 'c IS NOT NULL AND p IS NOT NULL',
      id: tableOf(schema, 'm').id,
    },
  ]);
  expect(read(schema, 'columns').map((row) => `${row.table_name}.${row.column_name}`)).toEqual([
    'm.c',
    'm.p',
    't.c',
    't.p',
    't.s',
    't.v',
  ]);
});

test('compact tables show what their storage was made of', () => {
  const of = (columns: string, key: string) => {
    const schema = withTable(withTestKeyspace(), 't', columns, key, { compactStorage: true });
    return [
      read(schema, 'tables')[0]!.flags,
      ...read(schema, 'columns').map((row) => `${row.column_name} ${row.kind} ${row.type}`),
    ];
  };
  expect(of('p int; value int', 'p')).toEqual([
    [],
    'column1 clustering text',
    'p partition_key int',
    'value static int',
    'value1 regular blob',
  ]);
  expect(of('p int; c int; v int', 'p / c')).toEqual([
    ['dense'],
    'c clustering int',
    'p partition_key int',
    'v regular int',
  ]);
  expect(of('p int; c int; d int', 'p / c, d')).toEqual([
    ['compound', 'dense'],
    'c clustering int',
    'd clustering int',
    'p partition_key int',
    'value regular empty',
  ]);
});

test('the system describes itself: each of its tables with each of its columns', () => {
  const tables = read(emptySchema, 'tables', 'all');
  const columns = read(emptySchema, 'columns', 'all');
  for (const keyspace of emptySchema.keyspaces.values()) {
    if (keyspace.isVirtual) continue;
    for (const table of keyspace.tables.values()) {
      expect(tables).toContainEqual(
        expect.objectContaining({ keyspace_name: keyspace.name, table_name: table.name }),
      );
      expect(
        columns
          .filter((row) => row.keyspace_name === keyspace.name && row.table_name === table.name)
          .map((row) => [row.column_name, row.type])
          .sort(),
      ).toEqual([...table.columns.values()].map((column) => [column.name, typeText(column.type)]).sort());
    }
  }
  expect(tables.filter((row) => row.keyspace_name === 'system_schema').map((row) => row.table_name)).toEqual([
    'aggregates',
    'columns',
    'dropped_columns',
    'functions',
    'indexes',
    'keyspaces',
    'tables',
    'triggers',
    'types',
    'views',
  ]);
});

test('ids of the system’s tables are those that Cassandra gives them', () => {
  const idOf = (keyspace: string, name: string) => emptySchema.keyspaces.get(keyspace)!.tables.get(name)!.id;
  expect(idOf('system', 'local')).toBe('7ad54392bcdd35a684174e047860b377');
  expect(idOf('system_schema', 'tables')).toBe('afddfb9dbc1e30688056eed6c302ba09');
  expect(idOf('system_auth', 'roles')).toBe('5bc52802de2535edaeab188eecebb090');
});

test('virtual tables are described apart', () => {
  const of = (name: string) => systemSchemaRows(emptySchema, 'system_virtual_schema', name)!;
  expect(of('keyspaces').partitions.map(({ keyspace }) => keyspace)).toEqual([
    'system_views',
    'system_virtual_schema',
  ]);
  expect(
    of('columns')
      .partitions.map(({ rows }) => rows.length)
      .every((count) => count > 5),
  ).toBe(true);
  expect(read(emptySchema, 'tables', 'system_views')).toEqual([]);
  expect(systemSchemaRows(emptySchema, 'system_schema', 'none')).toBeUndefined();
});
