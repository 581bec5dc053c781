/** Functions of users as clients see them: when they are loaded, what they may cost, and that others have their turn meanwhile. */
import { afterEach, beforeEach, expect, test } from 'vitest';
import { login, opcode, query, RawClient, startup } from '../connection/test/support/raw-client.ts';
import { Sandbox } from '../functions/sandbox/index.ts';
import { stepsExport } from '../functions/sandbox/wasm/metering.ts';
import { wasm } from '../functions/sandbox/wasm/webassembly.ts';
import { openGateway } from './support/gateways.ts';
import { openServer, type TestServer } from './support/open-server.ts';
import { openNode } from './support/tables.ts';
import { until } from './support/until.ts';

const keyspace = "CREATE KEYSPACE k WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}";
const body = (turns: number) => `$$ var s = 0; for (var i = 0; i < ${turns}; i++) s += i; a $$`;
const fn = (name: string, turns: number) =>
  `CREATE FUNCTION k.${name} (a int) CALLED ON NULL INPUT RETURNS int LANGUAGE javascript AS ${body(turns)}`;

let server: TestServer;
const clients: RawClient[] = [];
beforeEach(async () => {
  server = await openServer({ user: new Sandbox() });
});
afterEach(async () => {
  for (const client of clients.splice(0)) client.destroy();
  await server.close();
});

async function connect(): Promise<RawClient> {
  const client = new RawClient(server.port).send(startup, login());
  clients.push(client);
  await until(() => client.answers.includes(opcode.authSuccess));
  client.received = Buffer.alloc(0);
  return client;
}

async function execute(client: RawClient, text: string): Promise<number> {
  client.received = Buffer.alloc(0);
  client.send(query(text));
  await until(() => client.answers.length > 0);
  return client.answers[0]!;
}

async function prepareTable(client: RawClient, rows: number, turns: number): Promise<void> {
  await execute(client, keyspace);
  await execute(client, 'CREATE TABLE k.t (p int, c int, v int, PRIMARY KEY (p, c))');
  for (let row = 0; row < rows; row++) {
    const inserted = await execute(client, `INSERT INTO k.t (p, c, v) VALUES (1, ${row}, ${row})`);
    expect(inserted).toBe(opcode.result);
  }
  await execute(client, fn('f', turns));
}

test('others have their turn between the rows of a statement that calls functions', async () => {
  const client = await connect();
  await prepareTable(client, 20, 50_000);
  const other = await connect();
  const order: string[] = [];
  client.received = Buffer.alloc(0);
  client.socket.once('data', () => order.push('functions'));
  other.socket.once('data', () => order.push('other'));
  client.send(query('SELECT k.f(v), k.f(c) FROM k.t'));
  other.send(query('SELECT key FROM system.local'));
  await until(() => client.answers.length > 0 && other.answers.length > 0);
  expect(order).toEqual(['other', 'functions']);
  expect(client.answers).toEqual([opcode.result]);
});

test('a statement whose functions take too much without a turn of others fails as a function does', async () => {
  const client = await connect();
  await prepareTable(client, 1, 40_000);
  const calls = Array.from({ length: 40 }, () => 'k.f(v)').join(', ');
  expect(await execute(client, `SELECT ${calls} FROM k.t`)).toBe(opcode.error);
  expect(client.received.readInt32BE(9)).toBe(0x1400);
  expect(client.received.toString()).toContain("execution of 'k.f[int]' failed: the functions of a row");
  // The connection and the next statement are as before.
  expect(await execute(client, 'SELECT k.f(v) FROM k.t')).toBe(opcode.result);
});

test('a start loads no interpreter, also when there are functions; the first call does', async () => {
  const loaded: number[] = [];
  const { Module } = wasm;
  class Watched extends Module {
    constructor(bytes: Uint8Array) {
      super(bytes);
      if (Buffer.from(bytes).includes(stepsExport)) loaded.push(bytes.length);
    }
  }
  Object.assign(wasm, { Module: Watched });
  const { node } = await openNode();
  try {
    let gateway = await openGateway(node, 'one');
    expect(loaded).toEqual([]);
    await gateway.client.execute(keyspace);
    await gateway.client.execute(fn('f', 10));
    expect(loaded).toHaveLength(1);
    await gateway.client.execute('CREATE TABLE k.t (a int PRIMARY KEY)');
    await gateway.client.execute('INSERT INTO k.t (a) VALUES (7)');
    await gateway.close();
    gateway = await openGateway(node, 'one');
    expect(loaded).toHaveLength(1);
    const { rows } = await gateway.client.execute('SELECT k.f(a) AS r FROM k.t');
    expect(rows[0]!.get('r')).toBe(7);
    expect(loaded).toHaveLength(2);
    await gateway.close();
  } finally {
    Object.assign(wasm, { Module });
    await node.close();
  }
});
