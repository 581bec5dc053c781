/** Connecting as version 4 of the Java driver does: its requests in its order, and its reading of every answer. */
import { Client } from 'cassandra-driver';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { bytes, longString } from '../wire/test/support/frames.ts';
import { JavaClient, type JavaRows, rowsOf, type TypeOption } from './support/java-client.ts';
import { openServer, type TestServer } from './support/open-server.ts';
import { until } from './support/until.ts';

let server: TestServer;
let node: Client;
beforeAll(async () => {
  // Functions are described here, not called.
  const user = { compile: () => ({ isCalledWith: () => true, call: () => undefined }) };
  server = await openServer({ user });
  node = new Client({
    contactPoints: ['127.0.0.1'],
    localDataCenter: 'datacenter1',
    protocolOptions: { port: server.port },
    credentials: { username: 'cassandra', password: 'cassandra' },
  });
  for (const statement of [
    "CREATE KEYSPACE k WITH replication = {'class': 'NetworkTopologyStrategy', 'datacenter1': 1}",
    'CREATE TYPE k.address (street text, zips frozen<list<int>>)',
    'CREATE TABLE k.t (a int, b timeuuid, c frozen<address>, s set<text> static, PRIMARY KEY (a, b)) WITH CLUSTERING ORDER BY (b DESC)',
    'CREATE INDEX by_c ON k.t (c)',
    'CREATE MATERIALIZED VIEW k.v AS SELECT a, b FROM k.t WHERE a IS NOT NULL AND b IS NOT NULL PRIMARY KEY (b, a)',
    "CREATE FUNCTION k.plus (x int, y int) RETURNS NULL ON NULL INPUT RETURNS int LANGUAGE javascript AS 'x + y'",
    'CREATE AGGREGATE k.total (int) SFUNC plus STYPE int INITCOND 0',
  ])
    await node.execute(statement);
});
afterAll(async () => {
  await node.shutdown();
  await server.close();
});

const clients: JavaClient[] = [];
afterEach(async () => {
  for (const client of clients.splice(0)) await client.end();
  expect(server.unexpected).toEqual([]);
});

function open(version: number): JavaClient {
  const client = new JavaClient(server.port, version);
  clients.push(client);
  return client;
}

const opcode = { error: 0, ready: 2, authenticate: 3, supported: 6, event: 12, authSuccess: 16 };
const type = { boolean: 4, int: 9, uuid: 12, text: 13, inet: 16 };
const listOfText: TypeOption = [0x20, type.text];
const setOfText: TypeOption = [0x22, type.text];
const mapOfText: TypeOption = [0x21, type.text, type.text];

/** Up to REGISTER, as a control connection. */
async function connected(version: number): Promise<JavaClient> {
  const client = open(version);
  const supported = await client.request(0x05);
  expect(supported).toMatchObject({ version: 0x80 | version, stream: 0, opcode: opcode.supported });
  expect(supported.body.stringMultimap()).toMatchObject({
    CQL_VERSION: ['3.4.5'],
    PROTOCOL_VERSIONS: ['3/v3', '4/v4', '5/v5'],
  });
  const asked = await client.startup();
  expect(asked).toMatchObject({ stream: 1, opcode: opcode.authenticate });
  expect(asked.body.string()).toBe('org.apache.cassandra.auth.PasswordAuthenticator');
  if (version >= 5) client.frame();
  const authenticated = await client.login('cassandra', 'cassandra');
  expect(authenticated.opcode).toBe(opcode.authSuccess);
  expect(authenticated.body.bytes() ?? Buffer.alloc(0)).toHaveLength(0);
  const [name] = rowsOf(await client.query('SELECT cluster_name FROM system.local')).rows;
  expect(name!.cluster_name!.toString()).toBe('Hypergate');
  const registered = await client.register('SCHEMA_CHANGE', 'STATUS_CHANGE', 'TOPOLOGY_CHANGE');
  expect(registered).toMatchObject({ opcode: opcode.ready });
  return client;
}

