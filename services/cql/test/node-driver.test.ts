/** cassandra-driver as applications use it, against a server in memory. */
import { auth, Client, errors, types } from 'cassandra-driver';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { openServer, type TestServer } from './support/open-server.ts';
import { until } from './support/until.ts';

let server: TestServer;
beforeAll(async () => {
  server = await openServer();
});
afterAll(() => server.close());

const clients: Client[] = [];
afterEach(async () => {
  for (const client of clients.splice(0)) await client.shutdown();
});

async function connect(name = 'cassandra', password = 'cassandra', more = {}): Promise<Client> {
  const client = new Client({
    contactPoints: ['127.0.0.1'],
    localDataCenter: 'datacenter1',
    protocolOptions: { port: server.port },
    authProvider: new auth.PlainTextAuthProvider(name, password),
    ...more,
  });
  clients.push(client);
  await client.connect();
  return client;
}

const replication = "{'class': 'SimpleStrategy', 'replication_factor': 1}";

async function withTable(name: string): Promise<Client> {
  const client = await connect();
  await client.execute(`CREATE KEYSPACE IF NOT EXISTS app WITH replication = ${replication}`);
  await client.execute(`CREATE TABLE app.${name} (k int, c text, v int, PRIMARY KEY (k, c))`);
  return client;
}

test('it finds one node, with its tokens, and the keyspaces of the system', async () => {
  const client = await connect();
  const [host] = client.hosts.values();
  expect(client.hosts.length).toBe(1);
  expect(host).toMatchObject({ datacenter: 'datacenter1', rack: 'rack1', cassandraVersion: '4.0.11' });
  expect(Object.keys(client.metadata.keyspaces)).toEqual(
    expect.arrayContaining(['system', 'system_schema', 'system_auth', 'system_traces']),
  );
  const { rows } = await client.execute('SELECT * FROM system.local');
  expect(rows[0]).toMatchObject({
    cluster_name: 'Hypergate',
    bootstrapped: 'COMPLETED',
    rpc_port: server.port,
  });
  expect(String(rows[0]!.get('schema_version'))).toBe(server.schemas.schema.version);
});

test('tables that are made are known to the driver, which reads back what it writes', async () => {
  const client = await withTable('t1');
  const table = await client.metadata.getTable('app', 't1');
  expect(table.partitionKeys.map(({ name }) => name)).toEqual(['k']);
  expect(table.clusteringKeys.map(({ name }) => name)).toEqual(['c']);
  const prepare = { prepare: true };
  await client.execute('INSERT INTO app.t1 (k, c, v) VALUES (?, ?, ?)', [1, 'a', 2], prepare);
  await client.batch(
    [
      { query: 'INSERT INTO app.t1 (k, c, v) VALUES (?, ?, ?)', params: [1, 'b', 3] },
      { query: 'INSERT INTO app.t1 (k, c, v) VALUES (?, ?, ?)', params: [2, 'a', null] },
    ],
    prepare,
  );
  const { rows } = await client.execute('SELECT c, v FROM app.t1 WHERE k = ?', [1], prepare);
  expect(rows.map((row) => [row.get('c'), row.get('v')])).toEqual([
    ['a', 2],
    ['b', 3],
  ]);
});

test('pages go on where the page before ended, and nowhere else', async () => {
  const client = await withTable('paged');
  for (let c = 0; c < 7; c++)
    await client.execute('INSERT INTO app.paged (k, c, v) VALUES (1, ?, ?)', [`${c}`, c], { prepare: true });
  const first = await client.execute('SELECT c FROM app.paged', [], { fetchSize: 3, prepare: true });
  expect(first.rows).toHaveLength(3);
  const next = await client.execute('SELECT c FROM app.paged', [], {
    fetchSize: 10,
    prepare: true,
    pageState: first.pageState,
  });
  expect(next.rows.map((row) => row.get('c'))).toEqual(['3', '4', '5', '6']);
  const state = Buffer.from(first.pageState!, 'hex');
  state[state.length - 1]! ^= 1;
  await expect(
    client.execute('SELECT c FROM app.paged', [], { pageState: state.toString('hex') }),
  ).rejects.toMatchObject({
    code: types.responseErrorCodes.protocolError,
    message: 'Invalid value for the paging state',
  });
});

