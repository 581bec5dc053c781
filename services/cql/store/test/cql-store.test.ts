import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { MemoryStorage } from '../../engine/memory-storage.ts';
import type { Mutation } from '../../engine/model.ts';
import type { Slice, Storage } from '../../engine/storage.ts';
import { anyKey, anyMutation, anySlices, lastSecond } from '../../engine/test/support/histories.ts';
import { readRows, visibleColumns, visibleRows } from '../../engine/test/support/reading.ts';
import { columnIds } from '../../engine/test/support/table.ts';
import { domainAddress } from '../../model/tables.ts';
import { until } from '../../test/support/until.ts';
import type { Value } from '../../types/api.ts';
import { tokenOf } from '../../types/token.ts';
import { layoutOf } from '../layouts.ts';
import { counterTable, createTables, table } from './support.ts';
import { cellOf, contentOf, counterOf, mutationOf, rowOf } from './support-rows.ts';
import { StoreWorld } from './support-world.ts';

function memoryStorage(): MemoryStorage {
  const layouts = new Map([table, counterTable].map((each) => [each.id, layoutOf(each)]));
  return new MemoryStorage({ layoutOf: (id) => layouts.get(id), tokenOf });
}

/** Everything that a reader can see of a partition. */
async function partitionOf(
  storage: Storage,
  of: typeof table,
  key: Value,
  slices?: Slice[],
  isReversed = false,
) {
  const cursor = await storage.read(of, key, { ...(slices === undefined ? {} : { slices }), isReversed });
  const rows = await readRows(cursor);
  return {
    statics: visibleColumns(cursor?.statics, lastSecond),
    rows: visibleRows(rows, lastSecond),
  };
}

const anyCounterMutation: fc.Arbitrary<Mutation> = fc
  .record({
    key: anyKey,
    clustering: fc.tuple(anyKey, anyKey),
    count: fc.bigInt({ min: -5n, max: 5n }),
    timestamp: fc.bigInt({ min: 1n, max: 9n }),
    isDeletion: fc.boolean(),
  })
  .map(({ key, clustering, count, timestamp, isDeletion }) => {
    // A deletion takes away what came before, whatever the times are.
    const deletion = isDeletion && count === 0n ? { timestamp: 10n, localTime: 100 } : undefined;
    const row = rowOf(clustering, [[columnIds.first, counterOf(count, timestamp)]], { deletion });
    return mutationOf(counterTable, key, { rows: [row] });
  });

type Step =
  | { readonly kind: 'write'; readonly mutations: readonly Mutation[]; readonly gateway: number }
  | { readonly kind: 'settle' | 'restart' | 'truncate' | 'check' };

const anyStep: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      kind: fc.constant('write' as const),
      mutations: fc.array(fc.oneof({ weight: 5, arbitrary: anyMutation }, anyCounterMutation), {
        minLength: 1,
        maxLength: 6,
      }),
      gateway: fc.integer({ min: 0, max: 1 }),
    }),
  },
  { weight: 3, arbitrary: fc.constant({ kind: 'settle' as const }) },
  { weight: 1, arbitrary: fc.constant({ kind: 'restart' as const }) },
  { weight: 1, arbitrary: fc.constant({ kind: 'truncate' as const }) },
  { weight: 3, arbitrary: fc.constant({ kind: 'check' as const }) },
);

describe('a store', () => {
  test('shows what storage in memory shows, however it settles, starts again and shares its node', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(anyStep, { minLength: 3, maxLength: 14 }),
        anySlices,
        fc.boolean(),
        fc.record({
          cacheBytesMax: fc.constantFrom(0, 3000, 1_000_000),
          settleRoundBytes: fc.constantFrom(1, 300, 1_000_000),
        }),
        async (steps, slices, isReversed, limits) => {
          await using world = await StoreWorld.open();
          const tables = [world.tables, await world.openTables()];
          const openOne = (index: number) =>
            world.openStore({ holder: `gateway ${index}`, ...limits }, { tables: tables[index]! });
          const stores = [await openOne(0), await openOne(1)];
          await createTables(stores[0]!, table, counterTable);
          const model = memoryStorage();
          const check = async () => {
            for (const store of stores) {
              for (const of of [table, counterTable]) {
                expect(await contentOf(store, of)).toEqual(await contentOf(model, of));
                for (const digit of [0, 1, 2, 3]) {
                  const key = Uint8Array.of(digit);
                  expect(await partitionOf(store, of, key, slices, isReversed)).toEqual(
                    await partitionOf(model, of, key, slices, isReversed),
                  );
                }
              }
            }
          };
          for (const step of steps) {
            switch (step.kind) {
              case 'write':
                await stores[step.gateway]!.write(step.mutations);
                await model.write(step.mutations);
                break;
              case 'settle':
                await stores[0]!.settle();
                break;
              case 'restart':
                await stores[0]!.close();
                stores[0] = await openOne(0);
                break;
              case 'truncate':
                await stores[1]!.truncate(table);
                await model.truncate(table);
                break;
              case 'check':
                await check();
            }
          }
          await check();
          await stores[0]!.settle();
          await check();
        },
      ),
      { numRuns: Number(process.env.CQL_STORE_RUNS ?? 25) },
    );
  });

  test('leaves no row of the journal behind when it has settled', async () => {
    await using world = await StoreWorld.open();
    const store = await world.openStore();
    await createTables(store, table);
    for (let index = 0; index < 20; index++) await store.write([rowAt(index, 'a')]);
    await store.settle();
    expect(store.unsettledBytes).toBe(0);
    // Of the schema, the table's generation, the state, and where rows are.
    await until(async () => (await world.node.domain(domainAddress))!.usage.atoms <= 4);
    await store.write([rowAt(1, 'b')]);
    await store.settle();
    await until(async () => (await world.node.domain(domainAddress))!.usage.atoms <= 4);
  });
});

function rowAt(index: number, value: string): Mutation {
  const timestamp = BigInt(index);
  const cell = cellOf(Buffer.from(value), { timestamp });
  const row = rowOf([Uint8Array.of(1), Uint8Array.of(2)], [[columnIds.first, cell]], {
    marker: { timestamp, ttl: 0, expiresAt: 0 },
  });
  return mutationOf(table, Uint8Array.of(index), { rows: [row] });
}
