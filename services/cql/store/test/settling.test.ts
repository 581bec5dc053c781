/** What is left in records after settling: keys of any length, large rows, what is deleted, dropped or expired; and crashes in between. */
import { expect, test } from 'vitest';
import { MemoryStorage } from '../../engine/memory-storage.ts';
import type { Mutation } from '../../engine/model.ts';
import type { Storage } from '../../engine/storage.ts';
import { lastSecond } from '../../engine/test/support/histories.ts';
import { readRows, visibleRows } from '../../engine/test/support/reading.ts';
import { columnIds } from '../../engine/test/support/table.ts';
import { rowsTable } from '../../model/rows.ts';
import { journalTable } from '../../model/tables.ts';
import { withoutKeyspace } from '../../schema/keyspace.ts';
import { until } from '../../test/support/until.ts';
import type { Value } from '../../types/api.ts';
import { tokenOf } from '../../types/token.ts';
import { layoutOf } from '../layouts.ts';
import { byteTable, createTables, table, withTransact } from './support.ts';
import { cellOf, contentOf, mutationOf, recordsOf, rowOf } from './support-rows.ts';
import { StoreWorld } from './support-world.ts';

interface Written {
  readonly key: Value;
  readonly clustering: readonly [Value, Value];
  readonly value: Value | undefined;
  readonly timestamp?: bigint;
  readonly expiresAt?: number;
}

function write(
  of: typeof table,
  { key, clustering, value, timestamp = 1n, expiresAt = 0 }: Written,
): Mutation {
  const ttl = expiresAt === 0 ? 0 : 10;
  const localTime = value === undefined ? 50 : expiresAt;
  const cell = cellOf(value, { timestamp, ttl, localTime });
  return mutationOf(of, key, { rows: [rowOf(clustering, [[columnIds.first, cell]])] });
}

/** Rows of a table in the order of a scan, by key, clustering and first column. */
async function rowsOf(storage: Storage, of = table, isReversed = false): Promise<string[]> {
  const partitions = await contentOf(storage, of, isReversed);
  return partitions.flatMap(({ key, rows }) =>
    rows.map((row) => `${key} ${row.clustering} ${row.columns[columnIds.first]}`),
  );
}

const text = (letter: string, length: number) => Buffer.alloc(length, letter);

test('keys of any length keep their order', async () => {
  await using world = await StoreWorld.open();
  const store = await world.openStore();
  await createTables(store, table);
  const layout = layoutOf(table);
  const model = new MemoryStorage({ layoutOf: () => layout, tokenOf });
  const long = text('l', 7000);
  const clusterings = [
    [Buffer.of(1), Buffer.of(9)],
    [long, Buffer.of(1)],
    [long, text('z', 3000)],
    [long, text('a', 3000)],
    [Buffer.concat([long, text('b', 9000)]), Buffer.of(1)],
    [Buffer.concat([long, text('a', 9000)]), Buffer.of(2)],
    [Buffer.concat([long, text('a', 9000)]), Buffer.of(1)],
    [text('m', 7000), Buffer.of(1)],
    [text('z', 65_000), Buffer.of(1)],
  ] as const;
  const keys = [Buffer.of(1), text('k', 1024), text('k', 1025), text('k', 60_000), text('j', 60_000)];
  let value = 0;
  for (const key of keys) {
    for (const clustering of clusterings) {
      const mutation = write(table, { key, clustering, value: Buffer.of(++value) });
      await store.write([mutation]);
      await model.write([mutation]);
    }
  }
  const expected = await rowsOf(model);
  expect(expected).toHaveLength(keys.length * clusterings.length);
  await store.settle();
  await until(() => store.unsettledBytes === 0);
  expect(await rowsOf(store)).toEqual(expected);
  expect(await rowsOf(store, table, true)).toEqual(await rowsOf(model, table, true));
  for (const key of keys) {
    for (const [first, second] of clusterings) {
      const slices = [
        { start: { prefix: [first], side: 'before' }, end: { prefix: [first, second], side: 'after' } },
      ] as const;
      const rows = async (storage: Storage) =>
        visibleRows(await readRows(await storage.read(table, key, { slices })), lastSecond);
      expect(await rows(store)).toEqual(await rows(model));
    }
  }
});

