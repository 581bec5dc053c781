/** The Node driver of Cassandra against the running gateway: what it reads is what it wrote, also after SIGKILL. */
import { freePort } from '@hypergate/node/sim/ports';
import type { Client } from 'cassandra-driver';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { connectCql } from '../../lib/cql-client.ts';
import { only, startGateway } from '../../lib/gateway.ts';
import type { Target } from '../../lib/target.ts';

let gateway: Target;
let client: Client;
let port: number;
const prepared = { prepare: true };

beforeAll(async () => {
  port = await freePort();
  gateway = await startGateway({ env: { HYPERGATE_CQL_PORT: String(port), ...only('cql') } });
  client = await connectCql(port);
  await client.execute(
    "CREATE KEYSPACE shop WITH replication = {'class': 'NetworkTopologyStrategy', 'datacenter1': 1}",
  );
});

afterAll(async () => {
  await client.shutdown();
  await gateway.dispose();
});

/** SIGKILL, and the same data again. */
async function crash(): Promise<void> {
  await client.shutdown();
  gateway = await gateway.restart();
  client = await connectCql(port);
}

test('rows, collections, pages, indexes and views outlive the process', async () => {
  await client.execute(
    'CREATE TABLE shop.orders (customer text, number int, tags set<text>, items map<text, int>, note text, total decimal, ' +
      'name text static, PRIMARY KEY (customer, number)) WITH CLUSTERING ORDER BY (number DESC)',
  );
  await client.execute('CREATE INDEX ON shop.orders (note)');
  await client.execute(
    'CREATE MATERIALIZED VIEW shop.by_number AS SELECT customer, number, note FROM shop.orders WHERE customer IS NOT NULL AND number IS NOT NULL ' +
      'PRIMARY KEY (number, customer)',
  );
  await client.execute("INSERT INTO shop.orders (customer, name) VALUES ('c1', 'Ada')");
  for (let number = 1; number <= 120; number++) {
    await client.execute(
      'INSERT INTO shop.orders (customer, number, tags, items, note) VALUES (?, ?, ?, ?, ?)',
      [
        `c${number % 3}`,
        number,
        [`t${number % 2}`, 'all'],
        { pens: number },
        number % 40 === 0 ? 'rare' : 'usual',
      ],
      prepared,
    );
  }
  await client.execute(
    "UPDATE shop.orders SET items['ink'] = 5, tags = tags - {'all'} WHERE customer = 'c1' AND number = 1",
  );
  await client.execute("DELETE FROM shop.orders WHERE customer = 'c2' AND number > 100");
  const all = async () => {
    const found: unknown[] = [];
    const rows = client.stream('SELECT * FROM shop.orders', [], {
      ...prepared,
      fetchSize: 7,
      autoPage: true,
    }) as unknown as AsyncIterable<object>;
    for await (const row of rows) found.push({ ...row });
    return found;
  };
  const before = await all();
  expect(before).toHaveLength(120 - 7);
  await crash();
  expect(await all()).toEqual(before);
  const rare = await client.execute("SELECT number FROM shop.orders WHERE note = 'rare'");
  expect(rare.rows.map(({ number }) => number).toSorted((a, b) => a - b)).toEqual([40, 80, 120]);
  const viewed = await client.execute(
    'SELECT customer, name, items FROM shop.orders WHERE customer = ? AND number = ?',
    ['c1', 1],
    prepared,
  );
  expect({ ...viewed.rows[0] }).toEqual({ customer: 'c1', name: 'Ada', items: { pens: 1, ink: 5 } });
  const byNumber = await client.execute('SELECT customer FROM shop.by_number WHERE number = 50');
  expect(byNumber.rows.map(({ customer }) => customer)).toEqual(['c2']);
  expect((await client.execute('SELECT * FROM shop.by_number WHERE number = 101')).rows).toEqual([]);
});

test('conditions, counters and batches are as they were answered', async () => {
  await client.execute('CREATE TABLE shop.stock (item text PRIMARY KEY, left int)');
  await client.execute('CREATE TABLE shop.visits (page text PRIMARY KEY, times counter)');
  await client.execute("INSERT INTO shop.stock (item, left) VALUES ('pen', 100)");
  const sold = await Promise.all(
    Array.from({ length: 20 }, async () => {
      for (;;) {
        const found = await client.execute("SELECT left FROM shop.stock WHERE item = 'pen'");
        const left = Number(found.rows[0]!.left);
        const done = await client.execute(
          "UPDATE shop.stock SET left = ? WHERE item = 'pen' IF left = ?",
          [left - 1, left],
          prepared,
        );
        if (done.rows[0]!.get('[applied]') === true) return left;
      }
    }),
  );
  expect(new Set(sold).size).toBe(20);
  await Promise.all(
    Array.from({ length: 50 }, () =>
      client.execute("UPDATE shop.visits SET times = times + 2 WHERE page = '/'"),
    ),
  );
  await client.batch(
    Array.from({ length: 100 }, (_, index) => ({
      query: 'INSERT INTO shop.stock (item, left) VALUES (?, ?)',
      params: [`item ${index}`, index],
    })),
    prepared,
  );
  await crash();
  expect(Number((await client.execute("SELECT left FROM shop.stock WHERE item = 'pen'")).rows[0]!.left)).toBe(
    80,
  );
  expect(
    String((await client.execute("SELECT times FROM shop.visits WHERE page = '/'")).rows[0]!.times),
  ).toBe('100');
  expect(Number((await client.execute('SELECT count(*) FROM shop.stock')).rows[0]!.count)).toBe(101);
});

test('a wrong password is refused, and the schema is described', async () => {
  await expect(connectOnce('wrong')).rejects.toThrow(
    /username and\/or password are incorrect|Authentication/i,
  );
  const table = await client.metadata.getTable('shop', 'stock');
  expect(table?.columns.map(({ name }) => name).toSorted()).toEqual(['item', 'left']);
  const described = await client.execute('DESCRIBE TABLE shop.stock');
  expect(described.rows[0]!.create_statement).toContain('CREATE TABLE shop.stock');
});

async function connectOnce(password: string): Promise<void> {
  const { cqlClient } = await import('../../lib/cql-client.ts');
  const other = cqlClient(port, { credentials: { username: 'cassandra', password } });
  try {
    await other.connect();
  } catch (error) {
    const inner = (error as { innerErrors?: Record<string, Error> }).innerErrors;
    throw new Error(
      Object.values(inner ?? {})
        .map(String)
        .join() || String(error),
    );
  } finally {
    await other.shutdown();
  }
}
