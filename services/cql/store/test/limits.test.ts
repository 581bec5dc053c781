/** What is large or much at once is settled like anything else: nothing may be in the way of what comes behind it. */
import type { EmbeddedNode } from '@hypergate/node/embedded';
import type { OpenTables } from '@hypergate/table';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Cell, Mutation } from '../../engine/model.ts';
import { readRows } from '../../engine/test/support/reading.ts';
import { columnIds } from '../../engine/test/support/table.ts';
import { withoutKeyspace } from '../../schema/keyspace.ts';
import { openNode, openStore } from '../../test/support/tables.ts';
import { until } from '../../test/support/until.ts';
import type { Value } from '../../types/api.ts';
import type { CqlStore } from '../cql-store.ts';
import { byteTable, createTables, openCqlStore, type StoreOptions, table } from './support.ts';

let node: EmbeddedNode;
let tables: OpenTables;
let closing: AsyncDisposableStack;
let failures: unknown[];

beforeEach(async () => {
  closing = new AsyncDisposableStack();
  failures = [];
  ({ node } = await openNode());
  closing.defer(() => node.close());
  tables = await openStore(node);
  closing.defer(() => tables.close());
});

afterEach(() => closing.disposeAsync());

async function open(options: StoreOptions = {}): Promise<CqlStore> {
  const store = await openCqlStore(node, tables, { onFailure: (error) => failures.push(error), ...options });
  closing.defer(() => store.close());
  return store;
}

function write(
  of: typeof table,
  key: Value,
  first: Value,
  cells: readonly (readonly [number, Cell])[],
): Mutation {
  const columns = new Map(cells.map(([id, cell]) => [id, { kind: 'cell' as const, cell }]));
  const row = { clustering: [first, Buffer.of(0)], marker: undefined, deletion: undefined, columns };
  return { table: of.id, key, deletion: undefined, statics: undefined, tombstones: [], rows: [row] };
}

const lasting = (value: Value): Cell => ({ timestamp: 1n, value, ttl: 0, localTime: 0 });

async function settled(store: CqlStore): Promise<void> {
  void store.settle();
  await until(() => failures.length > 0 || store.unsettledBytes === 0);
  expect(failures).toEqual([]);
}

test('many rows of a partition with a long key are settled', async () => {
  const store = await open();
  await createTables(store, table);
  const key = Buffer.alloc(65_000, 'k');
  await Promise.all(
    Array.from({ length: 100 }, (_, index) =>
      store.write([write(table, key, Buffer.of(index), [[columnIds.first, lasting(Buffer.of(1))]])]),
    ),
  );
  await settled(store);
  expect(await readRows(await store.read(table, key))).toHaveLength(100);
});

test('many large rows in which something expired are purged', async () => {
  let now = 100;
  const brief = byteTable('b', false, 10);
  const store = await open({ now: () => now });
  await createTables(store, brief);
  const expiring = { timestamp: 1n, value: Buffer.from('brief'), ttl: 5, localTime: 110 };
  for (let index = 0; index < 40; index++) {
    const large = lasting(Buffer.alloc(150_000, index));
    await store.write([
      write(brief, Buffer.of(1), Buffer.of(index), [
        [columnIds.first, large],
        [columnIds.second, expiring],
      ]),
    ]);
  }
  await settled(store);
  now = 200;
  await until(async () => {
    const rows = await readRows(await store.read(brief, Buffer.of(1)));
    return failures.length > 0 || rows.every(({ columns }) => !columns.has(columnIds.second));
  });
  expect(failures).toEqual([]);
});

test('a row that has grown too large takes nothing more, is in nobody’s way, and can be deleted', async () => {
  const store = await open();
  await createTables(store, table);
  const element = (path: number, value: Value | undefined, timestamp = 1n): Mutation => {
    const cells = [
      { path: Buffer.of(path), timestamp, value, ttl: 0, localTime: value === undefined ? 100 : 0 },
    ];
    const empty = write(table, Buffer.of(1), Buffer.of(1), []);
    const columns = new Map([
      [columnIds.map, { kind: 'complex' as const, complex: { deletion: undefined, cells } }],
    ]);
    return { ...empty, rows: [{ ...empty.rows[0]!, columns }] };
  };
  const large = Buffer.alloc(13_000_000, 'v');
  for (const round of [0, 1]) {
    // What is not settled counts by itself, whoever is first.
    const outcomes = await Promise.allSettled(
      [0, 1].map((each) => store.write([element(2 * round + each, large)])),
    );
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled']);
    await settled(store);
  }
  await expect(store.write([element(4, large)])).rejects.toThrow('nothing can be added to it');
  await expect(store.write([element(4, Buffer.of(1))])).rejects.toThrow('nothing can be added to it');
  await store.write([write(table, Buffer.of(1), Buffer.of(2), [[columnIds.first, lasting(Buffer.of(1))]])]);
  await store.write([element(0, undefined, 2n)]);
  await settled(store);
  await store.write([element(4, Buffer.of(1))]);
  await settled(store);
  expect(await readRows(await store.read(table, Buffer.of(1)))).toHaveLength(2);
});

test('what is not settled of a row does not grow beyond what its record can take', async () => {
  const store = await open({ settleIntervalMs: 3_600_000 });
  await createTables(store, table);
  await store.settle();
  const value = (index: number) => lasting(Buffer.alloc(15_000_000, index));
  const outcomes = await Promise.allSettled(
    [columnIds.first, columnIds.second, columnIds.first, columnIds.second, columnIds.first].map((id, index) =>
      store.write([write(table, Buffer.of(1), Buffer.of(1), [[id, value(index)]])]),
    ),
  );
  expect(outcomes.map(({ status }) => status)).toContain('rejected');
  expect(store.unsettledBytes).toBeLessThan(50_000_000);
  await settled(store);
  await store.write([write(table, Buffer.of(1), Buffer.of(1), [[columnIds.first, value(9)]])]);
});

test('thousands of tables that are dropped at once are settled', async () => {
  const store = await open();
  const many = Array.from({ length: 6100 }, (_, index) => {
    return { ...table, name: `t${index}`, id: index.toString(16).padStart(32, '0') };
  });
  await createTables(store, ...many);
  void store.settle();
  await store.changeSchema((schema) => ({ schema: withoutKeyspace(schema, 'k'), result: undefined }));
  await createTables(store, table);
  await store.write([write(table, Buffer.of(1), Buffer.of(1), [[columnIds.first, lasting(Buffer.of(1))]])]);
  await settled(store);
  expect(await readRows(await store.read(table, Buffer.of(1)))).toHaveLength(1);
});
