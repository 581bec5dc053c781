import { expect, test } from 'vitest';
import { dropIndex } from '../../schema/index.ts';
import { tableOf } from '../../schema/test/support.ts';
import { encodePartitionKey } from '../../types/partition-key.ts';
import { tokenOf } from '../../types/token.ts';
import {
  BuiltIndexes,
  buildIndex,
  buildUnfinished,
  hiddenTablesOf,
  indexEffects,
  indexInfo,
  StaleEntries,
} from '../index.ts';
import { indexTablesOf } from '../index-table.ts';
import { byte, decimals, idOf, indexed, storageOf, table, withIndex, withoutIndexes } from './support.ts';
import { cell, entriesIn, indexesOver, indexOn, lookUp, write } from './support-lookup.ts';

const [one, alsoOne, two] = decimals as [Uint8Array, Uint8Array, Uint8Array];
const keyOf = (number: number) => encodePartitionKey([byte(number), byte(0)]);
const hidden = indexTablesOf(table).find(({ index }) => index.column === 'v')!.schema.id;
let time = 1000n;
const clock = { next: () => ++time };

function setUp() {
  const storage = storageOf(table, indexInfo);
  const indexes = indexesOver(storage);
  indexes.built.add(hidden);
  return { storage, indexes };
}

test('an entry that a newer value outdid is deleted when a reader meets it', async () => {
  const { storage, indexes } = setUp();
  await storage.write([write(keyOf(1), { v: cell(one, 1n) })]);
  await storage.write([write(keyOf(1), { v: cell(two, 2n) })]);
  expect(entriesIn(storage, hidden)).toBe(2);
  expect(await lookUp(indexes, storage, two)).toEqual([Buffer.from(keyOf(1)).toString('hex')]);
  await indexes.stale.written();
  expect(entriesIn(storage, hidden)).toBe(2);
  expect(await lookUp(indexes, storage, one)).toEqual([]);
  await indexes.stale.written();
  expect(entriesIn(storage, hidden)).toBe(1);
});

test('an entry whose value may still win at the same time of writing stays', async () => {
  const { storage, indexes } = setUp();
  // The larger value wins, until the other one is written with a ttl, which goes before.
  await storage.write([write(keyOf(1), { v: cell(two, 5n) })]);
  await storage.write([write(keyOf(1), { v: cell(one, 5n) })]);
  const [loser, winner] = (await lookUp(indexes, storage, one))!.length === 0 ? [one, two] : [two, one];
  expect(await lookUp(indexes, storage, winner)).toHaveLength(1);
  expect(await lookUp(indexes, storage, loser)).toEqual([]);
  await indexes.stale.written();
  await storage.write([write(keyOf(1), { v: cell(loser, 5n, 200) })]);
  expect(await lookUp(indexes, storage, loser)).toHaveLength(1);
  expect(await lookUp(indexes, storage, winner)).toEqual([]);
});

test('equal numbers are one value, however they are written', async () => {
  const { storage, indexes } = setUp();
  await storage.write([write(keyOf(1), { v: cell(one, 1n) }), write(keyOf(2), { v: cell(alsoOne, 1n) })]);
  const keys = await lookUp(indexes, storage, alsoOne);
  const tokens = keys!.map((key) => tokenOf(Buffer.from(key, 'hex')));
  expect(tokens).toHaveLength(2);
  expect(tokens[0]! < tokens[1]!).toBe(true);
});

test('truncating the table takes its entries away', async () => {
  const { storage } = setUp();
  await storage.write([write(keyOf(1), { v: cell(one, 1n) })]);
  await storage.truncate(table);
  expect(entriesIn(storage, hidden)).toBe(0);
});

test('a value that is too large is refused', () => {
  const effects = indexEffects.of(table)!;
  const writeOf = (size: number) => write(keyOf(1), { v: cell(new Uint8Array(size), 1n) });
  expect(effects.extend(writeOf(65_534), undefined, undefined, 0)).toEqual([]);
  expect(() => effects.extend(writeOf(65_535), undefined, undefined, 0)).toThrow(
    'Cannot index value of size 65535 for index t_v_idx on ks.t(v) (maximum allowed size=65535)',
  );
  expect(() =>
    effects.extend(write(keyOf(1), { plain: cell(new Uint8Array(70_000), 1n) }), undefined, undefined, 0),
  ).not.toThrow();
  expect(indexEffects.of(tableOf(withoutIndexes, 't'))).toBeUndefined();
});

test('an index on a table with rows is read once it is built, also when another gateway built it', async () => {
  const storage = storageOf(table, indexInfo);
  const many = Array.from({ length: 700 }, (_, at) =>
    write(
      keyOf(at % 3),
      { v: cell(at % 2 === 0 ? one : two, 1n) },
      { clustering: [byte(at >> 8), byte(at & 255)] },
    ),
  );
  await storage.write(many);
  // As if they had been there before the index.
  await storage.truncate(...hiddenTablesOf(table));
  const indexes = indexesOver(storage);
  expect(await lookUp(indexes, storage, one)).toBeUndefined();
  await buildIndex({ storage: storage, clock, built: indexes.built }, table, indexOn('v'));
  expect(await lookUp(indexes, storage, one)).toHaveLength(350);
  const elsewhere = new BuiltIndexes();
  expect(elsewhere.has(table, indexOn('v'))).toBe(false);
  expect(await elsewhere.load(storage, table, indexOn('v'))).toBe(true);
  expect(elsewhere.has(table, indexOn('v'))).toBe(true);
  expect(await elsewhere.load(storage, table, indexOn('q'))).toBe(false);
});

test('indexes that were not finished are built at the start, those that were are not', async () => {
  const storage = storageOf(table, indexInfo);
  await storage.write([write(keyOf(1), { v: cell(one, 1n) })]);
  await storage.truncate(...hiddenTablesOf(table));
  const built = new BuiltIndexes();
  await buildUnfinished({ storage, clock, built }, indexed);
  expect(entriesIn(storage, hidden)).toBe(1);
  await storage.truncate(...hiddenTablesOf(table));
  await buildUnfinished({ storage, clock, built: new BuiltIndexes() }, indexed);
  expect(entriesIn(storage, hidden)).toBe(0);
});

test('an index made anew under its name is another one', () => {
  const first = tableOf(withIndex(withoutIndexes, 't', 'v'), 't');
  const dropped = dropIndex(withIndex(withoutIndexes, 't', 'v'), {
    keyspace: 'ks',
    name: 't_v_idx',
    ifExists: false,
  });
  const second = tableOf(withIndex(dropped.schema, 't', 'v'), 't');
  expect(hiddenTablesOf(second)[0]!.name).toBe(hiddenTablesOf(first)[0]!.name);
  expect(hiddenTablesOf(second)[0]!.id).not.toBe(hiddenTablesOf(first)[0]!.id);
  expect(idOf('v')).toBe(second.columns.get('v')!.id);
});

test('deletions that cannot be written are forgotten', async () => {
  const failures: unknown[] = [];
  const broken = { write: () => Promise.reject(new Error('no')) };
  const stale = new StaleEntries(broken, (error) => failures.push(error));
  for (let at = 0; at < 5000; at++) stale.add(write(keyOf(1), {}));
  expect(stale.waiting).toBe(1024);
  await stale.written();
  expect(stale.waiting).toBe(0);
  expect(failures).toHaveLength(1);
});
