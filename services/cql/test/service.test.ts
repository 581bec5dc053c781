/** What the gateway asks of the service besides serving. */
import type { EmbeddedNode } from '@hypergate/node/embedded';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Gateway, openGateway } from './support/gateways.ts';
import { openNode } from './support/tables.ts';

let node: EmbeddedNode;
let gateway: Gateway;

beforeEach(async () => {
  ({ node } = await openNode());
  gateway = await openGateway(node, 'one');
});

afterEach(async () => {
  await gateway.close();
  await node.close();
});

test('a reset leaves the first role and nothing else', async () => {
  const { client, service } = gateway;
  const replication = "{'class': 'SimpleStrategy', 'replication_factor': 1}";
  await client.execute(`CREATE KEYSPACE k WITH replication = ${replication}`);
  await client.execute('CREATE TABLE k.t (a int PRIMARY KEY)');
  await client.execute('INSERT INTO k.t (a) VALUES (1)');
  await client.execute("CREATE ROLE other WITH PASSWORD = 'other' AND LOGIN = true");
  await service.reset();
  await expect(client.execute('SELECT * FROM k.t')).rejects.toThrow(/keyspace k does not exist/i);
  expect((await client.execute('LIST ROLES')).rows.map((row) => row.get('role'))).toEqual(['cassandra']);
  await client.execute(`CREATE KEYSPACE k WITH replication = ${replication}`);
  await client.execute('CREATE TABLE k.t (a int PRIMARY KEY)');
  expect((await client.execute('SELECT * FROM k.t')).rows).toEqual([]);
});

test('what was answered is there when the service is opened again, also views and indexes that were being used', async () => {
  const { client } = gateway;
  const replication = "{'class': 'SimpleStrategy', 'replication_factor': 1}";
  await client.execute(`CREATE KEYSPACE k WITH replication = ${replication}`);
  await client.execute('CREATE TABLE k.t (a int, b int, c int, PRIMARY KEY (a, b))');
  await client.execute('CREATE INDEX ON k.t (c)');
  await client.execute(
    'CREATE MATERIALIZED VIEW k.v AS SELECT * FROM k.t WHERE a IS NOT NULL AND b IS NOT NULL AND c IS NOT NULL PRIMARY KEY (c, a, b)',
  );
  for (let a = 0; a < 20; a++) await client.execute(`INSERT INTO k.t (a, b, c) VALUES (${a}, 1, ${a % 4})`);
  await gateway.close();
  gateway = await openGateway(node, 'one');
  const found = async (table: string) =>
    (await gateway.client.execute(`SELECT a FROM k.${table} WHERE c = 3`)).rows
      .map((row) => Number(row.get('a')))
      .toSorted((left, right) => left - right);
  expect(await found('t')).toEqual([3, 7, 11, 15, 19]);
  expect(await found('v')).toEqual([3, 7, 11, 15, 19]);
});
