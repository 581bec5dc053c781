/** Indexes and views over the real store: what they show does not hang on what is settled, nor on starting again. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Mutation } from '../../engine/model.ts';
import { buildUnfinished, hiddenTablesOf, indexEntries } from '../../indexes/index.ts';
import { anyMutation, byte, decimals, firstSecond, withIndex } from '../../indexes/test/support.ts';
import { cell, indexesOver, write } from '../../indexes/test/support-lookup.ts';
import { statementFunctions } from '../../ops/terms/functions.ts';
import { tableOf } from '../../schema/test/support.ts';
import type { CqlStore } from '../../store/cql-store.ts';
import { StoreWorld } from '../../store/test/support-world.ts';
import { encodePartitionKey } from '../../types/partition-key.ts';
import { buildUnfinishedViews, isBuilt, ViewStorage } from '../index.ts';
import { expectedLines, linesOf, schema, views } from './support.ts';

const indexed = withIndex(schema, 't', 'v');
const base = tableOf(indexed, 't');
const index = base.indexes[0]!;

type Step =
  | { readonly kind: 'write'; readonly mutations: readonly Mutation[] }
  | { readonly kind: 'settle' | 'restart' | 'later' };

const anyStep: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc
      .array(anyMutation, { minLength: 1, maxLength: 4 })
      .map((mutations) => ({ kind: 'write' as const, mutations })),
  },
  { weight: 2, arbitrary: fc.constant({ kind: 'settle' as const }) },
  { weight: 1, arbitrary: fc.constant({ kind: 'restart' as const }) },
  { weight: 1, arbitrary: fc.constant({ kind: 'later' as const }) },
);

/** So that no history has nothing to show. */
const somewhere = write(encodePartitionKey([byte(0), byte(0)]), { v: cell(decimals[0]!, 1n) });

async function valuesFound(storage: CqlStore, clock: { now: number }) {
  const indexes = indexesOver(storage, clock);
  await indexes.built.load(storage, base, index);
  const found: string[] = [];
  for (const value of decimals) {
    const scan = indexes.reader.search(storage, base, index, { operator: '=', value }, {})!;
    for (let cursor = await scan.next(); cursor !== undefined; cursor = await scan.next())
      for (let row = await cursor.next(); row !== undefined; row = await cursor.next())
        found.push(
          [cursor.key, ...row.clustering].map((part) => Buffer.from(part).toString('hex')).join(' '),
        );
  }
  await indexes.stale.written();
  // Two of them are equal.
  return [...new Set(found)].sort();
}

/** `by_value` has a row for each base row with a value: its key and clustering say which. */
function rowsOfView(lines: readonly string[]): string[] {
  return lines
    .map((line) => {
      const [p, q, c, d] = line.split(' | ')[1]!.split('.');
      return `0001${p}000001${q}00 ${c} ${d}`;
    })
    .sort();
}

test('an index and views are right however the store settles and starts again', async () => {
  let rows = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(anyStep, { minLength: 3, maxLength: 12 }), async (steps) => {
      await using world = await StoreWorld.open();
      const clock = { now: firstSecond };
      const open = () =>
        world.openStore({
          now: () => clock.now,
          hiddenTables: hiddenTablesOf,
          derive: indexEntries,
        });
      let store = await open();
      const overStore = () =>
        new ViewStorage({
          storage: store,
          clock: store.clock,
          functions: statementFunctions(),
          schema: () => store.schema,
          now: () => clock.now * 1000,
        });
      let storage = overStore();
      await store.changeSchema(() => ({ schema: indexed, result: undefined }));
      const { built } = indexesOver(store, clock);
      await buildUnfinished({ storage: store, clock: store.clock, built }, store.schema);
      await buildUnfinishedViews({ views: storage, storage: store, clock: store.clock }, store.schema);
      const first = { kind: 'write', mutations: [somewhere] } as const;
      for (const step of [first, ...steps, { kind: 'settle' } as const, { kind: 'restart' } as const]) {
        if (step.kind === 'write') await storage.write(step.mutations);
        else if (step.kind === 'settle') await store.settle();
        else if (step.kind === 'later') clock.now += 1;
        else {
          await store.close();
          store = await open();
          storage = overStore();
        }
        const shown = await Promise.all(views.map((view) => linesOf(storage, view, clock.now)));
        for (const [at, view] of views.entries())
          expect(shown[at]).toEqual(await expectedLines(store, view, clock.now));
        expect(await valuesFound(store, clock)).toEqual(rowsOfView(shown[0]!));
        rows += shown[0]!.length;
      }
      for (const view of views) expect(await isBuilt(store, view)).toBe(true);
    }),
    { numRuns: 8 },
  );
  expect(rows).toBeGreaterThanOrEqual(8);
}, 30_000);
