import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Mutation } from '../../engine/model.ts';
import { anyMutation, byte, decimals, firstSecond } from '../../indexes/test/support.ts';
import { cell, write } from '../../indexes/test/support-lookup.ts';
import { tableOf, withTable } from '../../schema/test/support.ts';
import { encodePartitionKey } from '../../types/partition-key.ts';
import { buildUnfinishedViews, buildView, builtViews, forgetView, isBuilt, viewBuilds } from '../index.ts';
import { base, expectedLines, linesOf, schema, setUp, views } from './support.ts';

type Step =
  | { readonly kind: 'write' | 'decide'; readonly mutations: readonly Mutation[] }
  | { readonly kind: 'later' | 'truncate' | 'build' | 'check' };

const mutations = fc.array(anyMutation, { minLength: 1, maxLength: 4 });
const anyStep: fc.Arbitrary<Step> = fc.oneof(
  { weight: 10, arbitrary: mutations.map((made) => ({ kind: 'write' as const, mutations: made })) },
  { weight: 3, arbitrary: mutations.map((made) => ({ kind: 'decide' as const, mutations: made })) },
  { weight: 3, arbitrary: fc.constant({ kind: 'later' as const }) },
  { weight: 3, arbitrary: fc.constant({ kind: 'check' as const }) },
  { weight: 1, arbitrary: fc.constant({ kind: 'build' as const }) },
  { weight: 1, arbitrary: fc.constant({ kind: 'truncate' as const }) },
);

test('a view is the function of its table, whatever was written at whatever times', async () => {
  let rows = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(anyStep, { minLength: 4, maxLength: 30 }), async (steps) => {
      const { memory, storage, clock, modules } = setUp({ now: firstSecond });
      for (const step of [...steps, { kind: 'check' } as const]) {
        switch (step.kind) {
          case 'write':
            await storage.write(step.mutations);
            break;
          case 'decide':
            await storage.decide(() => ({ mutations: step.mutations, result: undefined }));
            break;
          case 'later':
            clock.now += 1;
            break;
          case 'truncate':
            await storage.truncate(base);
            break;
          case 'build':
            // As if the view had just been made.
            await memory.truncate(...views, builtViews, viewBuilds);
            for (const view of views) await buildView(modules, view);
            break;
          case 'check':
            for (const view of views) {
              const lines = await linesOf(storage, view, clock.now);
              expect(lines).toEqual(await expectedLines(memory, view, clock.now));
              rows += lines.length;
            }
        }
      }
    }),
    { numRuns: 250 },
  );
  expect(rows).toBeGreaterThan(1000);
}, 30_000);

const key = (number: number) => encodePartitionKey([byte(0), byte(number)]);
const [first, , second] = decimals as [Uint8Array, Uint8Array, Uint8Array];
const byValue = views[0]!;

test('a view row that comes back shows cells that are older than its disappearance', async () => {
  const { storage } = setUp();
  await storage.write([write(key(0), { v: cell(first, 10n), plain: cell(byte(7), 5n) })]);
  await storage.write([write(key(0), { v: cell(second, 20n) })]);
  await storage.write([write(key(0), { v: cell(first, 30n) })]);
  expect(await linesOf(storage, byValue, 100)).toEqual(['000000010a | 00.00.00.00 | plain=07@5/0/0']);
});

test('a write that changes nothing in the base table changes nothing in a view', async () => {
  const { memory, storage } = setUp();
  await storage.write([write(key(0), { v: cell(first, 10n) })]);
  const before = memory.memtable.table(byValue.id)!.bytes;
  await storage.write([write(key(0), { v: cell(second, 9n) })]);
  await storage.write([write(key(0), { v: cell(first, 10n) })]);
  expect(memory.memtable.table(byValue.id)!.bytes).toBe(before);
});

test('writes at the same time are all seen by a view', async () => {
  const { memory, storage } = setUp();
  await Promise.all(
    Array.from({ length: 40 }, (_, at) =>
      storage.write([
        write(key(at % 2), { v: cell(decimals[at % 3]!, BigInt(at)), plain: cell(byte(at), BigInt(at)) }),
      ]),
    ),
  );
  for (const view of views)
    expect(await linesOf(storage, view, 100)).toEqual(await expectedLines(memory, view, 100));
});

test('a key that would be too long in a view is refused, one that was there before is not in the view', async () => {
  const long = new Uint8Array(70_000).fill(1);
  const { memory, storage, modules } = setUp();
  const written = write(key(0), { v: cell(long, 1n) });
  await expect(storage.write([written])).rejects.toThrow(
    'Key length of 70000 is longer than maximum of 65535',
  );
  await memory.write([written]);
  await buildView(modules, byValue);
  expect(await linesOf(storage, byValue, 100)).toEqual([]);
  await storage.write([write(key(0), { v: cell(first, 2n) })]);
  expect(await linesOf(storage, byValue, 100)).toHaveLength(1);
});

test('a large table is built in steps, goes on where it was stopped, and says when it is done', async () => {
  const { memory, storage, modules } = setUp();
  const all = Array.from({ length: 1500 }, (_, at) =>
    write(key(at % 5), { v: cell(decimals[at % 3]!, 1n) }, { clustering: [byte(at >> 8), byte(at & 255)] }),
  );
  await memory.write(all);
  const stop = new AbortController();
  let steps = 0;
  const counting = new Proxy(memory, {
    get: (target, name) => {
      const value: unknown = Reflect.get(target, name);
      if (typeof value !== 'function') return value;
      return (...values: unknown[]) => {
        if (name === 'decide' && ++steps === 4) stop.abort();
        return (value as (...of: unknown[]) => unknown).apply(target, values);
      };
    },
  });
  await expect(buildView({ ...modules, storage: counting }, byValue, stop.signal)).rejects.toThrow('abort');
  expect(steps).toBe(4);
  expect((await linesOf(storage, byValue, 100)).length).toBe(1024);
  expect(await isBuilt(memory, byValue)).toBe(false);
  await buildView({ ...modules, storage: counting }, byValue);
  // Not all of what was done is done again.
  expect(steps).toBeLessThan(4 + 6);
  expect(await linesOf(storage, byValue, 100)).toEqual(await expectedLines(memory, byValue, 100));
  expect(await isBuilt(memory, byValue)).toBe(true);
  await forgetView(modules, byValue);
  expect(await isBuilt(memory, byValue)).toBe(false);
});

test('what is not built is built at the start', async () => {
  const { memory, storage, modules } = setUp();
  await memory.write([write(key(0), { v: cell(first, 10n) })]);
  await buildUnfinishedViews(modules, schema);
  for (const view of views) expect(await isBuilt(memory, view)).toBe(true);
  expect(await linesOf(storage, byValue, 100)).toHaveLength(1);
});

test('tables without views are written as they are', async () => {
  const { storage } = setUp();
  const elsewhere = tableOf(withTable(schema, 'plain', 'p int; v int', 'p'), 'plain');
  await storage.write([{ ...write(key(0), {}), table: elsewhere.id }]);
  await expect(storage.decide(() => ({ mutations: [], result: 7 }))).resolves.toBe(7);
});

test('a number that is written otherwise is so in the clustering of a view', async () => {
  const { storage } = setUp();
  const filtered = views[2]!;
  const at = { clustering: [byte(1), byte(0)] };
  await storage.write([write(key(0), { v: cell(decimals[0]!, 10n) }, at)]);
  await storage.write([write(key(0), { v: cell(decimals[1]!, 11n) }, at)]);
  expect(await linesOf(storage, filtered, 100)).toEqual(['00.00 | 0000000264.01.00 | ']);
});
