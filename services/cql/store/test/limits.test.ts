/** What is large or much at once is settled like anything else: nothing may be in the way of what comes behind it. */
import { expect, test } from 'vitest';
import type { ColumnData, Mutation } from '../../engine/model.ts';
import { readRows } from '../../engine/test/support/reading.ts';
import { columnIds } from '../../engine/test/support/table.ts';
import { withoutKeyspace } from '../../schema/keyspace.ts';
import { until } from '../../test/support/until.ts';
import type { Value } from '../../types/api.ts';
import { byteTable, createTables, table } from './support.ts';
import { cellOf, mutationOf, rowOf } from './support-rows.ts';
import { StoreWorld } from './support-world.ts';

function write(
  of: typeof table,
  key: Value,
  first: Value,
  columns: readonly (readonly [number, ColumnData])[],
): Mutation {
  return mutationOf(of, key, { rows: [rowOf([first, Buffer.of(0)], columns)] });
}

test('many rows of a partition with a long key are settled', async () => {
  await using world = await StoreWorld.open();
  const store = await world.openStore({ onFailure: world.failed });
  await createTables(store, table);
  const key = Buffer.alloc(65_000, 'k');
  await Promise.all(
    Array.from({ length: 100 }, (_, index) =>
      store.write([write(table, key, Buffer.of(index), [[columnIds.first, cellOf(Buffer.of(1))]])]),
    ),
  );
  await world.settled(store);
  expect(await readRows(await store.read(table, key))).toHaveLength(100);
});

test('many large rows in which something expired are purged', async () => {
  await using world = await StoreWorld.open();
  let now = 100;
  const brief = byteTable('b', false, 10);
  const store = await world.openStore({ onFailure: world.failed, now: () => now });
  await createTables(store, brief);
  const expiring = cellOf(Buffer.from('brief'), { ttl: 5, localTime: 110 });
  for (let index = 0; index < 40; index++) {
    const large = cellOf(Buffer.alloc(150_000, index));
    await store.write([
      write(brief, Buffer.of(1), Buffer.of(index), [
        [columnIds.first, large],
        [columnIds.second, expiring],
      ]),
    ]);
  }
  await world.settled(store);
  now = 200;
  await until(async () => {
    const rows = await readRows(await store.read(brief, Buffer.of(1)));
    return world.failures.length > 0 || rows.every(({ columns }) => !columns.has(columnIds.second));
  });
  expect(world.failures).toEqual([]);
});

test('a row that has grown too large takes nothing more, is in nobody’s way, and can be deleted', async () => {
  await using world = await StoreWorld.open();
  const store = await world.openStore({ onFailure: world.failed });
  await createTables(store, table);
  const element = (path: number, value: Value | undefined, timestamp = 1n): Mutation => {
    const cells = [
      { path: Buffer.of(path), timestamp, value, ttl: 0, localTime: value === undefined ? 100 : 0 },
    ];
    const map: ColumnData = { kind: 'complex', complex: { deletion: undefined, cells } };
    return write(table, Buffer.of(1), Buffer.of(1), [[columnIds.map, map]]);
  };
  const large = Buffer.alloc(13_000_000, 'v');
  for (const round of [0, 1]) {
    // What is not settled counts by itself, whoever is first.
    const outcomes = await Promise.allSettled(
      [0, 1].map((each) => store.write([element(2 * round + each, large)])),
    );
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled']);
    await world.settled(store);
  }
  await expect(store.write([element(4, large)])).rejects.toThrow('nothing can be added to it');
  await expect(store.write([element(4, Buffer.of(1))])).rejects.toThrow('nothing can be added to it');
  await store.write([write(table, Buffer.of(1), Buffer.of(2), [[columnIds.first, cellOf(Buffer.of(1))]])]);
  await store.write([element(0, undefined, 2n)]);
  await world.settled(store);
  await store.write([element(4, Buffer.of(1))]);
  await world.settled(store);
  expect(await readRows(await store.read(table, Buffer.of(1)))).toHaveLength(2);
});

test('what is not settled of a row does not grow beyond what its record can take', async () => {
  await using world = await StoreWorld.open();
  const store = await world.openStore({ onFailure: world.failed, settleIntervalMs: 3_600_000 });
  await createTables(store, table);
  await store.settle();
  const value = (index: number) => cellOf(Buffer.alloc(15_000_000, index));
  const outcomes = await Promise.allSettled(
    [columnIds.first, columnIds.second, columnIds.first, columnIds.second, columnIds.first].map((id, index) =>
      store.write([write(table, Buffer.of(1), Buffer.of(1), [[id, value(index)]])]),
    ),
  );
  expect(outcomes.map(({ status }) => status)).toContain('rejected');
  expect(store.unsettledBytes).toBeLessThan(50_000_000);
  await world.settled(store);
  await store.write([write(table, Buffer.of(1), Buffer.of(1), [[columnIds.first, value(9)]])]);
});

test('thousands of tables that are dropped at once are settled', async () => {
  await using world = await StoreWorld.open();
  const store = await world.openStore({ onFailure: world.failed });
  const many = Array.from({ length: 6100 }, (_, index) => {
    return { ...table, name: `t${index}`, id: index.toString(16).padStart(32, '0') };
  });
  await createTables(store, ...many);
  void store.settle();
  await store.changeSchema((schema) => ({ schema: withoutKeyspace(schema, 'k'), result: undefined }));
  await createTables(store, table);
  await store.write([write(table, Buffer.of(1), Buffer.of(1), [[columnIds.first, cellOf(Buffer.of(1))]])]);
  await world.settled(store);
  expect(await readRows(await store.read(table, Buffer.of(1)))).toHaveLength(1);
});
