/** What is large or much at once is settled like anything else: nothing may be in the way of what comes behind it. */
import type { EmbeddedNode } from '@hypergate/node/embedded';
import type { OpenTables } from '@hypergate/table';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Cell, Mutation } from '../../engine/model.ts';
import { readRows } from '../../engine/test/support/reading.ts';
import { columnIds } from '../../engine/test/support/table.ts';
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
