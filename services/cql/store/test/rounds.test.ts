/** Settling in bounded rounds, which end anywhere between changes of the schema. */
import { expect, test } from 'vitest';
import type { Mutation } from '../../engine/model.ts';
import { lastSecond } from '../../engine/test/support/histories.ts';
import { readRows, visibleRows } from '../../engine/test/support/reading.ts';
import { columnIds } from '../../engine/test/support/table.ts';
import { domainAddress, leftoversTable } from '../../model/tables.ts';
import { openNode, openStore } from '../../test/support/tables.ts';
import { until } from '../../test/support/until.ts';
import type { CqlStore } from '../cql-store.ts';
import { byteTable, createTables, openCqlStore, table, withTransact } from './support.ts';

function write(of: typeof table, key: number): Mutation {
  const cell = { timestamp: 1n, value: Buffer.of(1), ttl: 0, localTime: 0 };
  return {
    table: of.id,
    key: Buffer.of(key),
    deletion: undefined,
    statics: undefined,
    tombstones: [],
    rows: [
      {
        clustering: [Buffer.of(1), Buffer.of(0)],
        marker: undefined,
        deletion: undefined,
        columns: new Map([[columnIds.first, { kind: 'cell', cell }]]),
      },
    ],
  };
}

async function countRows(store: CqlStore, of: typeof table): Promise<number> {
  let count = 0;
  const scan = store.scan(of, {});
  for (let cursor = await scan.next(); cursor !== undefined; cursor = await scan.next()) {
    count += visibleRows(await readRows(cursor), lastSecond).length;
  }
  return count;
}

test('tables that are made and emptied between writes have their rows, wherever settling them row by row ends', async () => {
  const added = ['1', '2', '3', '4'].map((id) => byteTable(id));
  for (let crashAt = 0; crashAt < 16; crashAt++) {
    await using own = new AsyncDisposableStack();
    const { node: fresh } = await openNode();
    own.defer(() => fresh.close());
    const opened = await openStore(fresh);
    own.defer(() => opened.close());
    let left = Number.POSITIVE_INFINITY;
    const tables = withTransact(opened, async (transact, ...parameters) => {
      if (left-- <= 0) throw new Error('the power is off');
      return transact(...parameters);
    });
    const options = { onFailure: () => undefined };
    // Nothing is settled before all is written.
    const slow = { ...options, settleRoundBytes: 1, settleIntervalMs: 2 ** 30 };
    let store = await openCqlStore(fresh, tables, slow);
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
      store = await openCqlStore(fresh, tables, options);
      await store.settle();
      const domain = await opened.ensureDomain(domainAddress);
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
