/** A statement that was made for another table of the same id, and gets into the journal behind the change. */
import type { EmbeddedNode } from '@hypergate/node/embedded';
import type { OpenTables } from '@hypergate/table';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { ColumnData, Mutation, Row } from '../../engine/model.ts';
import { readRows } from '../../engine/test/support/reading.ts';
import { columnIds } from '../../engine/test/support/table.ts';
import { openNode, openStore } from '../../test/support/tables.ts';
import { until } from '../../test/support/until.ts';
import type { CqlStore } from '../cql-store.ts';
import { counterTable, createTables, openCqlStore, table } from './support.ts';

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

const value = Buffer.of(1);
const cell: ColumnData = { kind: 'cell', cell: { timestamp: 1n, value, ttl: 0, localTime: 0 } };
const counter: ColumnData = { kind: 'counter', counter: { timestamp: 1n, count: 1n } };
const complex: ColumnData = {
  kind: 'complex',
  complex: { deletion: undefined, cells: [{ path: value, timestamp: 1n, value, ttl: 0, localTime: 0 }] },
};
const gone = 29;

function mutation(
  of: typeof table,
  columns: readonly (readonly [number, ColumnData])[],
  more = {},
): Mutation {
  const row: Row = {
    clustering: [value, value],
    marker: undefined,
    deletion: undefined,
    columns: new Map(columns),
    ...more,
  };
  return { table: of.id, key: value, deletion: undefined, statics: undefined, tombstones: [], rows: [row] };
}

async function columnsOf(store: CqlStore, of: typeof table): Promise<(readonly [number, string])[][]> {
  const rows = await readRows(await store.read(of, value));
  return rows.map(({ columns }) => Array.from(columns, ([id, { kind }]) => [id, kind] as const));
}

test('what does not fit its table has no effect, and is in nobody’s way', async () => {
  const open = () => openCqlStore(node, tables, { onFailure: (error) => failures.push(error) });
  let store = await open();
  closing.defer(() => store.close());
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
  const statics = mutation(table, [[staticMap, cell]], { clustering: [] }).rows[0];
  await store.write([{ ...mutation(table, []), rows: [], statics }]);
  const prefix = [value, value, value];
  const range = { start: { prefix, side: 'before' }, end: { prefix, side: 'after' } } as const;
  const deletion = { timestamp: 5n, localTime: 100 };
  await store.write([{ ...mutation(table, []), rows: [], tombstones: [{ ...range, deletion }] }]);
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
  void store.settle();
  await until(() => failures.length > 0 || store.unsettledBytes === 0);
  expect(failures).toEqual([]);
  await expected();
});
