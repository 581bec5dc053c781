/** A statement that was made for another table of the same id, and gets into the journal behind the change. */
import { expect, test } from 'vitest';
import type { ColumnData, Row } from '../../engine/model.ts';
import { readRows } from '../../engine/test/support/reading.ts';
import { columnIds } from '../../engine/test/support/table.ts';
import type { CqlStore } from '../cql-store.ts';
import { counterTable, createTables, table } from './support.ts';
import { cellOf, counterOf, mutationOf, rowOf } from './support-rows.ts';
import { StoreWorld } from './support-world.ts';

const value = Buffer.of(1);
const cell = cellOf(value);
const counter = counterOf(1n);
const complex: ColumnData = {
  kind: 'complex',
  complex: { deletion: undefined, cells: [{ path: value, timestamp: 1n, value, ttl: 0, localTime: 0 }] },
};
const gone = 29;

function mutation(
  of: typeof table,
  columns: readonly (readonly [number, ColumnData])[],
  more: Partial<Row> = {},
) {
  return mutationOf(of, value, { rows: [rowOf([value, value], columns, more)] });
}

async function columnsOf(store: CqlStore, of: typeof table): Promise<(readonly [number, string])[][]> {
  const rows = await readRows(await store.read(of, value));
  return rows.map(({ columns }) => Array.from(columns, ([id, { kind }]) => [id, kind] as const));
}

test('what does not fit its table has no effect, and is in nobody’s way', async () => {
  await using world = await StoreWorld.open();
  const open = () => world.openStore({ onFailure: world.failed });
  let store = await open();
  await createTables(store, table, counterTable);
  const { first, map, staticMap } = columnIds;
  await store.write([
    mutation(table, [
      [first, cell],
      [map, complex],
    ]),
    mutation(counterTable, [[first, counter]]),
  ]);
  await store.write([mutation(table, [[map, cell]]), mutation(table, [[first, complex]])]);
  await store.write([mutation(counterTable, [[first, complex]]), mutation(counterTable, [[map, complex]])]);
  await store.write([mutation(table, [[gone, cell]], { clustering: [Buffer.of(2), value] })]);
  await store.write([mutation(table, [[first, cell]], { clustering: [value, value, value] })]);
  const statics = rowOf([], [[staticMap, cell]]);
  await store.write([mutationOf(table, value, { statics })]);
  const prefix = [value, value, value];
  const range = { start: { prefix, side: 'before' }, end: { prefix, side: 'after' } } as const;
  const deletion = { timestamp: 5n, localTime: 100 };
  await store.write([mutationOf(table, value, { tombstones: [{ ...range, deletion }] })]);
  const expected = async () => {
    expect(await columnsOf(store, table)).toEqual([
      [
        [first, 'cell'],
        [map, 'complex'],
      ],
    ]);
    expect(await columnsOf(store, counterTable)).toEqual([[[first, 'counter']]]);
  };
  await expected();
  await store.close();
  store = await open();
  await expected();
  await world.settled(store);
  await expected();
});
