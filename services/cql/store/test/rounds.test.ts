/** Settling in bounded rounds, which end anywhere between changes of the schema. */
import { expect, test } from 'vitest';
import type { Mutation } from '../../engine/model.ts';
import { columnIds } from '../../engine/test/support/table.ts';
import { domainAddress, leftoversTable } from '../../model/tables.ts';
import { until } from '../../test/support/until.ts';
import type { CqlStore } from '../cql-store.ts';
import { byteTable, createTables, table, withTransact } from './support.ts';
import { cellOf, contentOf, mutationOf, rowOf } from './support-rows.ts';
import { StoreWorld } from './support-world.ts';

function write(of: typeof table, key: number): Mutation {
  const row = rowOf([Buffer.of(1), Buffer.of(0)], [[columnIds.first, cellOf(Buffer.of(1))]]);
  return mutationOf(of, Buffer.of(key), { rows: [row] });
}

async function countRows(store: CqlStore, of: typeof table): Promise<number> {
  return (await contentOf(store, of)).flatMap(({ rows }) => rows).length;
}

test('tables that are made and emptied between writes have their rows, wherever settling them row by row ends', async () => {
  const added = ['1', '2', '3', '4'].map((id) => byteTable(id));
  for (let crashAt = 0; crashAt < 16; crashAt++) {
    await using world = await StoreWorld.open();
    let left = Number.POSITIVE_INFINITY;
    const tables = withTransact(world.tables, async (transact, ...parameters) => {
      if (left-- <= 0) throw new Error('the power is off');
      return transact(...parameters);
    });
    const options = { onFailure: () => undefined };
    // Nothing is settled before all is written.
    const slow = { ...options, settleRoundBytes: 1, settleIntervalMs: 2 ** 30 };
    let store = await world.openStore(slow, { tables });
    for (const [index, last] of added.entries()) {
      await createTables(store, table, ...added.slice(0, index + 1));
      await store.write([write(last, 1)]);
      if (index % 2 === 0) await store.truncate(last);
      await store.write([write(last, 2)]);
    }
    left = crashAt;
    void store.settle();
    await until(() => left < 0 || store.unsettledBytes === 0);
    left = Number.POSITIVE_INFINITY;
    await store.close();
    for (const start of ['first', 'second']) {
      store = await world.openStore(options, { tables });
      await store.settle();
      const domain = await world.tables.ensureDomain(domainAddress);
      await until(async () => (await domain.scan(leftoversTable, Buffer.alloc(0), {})).length === 0);
      for (const [index, each] of added.entries()) {
        expect([start, crashAt, index, await countRows(store, each)]).toEqual([
          start,
          crashAt,
          index,
          index % 2 === 0 ? 1 : 2,
        ]);
      }
      await store.close();
    }
  }
});
