/** Entries that lead nowhere: a search passes over as many as there are, without keeping everybody else waiting. */
import { expect, test } from 'vitest';
import { turnsOf } from '../../test/support/turns.ts';
import { encodePartitionKey } from '../../types/partition-key.ts';
import { indexTableOf } from '../index-table.ts';
import { indexLimits } from '../limits.ts';
import { byte, decimals, storageOf, table } from './support.ts';
import { cell, indexesOver, indexOn, lookUp, write } from './support-lookup.ts';

const count = indexLimits.entriesPerTurn * 4;
const [value] = decimals;
const hidden = indexTableOf(table, indexOn('v').name)!.schema.id;
const bytesOf = (at: number) => Uint8Array.of(at >> 16, at >> 8, at);

test.each([
  ['of one partition', () => encodePartitionKey([byte(0), byte(0)])],
  ['of many partitions', (at: number) => encodePartitionKey([bytesOf(at), byte(0)])],
])('entries %s that expired let others have their turn', async (_, keyOf) => {
  const storage = storageOf(table);
  const modules = indexesOver(storage);
  modules.built.add(hidden);
  const row = (at: number) => ({ clustering: [bytesOf(at), byte(0)] });
  await storage.write(
    Array.from({ length: count }, (_each, at) => write(keyOf(at), { v: cell(value, 1n, 50) }, row(at))),
  );
  const turns = await turnsOf(async () => expect(await lookUp(modules, storage, value!)).toEqual([]));
  expect(turns).toBeGreaterThanOrEqual(4);
});

test('entries that are not true any more let others have their turn', async () => {
  const storage = storageOf(table);
  const modules = indexesOver(storage);
  modules.built.add(hidden);
  const key = encodePartitionKey([byte(0), byte(0)]);
  const row = (at: number) => ({ clustering: [bytesOf(at), byte(0)] });
  for (const [time, written] of [
    [1n, value],
    [2n, decimals[2]],
  ] as const)
    await storage.write(
      Array.from({ length: count }, (_each, at) => write(key, { v: cell(written, time) }, row(at))),
    );
  const turns = await turnsOf(async () => expect(await lookUp(modules, storage, value!)).toEqual([]));
  expect(turns).toBeGreaterThanOrEqual(4);
});