test.each([66, 65])(
  'version %i, its first try, is refused in words that make it step down',
  async (version) => {
    const answer = await open(version).request(0x05);
    expect(answer).toMatchObject({ version: 0x85, stream: 0, opcode: opcode.error });
    expect(answer.body.int()).toBe(0x0a);
    expect(answer.body.string()).toContain('Invalid or unsupported protocol version');
  },
);

const typesOf = ({ columns }: JavaRows) =>
  Object.fromEntries(columns.map((column) => [column.name, column.type]));

test.each([5, 4, 3])('v%i: nodes have what it reads of them', async (version) => {
  const client = await connected(version);
  const [localAnswer, peersAnswer] = await Promise.all([
    client.query('SELECT * FROM system.local'),
    client.query('SELECT * FROM system.peers_v2'),
  ]);
  const local = rowsOf(localAnswer);
  expect(typesOf(local)).toMatchObject({
    broadcast_address: type.inet,
    listen_address: type.inet,
    listen_port: type.int,
    data_center: type.text,
    rack: type.text,
    release_version: type.text,
    partitioner: type.text,
    tokens: setOfText,
    host_id: type.uuid,
    schema_version: type.uuid,
  });
  const [row] = local.rows;
  expect([...row!.broadcast_address!]).toEqual([127, 0, 0, 1]);
  expect(row!.host_id).toHaveLength(16);
  expect(row!.release_version!.toString()).toMatch(/^4\.0\.\d+$/);
  expect(row!.partitioner!.toString()).toBe('org.apache.cassandra.dht.Murmur3Partitioner');
  const peers = rowsOf(peersAnswer);
  expect(peers.rows).toEqual([]);
  expect(typesOf(peers)).toMatchObject({
    native_address: type.inet,
    native_port: type.int,
    peer_port: type.int,
  });
  // How it looks for one node, with names for its values.
  const one = await client.query(
    'SELECT * FROM system.peers_v2 WHERE peer = :address AND peer_port = :port',
    {
      named: { port: Buffer.of(0, 0, 0x1b, 0x58), address: Buffer.of(127, 0, 0, 2) },
    },
  );
  expect(rowsOf(one).rows).toEqual([]);
  // And whether the schema is the same everywhere.
  const agreed = rowsOf(await client.query("SELECT schema_version FROM system.local WHERE key='local'"));
  expect(agreed.rows[0]!.schema_version).toEqual(row!.schema_version);
});

/** What it reads of each table of the schema, and with which codec. */
const schemaColumns: Record<string, Record<string, TypeOption>> = {
  keyspaces: { keyspace_name: type.text, durable_writes: type.boolean, replication: mapOfText },
  types: { type_name: type.text, field_names: listOfText, field_types: listOfText },
  tables: {
    table_name: type.text,
    id: type.uuid,
    flags: setOfText,
    compaction: mapOfText,
    caching: mapOfText,
  },
  columns: {
    column_name: type.text,
    kind: type.text,
    position: type.int,
    clustering_order: type.text,
    type: type.text,
  },
  indexes: { index_name: type.text, kind: type.text, options: mapOfText },
  views: {
    view_name: type.text,
    base_table_name: type.text,
    include_all_columns: type.boolean,
    where_clause: type.text,
    id: type.uuid,
  },
  functions: {
    argument_names: listOfText,
    argument_types: listOfText,
    body: type.text,
    called_on_null_input: type.boolean,
    language: type.text,
    return_type: type.text,
  },
  aggregates: {
    argument_types: listOfText,
    state_func: type.text,
    state_type: type.text,
    final_func: type.text,
    initcond: type.text,
    return_type: type.text,
  },
};

