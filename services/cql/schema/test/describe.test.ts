import { expect, test } from 'vitest';
import {
  alterTable,
  createAggregate,
  createFunction,
  createIndex,
  type Describe,
  type DescribeTarget,
  describe,
  emptySchema,
  type Schema,
  type TableChange,
} from '../index.ts';
import {
  context,
  problem,
  properties,
  tableOf,
  type,
  withTable,
  withTestKeyspace,
  withType,
  withView,
} from './support.ts';

const cluster = { keyspace: undefined, clusterName: 'Test', ranges: new Map() };

function rows(schema: Schema, target: DescribeTarget, more: Partial<Describe> & { use?: string } = {}) {
  const statement = { target, withInternals: more.withInternals ?? false };
  return describe(schema, statement, { ...cluster, keyspace: more.use }).rows;
}
const statementOf = (schema: Schema, kind: 'table' | 'view' | 'index', name: string, withInternals = false) =>
  rows(schema, { kind, name: { keyspace: 'ks', name } }, { withInternals })[0]![3];

const options = (isView = false) => `additional_write_policy = '99p'
    AND bloom_filter_fp_chance = 0.01
    AND caching = {'keys': 'ALL', 'rows_per_partition': 'NONE'}
    AND cdc = false
    AND comment = ''
    AND compaction = {'class': 'org.apache.cassandra.db.compaction.SizeTieredCompactionStrategy', 'max_threshold': '32', 'min_threshold': '4'}
    AND compression = {'chunk_length_in_kb': '16', 'class': 'org.apache.cassandra.io.compress.LZ4Compressor'}
    AND crc_check_chance = 1.0${isView ? '' : '\n    AND default_time_to_live = 0'}
    AND extensions = {}
    AND gc_grace_seconds = 864000
    AND max_index_interval = 2048
    AND memtable_flush_period_in_ms = 0
    AND min_index_interval = 128
    AND read_repair = 'BLOCKING'
    AND speculative_retry = '99p';`;

const index = (schema: Schema, table: string, column: string, name?: string) =>
  createIndex(schema, {
    keyspace: 'ks',
    table,
    name,
    targets: [{ kind: 'simple', column }],
    isCustom: false,
    className: undefined,
    properties: new Map(),
    ifNotExists: false,
  }).schema;

test('a table with a key of one column', () => {
  const schema = withTable(withTestKeyspace(), 't', 'p int; v text; Select text', 'p');
  expect(statementOf(schema, 'table', 't')).toBe(
    `CREATE TABLE ks.t (\n    p int PRIMARY KEY,\n    "Select" text,\n    v text\n) WITH ${options()}`,
  );
});

test('a table with clustering: columns of several cells stand behind', () => {
  const schema = withTable(
    withTestKeyspace(),
    'T',
    'p int; q int; c int; d int; s decimal static; reg1 int; reg2 list<int>; reg3 frozen<set<int>>; x tuple<int, text>',
    'p, q / c, d',
    {
      clusteringOrder: [
        { column: 'c', descending: false },
        { column: 'd', descending: true },
      ],
    },
  );
  expect(statementOf(schema, 'table', 'T')).toBe(
    [
      'CREATE TABLE ks."T" (',
      '    p int,',
      '    q int,',
      '    c int,',
      '    d int,',
      '    s decimal static,',
      '    reg1 int,',
      '    reg3 frozen<set<int>>,',
      '    x frozen<tuple<int, text>>,',
      '    reg2 list<int>,',
      '    PRIMARY KEY ((p, q), c, d)',
      ') WITH CLUSTERING ORDER BY (c ASC, d DESC)',
      `    AND ${options()}`,
    ].join('\n'),
  );
});

test('internals show the id, and columns that went', () => {
  const schema = withTable(withTestKeyspace(), 't', 'p text; v1 text; v3 int', 'p', {
    properties: properties({ id: '5a1c395e-b41f-11e5-9f22-ba0be0483c18' }),
  });
  const change = (before: Schema, what: TableChange) =>
    alterTable(before, { keyspace: 'ks', name: 't', ifExists: false, change: what }, context()).schema;
  const dropped = change(schema, {
    kind: 'drop',
    ifExists: false,
    columns: ['v3'],
    timestamp: 1589286942065000n,
  });
  const create = `CREATE TABLE ks.t (\n    p text PRIMARY KEY,\n    v1 text,\n    v3 int\n) WITH ID = 5a1c395e-b41f-11e5-9f22-ba0be0483c18\n    AND ${options()}`;
  const drop = 'ALTER TABLE ks.t DROP v3 USING TIMESTAMP 1589286942065000;';
  expect(statementOf(schema, 'table', 't', true)).toBe(create);
  expect(statementOf(dropped, 'table', 't', true)).toBe(`${create}\n${drop}`);
  const again = change(dropped, {
    kind: 'add',
    ifNotExists: false,
    columns: [{ name: 'v3', type: type('int'), isStatic: false }],
  });
  expect(statementOf(again, 'table', 't', true)).toBe(`${create}\n${drop}\nALTER TABLE ks.t ADD v3 int;`);
  expect(statementOf(dropped, 'table', 't')).toBe(
    `CREATE TABLE ks.t (\n    p text PRIMARY KEY,\n    v1 text\n) WITH ${options()}`,
  );
});