test('rows of any size are read as they were written', async () => {
  await using world = await StoreWorld.open();
  const store = await world.openStore();
  await createTables(store, table);
  const sizes = [0, 1, 900, 1100, 100_000, 300_000, 12_000_000];
  for (const [index, size] of sizes.entries()) {
    const clustering = [Buffer.of(index), Buffer.of(0)] as const;
    await store.write([write(table, { key: Buffer.of(7), clustering, value: text('v', size) })]);
  }
  await store.settle();
  await until(() => store.unsettledBytes === 0);
  const rows = await readRows(await store.read(table, Buffer.of(7)));
  const lengths = rows.map(({ columns }) => {
    const column = columns.get(columnIds.first);
    return column?.kind === 'cell' ? column.cell.value?.length : undefined;
  });
  expect(lengths).toEqual(sizes);
});

test('a statement that writes too much is refused, and nothing of it is there', async () => {
  await using world = await StoreWorld.open();
  const store = await world.openStore();
  await createTables(store, table);
  const clustering = [Buffer.of(1), Buffer.of(0)] as const;
  expect(() =>
    store.write([write(table, { key: Buffer.of(7), clustering, value: text('v', 17_000_000) })]),
  ).toThrow('is too large for the maximum size of 16777216');
  expect(await rowsOf(store)).toEqual([]);
});

test('whoever asks for records while a round ends gets them without a rest', async () => {
  await using world = await StoreWorld.open();
  const held = Promise.withResolvers<void>();
  const through = withTransact(world.tables, async (write, writes, options) => {
    if (writes.some((each) => each.kind === 'remove' && each.table === journalTable)) await held.promise;
    return write(writes, options);
  });
  const store = await world.openStore({ settleIntervalMs: 3_600_000 }, { tables: through });
  await createTables(store, table);
  await store.settle();
  const clustering = [Buffer.of(1), Buffer.of(0)] as const;
  await store.write([write(table, { key: Buffer.of(1), clustering, value: Buffer.of(1) })]);
  const settling = store.settle();
  // Once it has asked.
  await new Promise((resolve) => setImmediate(resolve));
  held.resolve();
  await settling;
  expect(await recordsOf(store, table)).toBe(1);
});

test('what is deleted leaves records once its grace is over', async () => {
  await using world = await StoreWorld.open();
  const brief = byteTable('b', false, 20);
  let now = 100;
  const store = await world.openStore({ now: () => now });
  await createTables(store, brief);
  const at = (index: number) => [Buffer.of(index), Buffer.of(0)] as const;
  const key = Buffer.of(1);
  await store.write([
    write(brief, { key, clustering: at(1), value: Buffer.of(1) }),
    write(brief, { key, clustering: at(2), value: Buffer.of(2) }),
    write(brief, { key, clustering: at(3), value: Buffer.of(3), expiresAt: 130 }),
  ]);
  await store.settle();
  await until(() => store.unsettledBytes === 0);
  expect(await recordsOf(store, brief)).toBe(3);
  const deletion = { timestamp: 5n, localTime: 100 };
  const row = rowOf(at(1), [], { deletion });
  await store.write([mutationOf(brief, key, { rows: [row] })]);
  await store.settle();
  await until(() => store.unsettledBytes === 0);
  expect(await recordsOf(store, brief)).toBe(3);
  now = 121;
  await until(async () => (await recordsOf(store, brief)) === 2);
  now = 151;
  await until(async () => (await recordsOf(store, brief)) === 1);
  await store.write([mutationOf(brief, key, { deletion: { timestamp: 6n, localTime: 151 } })]);
  await store.settle();
  await until(async () => (await recordsOf(store, brief)) === 1);
  expect(await rowsOf(store, brief)).toEqual([]);
  now = 172;
  await until(async () => (await recordsOf(store, brief)) === 0);
});