test.each([5, 4, 3])('v%i: it reads the schema page by page', async (version) => {
  const client = await connected(version);
  const all = async (table: string): Promise<JavaRows['rows']> => {
    const rows: JavaRows['rows'][number][] = [];
    let pagingState: Buffer | undefined;
    do {
      const page = rowsOf(await client.query(`SELECT * FROM ${table}`, { pageSize: 7, pagingState }));
      expect(typesOf(page)).toMatchObject(schemaColumns[table.replace('system_schema.', '')] ?? {});
      rows.push(...page.rows);
      ({ pagingState } = page);
    } while (pagingState !== undefined);
    return rows;
  };
  const ofK = async (table: string) =>
    (await all(`system_schema.${table}`)).filter((row) => row.keyspace_name!.toString() === 'k');
  const names = Object.keys(schemaColumns);
  const found = Object.fromEntries(
    await Promise.all(names.map(async (name) => [name, await ofK(name)] as const)),
  ) as Record<string, JavaRows['rows']>;
  const texts = (table: string, column: string) => found[table]!.map((row) => row[column]!.toString());
  expect(texts('tables', 'table_name')).toEqual(['t']);
  expect(texts('views', 'view_name')).toEqual(['v']);
  expect(texts('types', 'type_name')).toEqual(['address']);
  expect(texts('indexes', 'index_name')).toEqual(['by_c']);
  expect(texts('functions', 'function_name')).toEqual(['plus']);
  expect(texts('aggregates', 'aggregate_name')).toEqual(['total']);
  const columnsOfT = found
    .columns!.filter((row) => row.table_name!.toString() === 't')
    .map((row) =>
      [
        row.column_name!.toString(),
        row.kind!.toString(),
        row.position!.readInt32BE(),
        row.clustering_order!.toString(),
        row.type!.toString(),
      ].join(' '),
    );
  expect(columnsOfT).toEqual([
    'a partition_key 0 none int',
    'b clustering 0 desc timeuuid',
    'c regular -1 none frozen<address>',
    's static -1 none set<text>',
  ]);
  const virtual = await all('system_virtual_schema.tables');
  expect(virtual.map((row) => row.table_name!.toString())).toContain('clients');
  expect((await all('system_virtual_schema.keyspaces')).length).toBeGreaterThan(1);
  expect((await all('system_virtual_schema.columns')).length).toBeGreaterThan(virtual.length);
});

test.each([5, 4])('v%i: it is told of changes of the schema', async (version) => {
  const client = await connected(version);
  await node.execute(`CREATE TABLE k.told${version} (a int PRIMARY KEY)`);
  await until(() => client.events.length > 0);
  const [event] = client.events;
  expect(event).toMatchObject({ version: 0x80 | version, stream: -1, opcode: opcode.event });
  expect(Array.from({ length: 5 }, () => event!.body.string())).toEqual([
    'SCHEMA_CHANGE',
    'CREATED',
    'TABLE',
    'k',
    `told${version}`,
  ]);
  expect(event!.body.left).toBe(0);
});

test('a connection of the pool uses a keyspace before anything else, and one that is not there is invalid', async () => {
  const client = open(5);
  await client.startup();
  client.frame();
  await client.login('cassandra', 'cassandra');
  const used = await client.query('USE "k"');
  expect([used.body.int(), used.body.string()]).toEqual([3, 'k']);
  const missing = await client.query('USE "nowhere"');
  expect([missing.opcode, missing.body.int()]).toEqual([opcode.error, 0x2200]);
  // Prepared again on every node that comes up: the same text, the same id.
  const prepare = Buffer.concat([longString('SELECT a FROM t WHERE a = :a'), Buffer.alloc(4)]);
  const ids = [];
  for (let time = 0; time < 2; time++) {
    const { body } = await client.request(0x09, prepare);
    expect(body.int()).toBe(4);
    ids.push([body.shortBytes().toString('hex'), body.shortBytes().toString('hex')].join());
  }
  expect(ids[0]).toMatch(/^[\da-f]{32},[\da-f]{32}$/);
  expect(ids[1]).toBe(ids[0]);
});

test('a wrong password is told with the code that it looks for', async () => {
  const client = open(5);
  await client.startup();
  client.frame();
  const refused = await client.request(0x0f, bytes(Buffer.from('\0cassandra\0wrong')));
  expect([refused.opcode, refused.body.int()]).toEqual([opcode.error, 0x0100]);
});