test('a view', () => {
  const schema = withTable(withTestKeyspace(), 't', 'p int; c int; v int; w text', 'p / c');
  const all = withView(schema, 'm', 't', 'v, p / c', {
    clusteringOrder: [{ column: 'c', descending: true }],
  });
  const lines = (selected: string) =>
    [
      'CREATE MATERIALIZED VIEW ks.m AS',
      `    SELECT ${selected}`,
      '    FROM ks.t',
      '    WHERE v IS NOT NULL AND p IS NOT NULL AND c IS NOT NULL',
      '    PRIMARY KEY ((v, p), c)',
      ' WITH CLUSTERING ORDER BY (c DESC)',
      `    AND ${options(true)}`,
    ].join('\n');
  expect(statementOf(all, 'view', 'm')).toBe(lines('*'));
  const some = withView(schema, 'm', 't', 'v, p / c', {
    selected: ['v', 'c', 'p'].map((column) => ({ column, alias: undefined, text: column })),
    clusteringOrder: [{ column: 'c', descending: true }],
  });
  expect(statementOf(some, 'view', 'm')).toBe(lines('v, p, c'));
});

test('virtual keyspaces and tables are for reference only', () => {
  expect(rows(emptySchema, { kind: 'keyspace', keyspace: 'system_virtual_schema', only: true })).toEqual([
    [
      'system_virtual_schema',
      'keyspace',
      'system_virtual_schema',
      '/*\nWarning: Keyspace system_virtual_schema is a virtual keyspace and cannot be recreated with CQL.\n' +
        'Structure, for reference:\nVIRTUAL KEYSPACE system_virtual_schema;\n*/',
    ],
  ]);
  const name = { keyspace: 'system_virtual_schema', name: 'columns' };
  expect(rows(emptySchema, { kind: 'table', name })).toEqual([
    [
      'system_virtual_schema',
      'table',
      'columns',
      [
        '/*',
        'Warning: Table system_virtual_schema.columns is a virtual table and cannot be recreated with CQL.',
        'Structure, for reference:',
        'VIRTUAL TABLE system_virtual_schema.columns (',
        '    keyspace_name text,',
        '    table_name text,',
        '    column_name text,',
        '    clustering_order text,',
        '    column_name_bytes blob,',
        '    kind text,',
        '    position int,',
        '    type text,',
        '    PRIMARY KEY (keyspace_name, table_name, column_name)',
        ') WITH CLUSTERING ORDER BY (table_name ASC, column_name ASC)',
        "    AND comment = 'virtual column definitions';",
        '*/',
      ].join('\n'),
    ],
  ]);
});

test('a keyspace with all that is in it, each thing behind what it needs', () => {
  let schema = withType(
    withType(withTestKeyspace(), 'zip', 'code int'),
    'address',
    'zip frozen<zip>; street text',
  );
  schema = index(withTable(schema, 'users', 'id text; age int', 'id'), 'users', 'age', 'myindex');
  schema = index(withTable(schema, 'Test', 'id int; col int; val text', 'id / col'), 'Test', 'val');
  schema = withView(schema, 'by_age', 'users', 'age / id');
  schema = createFunction(schema, {
    keyspace: 'ks',
    name: 'add',
    args: ['state', 'token'].map((name) => ({ name, type: type('int') })),
    returns: type('int'),
    calledOnNull: true,
    language: 'java',
    body: 'return 1;',
    orReplace: false,
    ifNotExists: false,
  }).schema;
  schema = createAggregate(schema, {
    keyspace: 'ks',
    name: 'total',
    argumentTypes: [type('int')],
    stateFunction: 'add',
    stateType: type('int'),
    finalFunction: undefined,
    initialCondition: '42',
    orReplace: false,
    ifNotExists: false,
  }).schema;
  const found = rows(schema, { kind: 'keyspace', keyspace: undefined, only: false }, { use: 'ks' });
  expect(found.map((row) => row.slice(1, 3))).toEqual([
    ['keyspace', 'ks'],
    ['type', 'zip'],
    ['type', 'address'],
    ['function', '"add"(int, int)'],
    ['aggregate', 'total(int)'],
    ['table', '"Test"'],
    ['index', '"Test_val_idx"'],
    ['table', 'users'],
    ['index', 'myindex'],
    ['materialized_view', 'by_age'],
  ]);
  const statements = found.map((row) => row[3]);
  expect(statements[0]).toBe(
    "CREATE KEYSPACE ks WITH replication = {'class': 'SimpleStrategy', 'replication_factor': '1'}  AND durable_writes = true;",
  );
  expect(statements[2]).toBe('CREATE TYPE ks.address (\n    zip frozen<zip>,\n    street text\n);');
  expect(statements[3]).toBe(
    'CREATE FUNCTION ks."add"(state int, "token" int)\n    CALLED ON NULL INPUT\n    RETURNS int\n    LANGUAGE java\n    AS $$return 1;$$;',
  );
  expect(statements[4]).toBe(
    'CREATE AGGREGATE ks.total(int)\n    SFUNC "add"\n    STYPE int\n    INITCOND 42;',
  );
  expect(statements[6]).toBe('CREATE INDEX "Test_val_idx" ON ks."Test" (val);');
  expect(rows(schema, { kind: 'schema', full: false })).toEqual(found);
  expect(rows(schema, { kind: 'schema', full: true }).length).toBeGreaterThan(found.length + 40);
});

