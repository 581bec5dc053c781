/** Power that goes off at any transaction of settling, over statements of every kind: nothing is lost, doubled or left behind. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { MemoryStorage } from '../../engine/memory-storage.ts';
import type { ColumnData, Mutation } from '../../engine/model.ts';
import type { Storage } from '../../engine/storage.ts';
import {
  anyClustering,
  anyHistory,
  anyKey,
  anyRange,
  firstSecond,
  lastSecond,
} from '../../engine/test/support/histories.ts';
import { columnIds } from '../../engine/test/support/table.ts';
import { hiddenTablesOf, indexEntries } from '../../indexes/index.ts';
import { indexTablesOf } from '../../indexes/index-table.ts';
import type { TableSchema } from '../../schema/model.ts';
import { until } from '../../test/support/until.ts';
import { tokenOf } from '../../types/token.ts';
import type { CqlStore } from '../cql-store.ts';
import { layoutOf } from '../layouts.ts';
import { byteTable, counterTable, createTables, withTransact } from './support.ts';
import { cellOf, contentOf, counterOf, mutationOf, recordsOf, rowOf } from './support-rows.ts';
import { StoreWorld } from './support-world.ts';

const table: TableSchema = {
  ...byteTable('a'),
  indexes: [{ name: 'i', id: 40, column: 'first', target: 'simple', kind: 'COMPOSITES', options: {} }],
};
const [index] = indexTablesOf(table);
const all = [table, counterTable, index!.schema];

/** Of counters, whose times are those of the servers: they rise. */
type Count =
  | { readonly kind: 'add' | 'remove column' | 'remove row' | 'add static'; readonly place: Place }
  | { readonly kind: 'remove partition'; readonly place: Place }
  | { readonly kind: 'remove range'; readonly place: Place; readonly range: Pick<Range, 'start' | 'end'> };
type Range = Mutation['tombstones'][number];
interface Place {
  readonly key: Uint8Array;
  readonly clustering: readonly Uint8Array[];
}

const place = fc.record({ key: anyKey, clustering: anyClustering });
const anyCount: fc.Arbitrary<Count> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('add' as const), place }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('add static' as const), place }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('remove column' as const), place }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('remove row' as const), place }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('remove partition' as const), place }) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('remove range' as const), place, range: anyRange }),
  },
);

function countMutation(count: Count, timestamp: bigint): Mutation {
  const deletion = { timestamp, localTime: firstSecond };
  const { key, clustering } = count.place;
  const row = (id: number, column: ColumnData) => rowOf(clustering, [[id, column]]);
  const of = (more: Partial<Mutation>) => mutationOf(counterTable, key, more);
  const counter = counterOf(timestamp, timestamp);
  switch (count.kind) {
    case 'add':
      return of({ rows: [row(columnIds.first, counter)] });
    case 'add static':
      return of({ statics: rowOf([], [[columnIds.staticValue, counter]]) });
    case 'remove column':
      return of({ rows: [row(columnIds.first, cellOf(undefined, { timestamp, localTime: firstSecond }))] });
    case 'remove row':
      return of({ rows: [rowOf(clustering, [], { deletion })] });
    case 'remove partition':
      return of({ deletion });
    case 'remove range':
      return of({ tombstones: [{ ...count.range, deletion }] });
  }
}

const anyRound = fc.record({
  history: anyHistory,
  counts: fc.array(anyCount, { maxLength: 20 }),
  truncated: fc.option(fc.constantFrom(table, counterTable), { freq: 4, nil: undefined }),
  /** How many seconds go by. */
  seconds: fc.integer({ min: 0, max: 4 }),
});

/** Entries may lead to rows that have another value by now; every row must have one that leads to it. */
async function expectEntries(storage: Storage) {
  const entries = new Set<string>();
  for (const { key, rows } of await contentOf(storage, index!.schema)) {
    for (const { clustering } of rows) entries.add(`${key} ${clustering.slice(16)}`);
  }
  for (const { key, rows } of await contentOf(storage, table)) {
    for (const { clustering, columns } of rows) {
      const value = columns[columnIds.first];
      if (value === undefined) continue;
      const of = rowOf(
        clustering.split('.').map((each) => Buffer.from(each, 'hex')),
        [[columnIds.first, cellOf(Buffer.from(value, 'hex'))]],
      );
      const entry = indexEntries(table, mutationOf(table, Buffer.from(key, 'hex'), { rows: [of] }));
      expect(entries).toContain(`${Buffer.from(entry[0]!.key).toString('hex')} ${key}.${clustering}`);
    }
  }
}

async function recordsLeft(store: CqlStore): Promise<number> {
  let left = 0;
  for (const of of all) left += await recordsOf(store, of);
  return left;
}

test('a crash at any transaction loses nothing, counts nothing twice and leaves nothing behind', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(anyRound, { minLength: 1, maxLength: 5 }),
      fc.integer({ min: 0, max: 12 }),
      fc.record({
        settleRoundBytes: fc.constantFrom(1, 300, 1_000_000),
        cacheBytesMax: fc.constantFrom(0, 3000, 1_000_000),
      }),
      async (rounds, crashAt, limits) => {
        await using world = await StoreWorld.open();
        const layouts = new Map(all.map((each) => [each.id, layoutOf(each)]));
        const model = new MemoryStorage({ layoutOf: (id) => layouts.get(id), tokenOf });
        let left = Number.POSITIVE_INFINITY;
        const failing = withTransact(world.tables, async (write, ...parameters) => {
          if (left-- <= 0) throw new Error('the power is off');
          return write(...parameters);
        });
        let now = firstSecond;
        const openOne = () =>
          world.openStore(
            {
              ...limits,
              onFailure: () => undefined,
              now: () => now,
              hiddenTables: hiddenTablesOf,
              derive: indexEntries,
            },
            { tables: failing },
          );
        let store = await openOne();
        await createTables(store);
        await createTables(store, table, counterTable);
        const check = async () => {
          for (const of of [table, counterTable])
            expect(await contentOf(store, of)).toEqual(await contentOf(model, of));
          await expectEntries(store);
        };
        let time = 0n;
        for (const [at, { history, counts, truncated, seconds }] of rounds.entries()) {
          // So that an older schema is replayed when a newer one may be in records.
          if (at % 2 === 1) await createTables(store, table, counterTable, byteTable(String(at)));
          const mutations = [...history, ...counts.map((count) => countMutation(count, ++time))];
          for (const [step, mutation] of mutations.entries()) {
            await store.write([mutation]);
            await model.write([mutation]);
            if (truncated === undefined || step !== mutations.length >> 1) continue;
            await store.truncate(truncated);
            await model.truncate(truncated);
          }
          left = crashAt;
          // Until the power is off, or all is settled.
          void store.settle();
          await until(() => left < 0 || store.unsettledBytes === 0);
          left = Number.POSITIVE_INFINITY;
          await store.close();
          now = Math.min(lastSecond, now + seconds);
          store = await openOne();
          await check();
        }
        await store.settle();
        await until(() => store.unsettledBytes === 0);
        await check();
        const domain = store.placeOf(table)?.domain;
        if (domain === undefined) return;

        await until(
          async () => (await world.node.domain(domain.address))!.usage.atoms === (await recordsLeft(store)),
        );
      },
    ),
    { numRuns: Number(process.env.CQL_STORE_RUNS ?? 25) },
  );
});
