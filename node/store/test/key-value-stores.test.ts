import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { SimKeyValueStore, seededRandom } from '../../sim/index.ts';
import {
  ClassicLevelStore,
  type KeyValueStore,
  type KvOperation,
  type KvRange,
  MemoryStore,
} from '../index.ts';

const folders: string[] = [];
afterEach(async () => {
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true });
});

async function classic(): Promise<ClassicLevelStore> {
  const folder = await mkdtemp(join(tmpdir(), 'hypergate-kv-'));
  folders.push(folder);
  return ClassicLevelStore.open({ location: join(folder, 'kv') });
}

const kinds: [string, () => Promise<KeyValueStore>][] = [
  ['classic-level', classic],
  ['memory', async () => new MemoryStore()],
  ['simulated', async () => new SimKeyValueStore(seededRandom(1))],
];

/** Bytes that compare in surprising ways when taken for text or for signed numbers. */
const byte = fc.constantFrom(0, 1, 0x7f, 0x80, 0xc3, 0xff);
const key = fc.array(byte, { minLength: 1, maxLength: 4 }).map((bytes) => Buffer.from(bytes));
const operation: fc.Arbitrary<KvOperation> = fc.oneof(
  fc.record({ type: fc.constant('put' as const), key, value: fc.uint8Array({ maxLength: 40 }) }),
  fc.record({ type: fc.constant('del' as const), key }),
);
const range: fc.Arbitrary<KvRange> = fc.record(
  {
    gte: key,
    gt: key,
    lt: key,
    lte: key,
    reverse: fc.boolean(),
    limit: fc.integer({ min: 0, max: 8 }),
  },
  { requiredKeys: [] },
);

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

/** The model: a list of pairs, filtered and sorted anew each time. */
function select(model: Map<string, string>, wanted: KvRange): [string, string][] {
  const within = (name: string): boolean =>
    (wanted.gte === undefined || name >= hex(wanted.gte)) &&
    (wanted.gt === undefined || name > hex(wanted.gt)) &&
    (wanted.lt === undefined || name < hex(wanted.lt)) &&
    (wanted.lte === undefined || name <= hex(wanted.lte));
  const found = [...model].filter(([name]) => within(name)).sort(([a], [b]) => (a < b ? -1 : 1));
  if (wanted.reverse === true) found.reverse();
  return found.slice(0, wanted.limit ?? found.length);
}

/** abstract-level takes one lower and one upper bound. */
const tidy = (wanted: KvRange): KvRange => {
  const { gt, lte, ...rest } = wanted;
  const lower = rest.gte === undefined && gt !== undefined ? { gt } : {};
  const upper = rest.lt === undefined && lte !== undefined ? { lte } : {};
  return { ...rest, ...lower, ...upper };
};

async function collect(store: KeyValueStore, wanted: KvRange): Promise<[string, string][]> {
  const found: [string, string][] = [];
  for await (const [name, value] of store.entries(wanted)) found.push([hex(name), hex(value)]);
  return found;
}

describe.each(kinds)('key-value store: %s', (_name, open) => {
  it('behaves like a sorted map', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.array(operation, { maxLength: 12 }), fc.boolean(), range), { maxLength: 8 }),
        async (steps) => {
          const store = await open();
          const model = new Map<string, string>();
          for (const [operations, sync, raw] of steps) {
            await store.batch(operations, { sync });
            for (const one of operations) {
              if (one.type === 'put') model.set(hex(one.key), hex(one.value));
              else model.delete(hex(one.key));
            }
            const wanted = tidy(raw);
            expect(await collect(store, wanted)).toEqual(select(model, wanted));
            for (const one of operations) {
              const value = store.getSync(one.key);
              expect(value && hex(value)).toBe(model.get(hex(one.key)));
              expect(await store.get(one.key)).toEqual(value);
            }
          }
          await store.close();
        },
      ),
      { numRuns: 25 },
    );
  });

  it('applies batches in the order of the calls', async () => {
    const store = await open();
    const name = Buffer.from('key');
    const batches = Array.from({ length: 200 }, (_, index) =>
      store.batch(
        index % 3 === 2
          ? [{ type: 'del', key: name }]
          : [{ type: 'put', key: name, value: Buffer.from(String(index)) }],
        { sync: index % 50 === 0 },
      ),
    );
    await Promise.all(batches);
    expect(Buffer.from(store.getSync(name)!).toString()).toBe('199');
    await store.close();
  });

  it('lists entries as they were at the call', async () => {
    const store = await open();
    const put = (name: string): KvOperation => ({
      type: 'put',
      key: Buffer.from(name),
      value: Buffer.from('v'),
    });
    await store.batch([put('a'), put('b')], { sync: false });
    const entries = store.entries({});
    await store.batch([put('c'), { type: 'del', key: Buffer.from('a') }], { sync: false });
    const names: string[] = [];
    for await (const [name] of entries) names.push(Buffer.from(name).toString());
    expect(names).toEqual(['a', 'b']);
    await store.close();
  });
});

describe('simulated key-value store', () => {
  it('keeps synced batches and a prefix of the others through a power cut', async () => {
    const kept = new Set<number>();
    for (let seed = 1; seed <= 60; seed += 1) {
      const store = new SimKeyValueStore(seededRandom(seed));
      for (let index = 0; index < 10; index += 1) {
        await store.batch([{ type: 'put', key: Buffer.from([index]), value: Buffer.from('v') }], {
          sync: index === 4,
        });
      }
      const after = store.powerCut();
      const names = (await collect(after, {})).map(([name]) => Number.parseInt(name, 16));
      expect(names).toEqual(Array.from({ length: names.length }, (_, index) => index));
      expect(names.length).toBeGreaterThanOrEqual(5);
      kept.add(names.length);
      await expect(store.get(Buffer.from([0]))).rejects.toThrow('EPOWER');
    }
    expect(kept.size).toBe(6);
  });
});
