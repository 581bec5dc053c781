import { expect, test } from 'vitest';
import { MemoryStorage } from '../memory-storage.ts';
import type { Mutation } from '../model.ts';
import type { PartitionCursor, Reader } from '../storage.ts';
import { readRows, visibleRows } from './support/reading.ts';
import { byte, columnIds, makeTable, modules, table } from './support/table.ts';

const write = (value: number, timestamp: bigint): Mutation => ({
  table: table.id,
  key: byte(0),
  deletion: undefined,
  statics: undefined,
  rows: [
    {
      clustering: [byte(0), byte(0)],
      marker: { timestamp, ttl: 0, expiresAt: 0 },
      deletion: undefined,
      columns: new Map([
        [columnIds.first, { kind: 'cell', cell: { timestamp, value: byte(value), ttl: 0, localTime: 0 } }],
      ]),
    },
  ],
  tombstones: [],
});

async function valueIn(reader: Reader): Promise<number> {
  const rows = visibleRows(await readRows(await reader.read(table, byte(0))), 0);
  return Number(`0x${rows[0]?.columns[columnIds.first] ?? '00'}`);
}

test('what was written is read', async () => {
  const storage = new MemoryStorage(modules);
  expect(storage.read(table, byte(0))).toBeUndefined();
  await storage.write([write(3, 1n), write(4, 2n)]);
  expect(await valueIn(storage)).toBe(4);
  const scan = storage.scan(table, {});
  expect((await scan.next())?.key).toEqual(byte(0));
  expect(await scan.next()).toBeUndefined();
});

test('decisions that wait see each other: each adds one', async () => {
  const storage = new MemoryStorage(modules);
  const deciding = Array.from({ length: 20 }, () =>
    storage.decide(async (reader) => {
      const value = (await valueIn(reader)) + 1;
      return { mutations: [write(value, BigInt(value))], result: value };
    }),
  );
  const results = await Promise.all(deciding);
  expect(results.toSorted((left, right) => left - right)).toEqual(
    Array.from({ length: 20 }, (_, index) => index + 1),
  );
  expect(await valueIn(storage)).toBe(20);
});

test('a decision that needs no waiting is made at once, and its failure writes nothing', async () => {
  const storage = new MemoryStorage(modules);
  const decided = storage.decide(() => ({ mutations: [write(1, 1n)], result: 'done' }));
  expect(storage.read(table, byte(0))).toBeDefined();
  expect(await decided).toBe('done');
  const failing = storage.decide(() => {
    throw new Error('no');
  });
  await expect(failing).rejects.toThrow('no');
  expect(await valueIn(storage)).toBe(1);
});

test('truncating takes away what was written before', async () => {
  const storage = new MemoryStorage(modules);
  await storage.write([write(1, 5n)]);
  const cursor = storage.read(table, byte(0)) as PartitionCursor;
  await storage.truncate(table);
  expect(await readRows(cursor)).toEqual([]);
  expect(storage.read(table, byte(0))).toBeUndefined();
  await storage.write([write(2, 1n)]);
  expect(await valueIn(storage)).toBe(2);
});

test('a table nobody knows is not read', () => {
  const storage = new MemoryStorage(modules);
  expect(() => storage.scan(makeTable('d'), {})).toThrow(/nothing is known/);
});
