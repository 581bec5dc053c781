/** Records that are not needed any more go, beside what clients write and never in its way. */
import { expect, test } from 'vitest';
import type { Mutation } from '../../engine/model.ts';
import { columnIds } from '../../engine/test/support/table.ts';
import { rowsTable } from '../../model/rows.ts';
import { stateTable } from '../../model/tables.ts';
import { until } from '../../test/support/until.ts';
import type { CqlStore } from '../cql-store.ts';
import { settleLimits } from '../limits.ts';
import { byteTable, createTables, table, withTransact } from './support.ts';
import { cellOf, mutationOf, recordsOf, rowOf } from './support-rows.ts';
import { StoreWorld } from './support-world.ts';

const brief = byteTable('b', false, 10);

function insert(of: typeof table, key: number, rows: readonly number[], expiresAt = 0): Mutation {
  const cell = cellOf(Buffer.of(1), { ttl: expiresAt === 0 ? 0 : 5, localTime: expiresAt });
  return mutationOf(of, Buffer.of(key), {
    rows: rows.map((row) => rowOf([Buffer.of(row >> 8), Buffer.of(row & 0xff)], [[columnIds.first, cell]])),
  });
}

const upTo = (count: number) => Array.from({ length: count }, (_, index) => index);

test('settling does not wait until all is removed that a truncated table had', async () => {
  await using world = await StoreWorld.open();
  const store = await world.openStore();
  await createTables(store, table);
  await store.write([insert(table, 1, upTo(3 * settleLimits.leftoverRows))]);
  await store.settle();
  const { partition, domain } = store.placeOf(table)!;
  const left = async () => (await domain.scan(rowsTable, partition, {})).length;
  await store.truncate(table);
  await store.settle();
  await store.write([insert(table, 1, [1])]);
  await store.settle();
  expect(await left()).toBeGreaterThan(0);
  expect(await recordsOf(store, table)).toBe(1);
  await until(async () => (await left()) === 0);
});

test('what expired is purged though others of its partition are written all the time', async () => {
  await using world = await StoreWorld.open();
  let now = 100;
  let isBusy = false;
  let store: CqlStore | undefined;
  // Whenever something was settled there is something of the partition in memory again.
  const busy = withTransact(world.tables, async (write, writes, options) => {
    const applied = await write(writes, options);
    const isNote = writes.some((each) => each.kind === 'put' && each.table === stateTable);
    if (isNote && isBusy) await store!.write([insert(brief, 1, [0xffff])]);
    return applied;
  });
  store = await world.openStore({ now: () => now }, { tables: busy });
  await createTables(store, brief);
  await store.write([
    insert(brief, 1, upTo(settleLimits.dueRows + 10), 110),
    insert(brief, 2, [1], 111),
    insert(brief, 1, [0xffff]),
  ]);
  await store.settle();
  isBusy = true;
  await store.write([insert(brief, 1, [0xffff])]);
  now = 200;
  await until(async () => (await recordsOf(store, brief)) === 1);
  isBusy = false;
});

test('much that expired at once is purged without rests', async () => {
  await using world = await StoreWorld.open();
  let now = 100;
  const store = await world.openStore({ now: () => now, settleIntervalMs: 3_600_000 });
  await createTables(store, brief);
  await store.write([insert(brief, 1, upTo(2 * settleLimits.dueRows + 10), 110), insert(brief, 2, [1])]);
  await store.settle();
  now = 200;
  await store.write([insert(brief, 2, [1])]);
  await store.settle();
  await until(async () => (await recordsOf(store, brief)) === 1);
});
