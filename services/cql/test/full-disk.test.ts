/** A disk that fills up and is given room again: what is refused left nothing, what was answered stays, and reads go on meanwhile. */
import { type LocalNodePorts, NodeError } from '@hypergate/node/api';
import type { EmbeddedNode } from '@hypergate/node/embedded';
import { types } from 'cassandra-driver';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Gateway, openGateway } from './support/gateways.ts';
import { openNode } from './support/tables.ts';

let node: EmbeddedNode;
let gateway: Gateway;
let isFull: boolean;

/** Refuses as the embedded node does, before anything is written: `node/embedded/space-reserve.ts`. */
function withDisk(of: EmbeddedNode): LocalNodePorts {
  return new Proxy<LocalNodePorts>(of, {
    get: (target, name) => {
      const member: unknown = Reflect.get(target, name, target);
      if (typeof member !== 'function') return member;
      if (name !== 'commit' && name !== 'stage') return member.bind(target);
      return (...args: unknown[]) =>
        isFull
          ? Promise.reject(new NodeError('storage-full', 'the disk is nearly full'))
          : member.apply(target, args);
    },
  });
}

beforeEach(async () => {
  isFull = false;
  ({ node } = await openNode());
  gateway = await openGateway(withDisk(node), 'one');
  const { client } = gateway;
  await client.execute(
    "CREATE KEYSPACE k WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}",
  );
  await client.execute('CREATE TABLE k.t (a int PRIMARY KEY, b text)');
  await client.execute('CREATE TABLE k.c (a int PRIMARY KEY, n counter)');
});
afterEach(async () => {
  isFull = false;
  await gateway.close();
  await node.close();
});

const writes = [
  "INSERT INTO k.t (a, b) VALUES (2, 'refused')",
  `INSERT INTO k.t (a, b) VALUES (3, '${'x'.repeat(200_000)}')`,
  "INSERT INTO k.t (a, b) VALUES (4, 'refused') IF NOT EXISTS",
  "UPDATE k.t SET b = 'refused' WHERE a = 1 IF b = 'kept'",
  'UPDATE k.c SET n = n + 5 WHERE a = 1',
  "BEGIN BATCH INSERT INTO k.t (a) VALUES (5) UPDATE k.t SET b = 'refused' WHERE a = 1 APPLY BATCH",
  'DELETE FROM k.t WHERE a = 1',
  'CREATE TABLE k.u (a int PRIMARY KEY)',
  "CREATE ROLE refused WITH PASSWORD = 'p'",
];

async function content() {
  const { client } = gateway;
  const rows = async (query: string) =>
    (await client.execute(query)).rows.map((row) => row.values().map(String));
  return {
    rows: await rows('SELECT a, b FROM k.t'),
    counters: await rows('SELECT a, n FROM k.c'),
    tables: await rows("SELECT table_name FROM system_schema.tables WHERE keyspace_name = 'k'"),
    roles: await rows('LIST ROLES'),
  };
}

test('every kind of write is refused in words that drivers hand on, and reads go on', async () => {
  const { client } = gateway;
  await client.execute("INSERT INTO k.t (a, b) VALUES (1, 'kept')");
  await client.execute('UPDATE k.c SET n = n + 1 WHERE a = 1');
  const before = await content();
  isFull = true;
  for (const write of writes)
    await expect(client.execute(write), write.slice(0, 60)).rejects.toMatchObject({
      code: types.responseErrorCodes.invalid,
      message: expect.stringContaining('disk usage exceeds failure threshold'),
    });
  expect(await content()).toEqual(before);
  isFull = false;
  expect(await content()).toEqual(before);
  for (const write of writes) await client.execute(write);
  const after = await content();
  expect(after.counters).toEqual([['1', '6']]);
  expect(after.rows.map(([a]) => a).toSorted()).toEqual(['2', '3', '4', '5']);
  await gateway.close();
  gateway = await openGateway(withDisk(node), 'one');
  expect(await content()).toEqual(after);
});