test('a prepared statement follows the schema', async () => {
  const client = await withTable('changing');
  const query = 'SELECT * FROM app.changing WHERE k = 1';
  await client.execute("INSERT INTO app.changing (k, c, v) VALUES (1, 'a', 2)");
  const before = await client.execute(query, [], { prepare: true });
  expect(before.columns.map(({ name }) => name)).toEqual(['k', 'c', 'v']);
  await client.execute('ALTER TABLE app.changing ADD added text');
  const after = await client.execute(query, [], { prepare: true });
  expect(after.columns.map(({ name }) => name)).toEqual(['k', 'c', 'added', 'v']);
  await client.execute('DROP TABLE app.changing');
  await expect(client.execute(query, [], { prepare: true })).rejects.toThrow('does not exist');
});

test('who registered is told of changes that somebody else makes', async () => {
  const listening = await connect();
  const client = await withTable('told');
  expect(await listening.metadata.getTable('app', 'told')).toBeTruthy();
  await client.execute('ALTER TABLE app.told ADD w int');
  await until(async () => {
    const table = await listening.metadata.getTable('app', 'told');
    return table.columnsByName.w !== undefined;
  });
});

test('a traced request names its trace, which can be read', async () => {
  const client = await withTable('traced');
  const result = await client.execute('SELECT * FROM app.traced', [], { traceQuery: true });
  const trace = await client.metadata.getTrace(result.info.traceId);
  expect(trace).toMatchObject({ requestType: 'Execute CQL3 query' });
  expect(trace.parameters).toMatchObject({ query: 'SELECT * FROM app.traced' });
  const activities = trace.events.map(({ activity }) => activity);
  expect(activities).toContain('Executing the statement');
  // Clients write this line themselves, from the duration.
  expect(activities).not.toContain('Request complete');
});

test('warnings come with the answer', async () => {
  const client = await connect();
  const result = await client.execute(
    "CREATE KEYSPACE warned WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 3}",
  );
  expect(result.info.warnings).toEqual([
    'Your replication factor 3 for keyspace warned is higher than the number of nodes 1',
  ]);
});

test('USE, and a keyspace to begin with', async () => {
  const client = await withTable('used');
  await client.execute("INSERT INTO app.used (k, c) VALUES (1, 'x')");
  const inApp = await connect('cassandra', 'cassandra', { keyspace: 'app' });
  expect((await inApp.execute('SELECT c FROM used')).rows[0]?.get('c')).toBe('x');
  await expect(client.execute('USE nowhere')).rejects.toThrow("Keyspace 'nowhere' does not exist");
});

test('errors keep their codes', async () => {
  const client = await withTable('wrong');
  const codes = types.responseErrorCodes;
  await expect(client.execute('SELEC')).rejects.toMatchObject({ code: codes.syntaxError });
  await expect(client.execute('SELECT nothing FROM app.wrong')).rejects.toMatchObject({
    code: codes.invalid,
  });
  await expect(client.execute('CREATE TABLE app.wrong (k int PRIMARY KEY)')).rejects.toMatchObject({
    code: codes.alreadyExists,
  });
  await expect(client.execute('SELECT c FROM app.wrong WHERE k = ?', [])).rejects.toThrow(
    'there were 1 markers(?) in CQL but 0 bound variables',
  );
});

test('a wrong password is refused, and so is a role that may not log in', async () => {
  const client = await connect();
  await client.execute("CREATE ROLE quiet WITH PASSWORD = 'p' AND LOGIN = false");
  const refusal = async (name: string, password: string) => {
    const error = await connect(name, password).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(errors.NoHostAvailableError);
    return Object.values((error as errors.NoHostAvailableError).innerErrors)[0];
  };
  expect(await refusal('cassandra', 'wrong')).toMatchObject({ additionalInfo: { code: 0x0100 } });
  expect(await refusal('quiet', 'p')).toMatchObject({
    message: expect.stringContaining('not permitted to log in'),
  });
});

test('a thousand requests of one client at the same time are all answered', async () => {
  const client = await withTable('many');
  const insert = 'INSERT INTO app.many (k, c, v) VALUES (?, ?, ?)';
  await Promise.all(
    Array.from({ length: 1000 }, (_, at) => client.execute(insert, [at, 'c', at], { prepare: true })),
  );
  const all = await Promise.all(
    Array.from({ length: 1000 }, (_, at) =>
      client.execute('SELECT v FROM app.many WHERE k = ?', [at], { prepare: true }),
    ),
  );
  expect(all.map(({ rows }) => rows[0]?.get('v'))).toEqual(Array.from({ length: 1000 }, (_, at) => at));
  expect(server.unexpected).toEqual([]);
});
