import type { EmbeddedNode } from '@hypergate/node/embedded';
import type { OpenTables } from '@hypergate/table';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { MemoryStorage } from '../../engine/memory-storage.ts';
import type { Mutation, Row } from '../../engine/model.ts';
import type { Slice, Storage } from '../../engine/storage.ts';
import { anyKey, anyMutation, anySlices, lastSecond } from '../../engine/test/support/histories.ts';
import { readRows, visibleColumns, visibleRows } from '../../engine/test/support/reading.ts';
import { columnIds } from '../../engine/test/support/table.ts';
import { domainAddress } from '../../model/tables.ts';
import { openNode, openStore } from '../../test/support/tables.ts';
import { until } from '../../test/support/until.ts';
import type { Value } from '../../types/api.ts';
import { tokenOf } from '../../types/token.ts';
import type { CqlStore } from '../cql-store.ts';
import { layoutOf } from '../layouts.ts';
import { counterTable, createTables, openCqlStore, table } from './support.ts';

let node: EmbeddedNode;
let tables: OpenTables;
let closing: AsyncDisposableStack;

beforeEach(async () => {
  closing = new AsyncDisposableStack();
  ({ node } = await openNode());
  closing.defer(() => node.close());
  tables = await openStore(node);
  closing.defer(() => tables.close());
});

afterEach(() => closing.disposeAsync());

async function open(options: Parameters<typeof openCqlStore>[2] = {}): Promise<CqlStore> {
  const store = await openCqlStore(node, tables, options);
  closing.defer(() => store.close());
  return store;
}

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

async function tableContent(storage: Storage, of: typeof table) {
  const found = [];
  const scan = storage.scan(of, {});
  for (let cursor = await scan.next(); cursor !== undefined; cursor = await scan.next()) {
    const rows: Row[] = await readRows(cursor);
    const content = {
      key: Buffer.from(cursor.key).toString('hex'),
      token: cursor.token,
      statics: visibleColumns(cursor.statics, lastSecond),
      rows: visibleRows(rows, lastSecond),
    };
    if (content.rows.length > 0 || Object.keys(content.statics).length > 0) found.push(content);
  }
  return found;
}

const anyCounterMutation: fc.Arbitrary<Mutation> = fc
  .record({
    key: anyKey,
    clustering: fc.tuple(anyKey, anyKey),
    count: fc.bigInt({ min: -5n, max: 5n }),
    timestamp: fc.bigInt({ min: 1n, max: 9n }),
    isDeletion: fc.boolean(),
  })
  .map(({ key, clustering, count, timestamp, isDeletion }) => ({
    table: counterTable.id,
    key,
    deletion: undefined,
    statics: undefined,
    tombstones: [],
    rows: [
      {
        clustering,
        marker: undefined,
        // A deletion takes away what came before, whatever the times are.
        deletion: isDeletion && count === 0n ? { timestamp: 10n, localTime: 100 } : undefined,
        columns: new Map([[columnIds.first, { kind: 'counter' as const, counter: { timestamp, count } }]]),
      },
    ],
  }));

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
          await using own = new AsyncDisposableStack();
          const { node: fresh } = await openNode();
          own.defer(() => fresh.close());
          const opened = [await openStore(fresh), await openStore(fresh)];
          for (const each of opened) own.defer(() => each.close());
          const openOne = (index: number) =>
            openCqlStore(fresh, opened[index]!, { holder: `gateway ${index}`, ...limits });
          const stores = [await openOne(0), await openOne(1)];
          own.defer(async () => void (await Promise.all(stores.map((store) => store.close()))));
          await createTables(stores[0]!, table, counterTable);
          const model = memoryStorage();
          const check = async () => {
            for (const store of stores) {
              for (const of of [table, counterTable]) {
                expect(await tableContent(store, of)).toEqual(await tableContent(model, of));
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
    const store = await open();
    await createTables(store, table);
    for (let index = 0; index < 20; index++) await store.write([rowAt(index, 'a')]);
    await store.settle();
    expect(store.unsettledBytes).toBe(0);
    // Of the schema, the table's generation, the state, and where rows are.
    await until(async () => (await node.domain(domainAddress))!.usage.atoms <= 4);
    await store.write([rowAt(1, 'b')]);
    await store.settle();
    await until(async () => (await node.domain(domainAddress))!.usage.atoms <= 4);
  });
});

function rowAt(index: number, value: string, of = table): Mutation {
  return {
    table: of.id,
    key: Uint8Array.of(index),
    deletion: undefined,
    statics: undefined,
    tombstones: [],
    rows: [
      {
        clustering: [Uint8Array.of(1), Uint8Array.of(2)],
        marker: { timestamp: BigInt(index), ttl: 0, expiresAt: 0 },
        deletion: undefined,
        columns: new Map([
          [
            columnIds.first,
            {
              kind: 'cell' as const,
              cell: { timestamp: BigInt(index), value: Buffer.from(value), ttl: 0, localTime: 0 },
            },
          ],
        ]),
      },
    ],
  };
}