test('names are listed of the keyspace in use, or of all', () => {
  const schema = withTable(withTestKeyspace(), 'Select', 'p int', 'p');
  expect(rows(schema, { kind: 'tables' }, { use: 'ks' })).toEqual([['ks', 'table', '"Select"']]);
  expect(rows(schema, { kind: 'tables' }).map((row) => row[0])).toContain('system_schema');
  expect(rows(schema, { kind: 'keyspaces' }).map((row) => row[2])).toEqual([
    'ks',
    'system',
    'system_auth',
    'system_distributed',
    'system_schema',
    'system_traces',
    'system_views',
    'system_virtual_schema',
  ]);
  expect(
    describe(schema, { target: { kind: 'tables' }, withInternals: false }, cluster).columns.map(
      ({ name }) => name,
    ),
  ).toEqual(['keyspace_name', 'type', 'name']);
});

test('a bare name is a keyspace, table, index or view', () => {
  let schema = withTable(withTestKeyspace(), 't', 'p int; v int', 'p');
  schema = withView(index(schema, 't', 'v', 'i'), 'm', 't', 'v / p');
  const any = (name: string, keyspace?: string, use?: string) =>
    rows(schema, { kind: 'any', name: { keyspace, name } }, use === undefined ? {} : { use }).map(
      (row) => `${row[1]} ${row[2]}`,
    );
  expect(any('ks')[0]).toBe('keyspace ks');
  expect(any('t', 'ks')).toEqual(['table t', 'index i']);
  expect(any('i', undefined, 'ks')).toEqual(['index i']);
  expect(any('m', 'ks')).toEqual(['materialized_view m']);
  expect(problem(() => any('x', 'ks'))).toBe("invalid: 'x' not found in keyspace 'ks'");
  expect(problem(() => any('x'))).toBe("invalid: 'x' not found in keyspaces");
});

test.each<[DescribeTarget, string]>([
  [{ kind: 'table', name: { name: 'x' } }, 'No keyspace specified and no current keyspace'],
  [{ kind: 'table', name: { keyspace: 'ks', name: 'x' } }, "Table 'x' not found in keyspace 'ks'"],
  [{ kind: 'index', name: { keyspace: 'ks', name: 'x' } }, "Table for existing index 'x' not found in 'ks'"],
  [{ kind: 'view', name: { keyspace: 'ks', name: 'x' } }, "Materialized view 'x' not found in 'ks'"],
  [{ kind: 'type', name: { keyspace: 'ks', name: 'x' } }, "User defined type 'x' not found in 'ks'"],
  [{ kind: 'function', name: { keyspace: 'ks', name: 'x' } }, "User defined function 'x' not found in 'ks'"],
  [
    { kind: 'aggregate', name: { keyspace: 'ks', name: 'x' } },
    "User defined aggregate 'x' not found in 'ks'",
  ],
  [{ kind: 'keyspace', keyspace: 'x', only: false }, "'x' not found in keyspaces"],
])('what is not there is named: %j', (target, message) => {
  expect(problem(() => rows(withTestKeyspace(), target))).toBe(`invalid: ${message}`);
});

test('a cluster shows its ranges to whoever uses a keyspace of their own', () => {
  const ranges = new Map([['0', ['127.0.0.1:7000']]]);
  const of = (keyspace: string | undefined) =>
    describe(
      withTestKeyspace(),
      { target: { kind: 'cluster' }, withInternals: false },
      { keyspace, clusterName: 'C', ranges },
    );
  expect(of(undefined).rows).toEqual([['C', 'Murmur3Partitioner', 'SimpleSnitch']]);
  expect(of('system').columns).toHaveLength(3);
  expect(of('ks').rows).toEqual([['C', 'Murmur3Partitioner', 'SimpleSnitch', ranges]]);
  expect(of('ks').columns[3]).toMatchObject({ name: 'range_ownership', type: { kind: 'map' } });
});

test('a table of compact storage says that it cannot be made again', () => {
  const schema = withTable(withTestKeyspace(), 't', 'p int; c int; v int', 'p / c', { compactStorage: true });
  expect(tableOf(schema, 't').isCompact).toBe(true);
  const text = String(statementOf(schema, 'table', 't'));
  expect(text.split('\n').slice(0, 5)).toEqual([
    '/*',
    'Warning: Table ks.t omitted because it has constructs not compatible with CQL (was created via legacy API).',
    'Approximate structure, for reference:',
    '(this should not be used to reproduce this schema)',
    '',
  ]);
  expect(text).toContain(') WITH COMPACT STORAGE\n    AND CLUSTERING ORDER BY (c ASC)\n    AND additional');
  expect(text.endsWith('\n*/')).toBe(true);
});
