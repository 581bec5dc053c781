/** Views that are made through one gateway while others write: no row may be missing afterwards, nor be there without its base row. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Mutation } from '../../engine/model.ts';
import { anyMutation, byte, decimals, firstSecond, withoutIndexes } from '../../indexes/test/support.ts';
import { cell, write } from '../../indexes/test/support-lookup.ts';
import { statementFunctions } from '../../ops/terms/functions.ts';
import type { CqlStore } from '../../store/cql-store.ts';
import { withTransact } from '../../store/test/support.ts';
import { StoreWorld } from '../../store/test/support-world.ts';
import { until } from '../../test/support/until.ts';
import { encodePartitionKey } from '../../types/partition-key.ts';
import { buildView, ViewStorage } from '../index.ts';
import { base, expectedLines, linesOf, schema, views } from './support.ts';

const key = encodePartitionKey([byte(0), byte(0)]);
const somewhere = write(key, { v: cell(decimals[0]!, 10n) });

interface Gateway {
  readonly store: CqlStore;
  readonly storage: ViewStorage;
  /** Its transactions wait for this. */
  hold: Promise<void> | undefined;
  /** How many do. */
  waiting: number;
}

async function openGateway(world: StoreWorld, holder: string): Promise<Gateway> {
  const gateway: Pick<Gateway, 'hold' | 'waiting'> = { hold: undefined, waiting: 0 };
  const tables = withTransact(await world.openTables(), async (write, ...parameters) => {
    gateway.waiting += 1;
    await gateway.hold;
    gateway.waiting -= 1;
    return write(...parameters);
  });
  const store = await world.openStore({ holder, now: () => firstSecond }, { tables });
  const storage = new ViewStorage({
    storage: store,
    clock: store.clock,
    functions: statementFunctions(),
    schema: () => store.schema,
    now: () => firstSecond * 1000,
  });
  return Object.assign(gateway, { store, storage });
}

/** Two, with a base table that has no views. */
async function withGateways(run: (gateways: readonly [Gateway, Gateway]) => Promise<void>): Promise<void> {
  await using world = await StoreWorld.open();
  const opened = [await openGateway(world, 'one'), await openGateway(world, 'other')] as const;
  await opened[0].store.changeSchema(() => ({ schema: withoutIndexes, result: undefined }));
  await run(opened);
}

async function makeViews({ store, storage }: Gateway): Promise<void> {
  await store.changeSchema(() => ({ schema, result: undefined }));
  for (const view of views) await buildView({ views: storage, storage: store, clock: store.clock }, view);
}

async function check(gateways: readonly Gateway[]): Promise<number> {
  let rows = 0;
  for (const { store, storage } of gateways)
    for (const view of views) {
      const lines = await linesOf(storage, view, firstSecond);
      expect(lines).toEqual(await expectedLines(store, view, firstSecond));
      rows += lines.length;
    }
  return rows;
}

test.each([
  ['another gateway', 1],
  ['the same gateway', 0],
])('a write that was on its way when %s made a view is in the view', async (_, at) => {
  await withGateways(async (gateways) => {
    const [maker, writer] = [gateways[0], gateways[at]!];
    // The writer knows of the table.
    await writer.storage.read(base, key);
    const opened = Promise.withResolvers<void>();
    writer.hold = opened.promise;
    const writing = writer.storage.write([somewhere]);
    await until(() => writer.waiting > 0);
    const making = makeViews(maker);
    if (maker !== writer) await making;
    opened.resolve();
    await Promise.all([writing, making]);
    // In both gateways it is in two views; the third leaves it out.
    expect(await check(gateways)).toBe(4);
  });
});

test('whatever both gateways write while one of them makes views, these are functions of their table', async () => {
  const anyWrite = fc.record({
    gateway: fc.nat(1),
    mutations: fc.array(anyMutation, { minLength: 1, maxLength: 3 }),
    isDecided: fc.boolean(),
  });
  let rows = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.array(anyWrite, { minLength: 1, maxLength: 12 }),
      fc.array(anyWrite, { maxLength: 12 }),
      async (before, during) => {
        await withGateways(async (gateways) => {
          const writeAll = (writes: typeof before) =>
            writes.map(({ gateway, mutations, isDecided }): Promise<unknown> => {
              const { storage } = gateways[gateway]!;
              const decision = { mutations: mutations as Mutation[], result: undefined };
              return isDecided ? storage.decide(() => decision) : storage.write(mutations);
            });
          const first = writeAll(before);
          const making = makeViews(gateways[0]);
          await Promise.all([...first, ...writeAll(during), making]);
          rows += await check(gateways);
        });
      },
    ),
    { numRuns: 15, examples: [[[{ gateway: 1, mutations: [somewhere], isDecided: false }], []]] },
  );
  expect(rows).toBeGreaterThan(0);
});