test('what a deletion hid does not come back when its grace is over while the row is written on', async () => {
  await using world = await StoreWorld.open();
  const brief = byteTable('b', false, 20);
  const held = Promise.withResolvers<void>();
  const reached = Promise.withResolvers<void>();
  let isHeld = false;
  const through = withTransact(world.tables, async (write, writes, options) => {
    if (isHeld && writes.some((each) => 'table' in each && each.table === rowsTable)) {
      reached.resolve();
      await held.promise;
    }
    return write(writes, options);
  });
  let now = 100;
  const store = await world.openStore({ now: () => now, settleIntervalMs: 3_600_000 }, { tables: through });
  await createTables(store, brief);
  const key = Buffer.of(1);
  const clustering = [Buffer.of(1), Buffer.of(0)] as const;
  await store.write([mutationOf(brief, key, { deletion: { timestamp: 10n, localTime: 100 } })]);
  await store.settle();
  now = 130;
  const hidden = write(brief, { key, clustering, value: Buffer.of(1), timestamp: 5n });
  const cell = (timestamp: bigint) => cellOf(Buffer.of(2), { timestamp });
  const later = (timestamp: bigint) =>
    mutationOf(brief, key, { rows: [rowOf(clustering, [[columnIds.second, cell(timestamp)]])] });
  const statics = rowOf([], [[columnIds.staticValue, cell(20n)]]);
  await store.write([hidden, later(20n), mutationOf(brief, key, { statics })]);
  isHeld = true;
  const settling = store.settle();
  await reached.promise;
  await store.write([later(30n)]);
  held.resolve();
  await settling;
  const [row] = await readRows(await store.read(brief, key));
  expect([...row!.columns.keys()]).toEqual([columnIds.second]);
  isHeld = false;
  await store.settle();
  const [again] = await readRows(await store.read(brief, key));
  expect([...again!.columns.keys()]).toEqual([columnIds.second]);
});

test('rows of truncated and dropped tables are removed, and the domain of a dropped keyspace', async () => {
  await using world = await StoreWorld.open();
  const store = await world.openStore();
  await createTables(store, table);
  const clustering = [Buffer.of(1), Buffer.of(0)] as const;
  for (let index = 0; index < 30; index++) {
    await store.write([write(table, { key: Buffer.of(index), clustering, value: Buffer.of(1) })]);
  }
  await store.settle();
  const { domain } = store.placeOf(table)!;
  const atoms = async () => (await world.node.domain(domain.address))?.usage.atoms;
  expect(await atoms()).toBe(30);
  await store.truncate(table);
  expect(await rowsOf(store)).toEqual([]);
  await store.write([write(table, { key: Buffer.of(1), clustering, value: Buffer.of(2) })]);
  await store.settle();
  await until(async () => (await atoms()) === 1);
  expect(await rowsOf(store)).toHaveLength(1);
  await store.changeSchema((schema) => ({ schema: withoutKeyspace(schema, 'k'), result: undefined }));
  await store.settle();
  await until(async () => (await atoms()) === undefined);
  await createTables(store, table);
  expect(await rowsOf(store)).toEqual([]);
});

test('a table that gets the id of a dropped one has none of its rows, and keeps its own', async () => {
  await using world = await StoreWorld.open();
  const store = await world.openStore();
  await createTables(store, table);
  const clustering = [Buffer.of(1), Buffer.of(0)] as const;
  for (let index = 0; index < 5; index++) {
    await store.write([write(table, { key: Buffer.of(index), clustering, value: Buffer.of(1) })]);
  }
  await store.settle();
  await createTables(store);
  await createTables(store, table);
  expect(await rowsOf(store)).toEqual([]);
  await store.write([write(table, { key: Buffer.of(1), clustering, value: Buffer.of(2) })]);
  await store.settle();
  const { domain } = store.placeOf(table)!;
  await until(async () => (await world.node.domain(domain.address))?.usage.atoms === 1);
  expect(await rowsOf(store)).toHaveLength(1);
});

test('writers wait for records when memory is full, and all is there', async () => {
  await using world = await StoreWorld.open();
  const store = await world.openStore({ memtableBytesMax: 50_000 });
  await createTables(store, table);
  const clustering = [Buffer.of(1), Buffer.of(0)] as const;
  let most = 0;
  for (let index = 0; index < 1500; index += 50) {
    await Promise.all(
      Array.from({ length: 50 }, async (_, at) => {
        const key = Buffer.from(String(index + at));
        await store.write([write(table, { key, clustering, value: Buffer.of(1) })]);
        most = Math.max(most, store.unsettledBytes);
      }),
    );
  }
  expect(most).toBeLessThan(250_000);
  expect(await rowsOf(store)).toHaveLength(1500);
});

test('who writes to a store that was closed while its memory was full is refused', async () => {
  await using world = await StoreWorld.open();
  const store = await world.openStore({ memtableBytesMax: 1, settleIntervalMs: 3_600_000 });
  await createTables(store, table);
  await store.settle();
  const clustering = [Buffer.of(1), Buffer.of(0)] as const;
  const mutation = write(table, { key: Buffer.of(1), clustering, value: Buffer.of(1) });
  await store.write([mutation]);
  await store.close();
  await expect(store.write([mutation])).rejects.toThrow('the server is shutting down');
});
