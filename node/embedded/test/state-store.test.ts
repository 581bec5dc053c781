import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { OutcomeMemory, type StateKey, type StateWrite, stateKey } from '../../hypergraph/index.ts';
import { MemoryStore } from '../../store/index.ts';
import type { KeyValueStore } from '../../store/kv.ts';
import { AppliedFeed } from '../applied-feed.ts';
import { ByteCache } from '../byte-cache.ts';
import { Lifecycle } from '../lifecycle.ts';
import { embeddedLimits } from '../limits.ts';
import { StateStore } from '../state-store.ts';

const keys: readonly StateKey[] = Array.from({ length: 12 }, (_, index) => stateKey(0x61, Buffer.of(index)));

/** Holds every batch until it is let go, or fails it. */
class HeldStore {
  readonly inner = new MemoryStore();
  #waiting: { run: () => void; fail: () => void }[] = [];

  get waiting(): number {
    return this.#waiting.length;
  }

  store(): KeyValueStore {
    const { inner } = this;
    return {
      get: (key) => inner.get(key),
      getSync: (key) => inner.getSync(key),
      entries: (range) => inner.entries(range),
      close: () => inner.close(),
      batch: (operations) =>
        new Promise((resolve, reject) => {
          this.#waiting.push({
            run: () => {
              inner.apply(operations);
              resolve();
            },
            fail: () => reject(new Error('no room')),
          });
        }),
    };
  }

  async next(how: 'run' | 'fail'): Promise<void> {
    this.#waiting.shift()?.[how]();
    for (let turn = 0; turn < 5; turn++) await undefined;
  }
}

const write = fc.record({ key: fc.nat(keys.length - 1), value: fc.option(fc.nat(255)) });
const action = fc.oneof(
  {
    weight: 5,
    arbitrary: fc
      .array(write, { minLength: 1, maxLength: 4 })
      .map((writes) => ({ kind: 'write' as const, writes })),
  },
  { weight: 3, arbitrary: fc.constant({ kind: 'run' as const }) },
  { weight: 1, arbitrary: fc.constant({ kind: 'fail' as const }) },
  { weight: 2, arbitrary: fc.constant({ kind: 'look' as const }) },
);

describe('the state over a store that is behind', () => {
  it('shows what was written last, to gets and to ranges, whatever has reached the store', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(action, { minLength: 1, maxLength: 60, size: 'max' }),
        fc.constantFrom(1, 20, 100_000),
        fc.constantFrom(0, 600, 100_000),
        async (actions, flushBytes, cacheBytes) => {
          const held = new HeldStore();
          const store = new StateStore(
            { cacheBytes, cachedValueBytesMax: 100, flushBytes },
            { kv: held.store(), memory: new OutcomeMemory(1), onFailure: () => undefined },
          );
          const model = new Map<string, Buffer>();
          for (const step of actions) {
            if (step.kind === 'write') {
              const writes = step.writes.map(({ key, value }): StateWrite => {
                const { bytes, text } = keys[key] as StateKey;
                if (value === null) model.delete(text);
                else model.set(text, Buffer.of(value));
                return value === null
                  ? { type: 'del', key: bytes, text }
                  : { type: 'put', key: bytes, text, value: Buffer.of(value) };
              });
              store.write(writes);
            } else if (step.kind === 'look') {
              await compare(store, model);
            } else {
              await held.next(step.kind);
              if (store.failure !== undefined) store.retry();
            }
          }
          await compare(store, model);
          const flushed = store.flushed();
          while (held.waiting > 0) await held.next('run');
          await flushed;
          expect(store.unwrittenBytes).toBe(0);
          expect(
            held.inner.all().map(([key, value]) => [Buffer.from(key).toString('latin1'), value]),
          ).toEqual([...model].sort(([left], [right]) => (left < right ? -1 : 1)));
        },
      ),
      { numRuns: process.env.HYPERGATE_SOAK === '1' ? 5000 : 300 },
    );
  });
});

async function compare(store: StateStore, model: ReadonlyMap<string, Buffer>): Promise<void> {
  for (const key of keys) expect(store.get(key)?.[0]).toBe(model.get(key.text)?.[0]);
  const [from, to] = [keys[2] as StateKey, keys[9] as StateKey];
  const found: [string, number | undefined][] = [];
  for await (const [key, value] of store.entries({ gte: from.bytes, lt: to.bytes })) {
    found.push([Buffer.from(key).toString('latin1'), value[0]]);
  }
  const wanted = [...model]
    .filter(([text]) => text >= from.text && text < to.text)
    .sort(([left], [right]) => (left < right ? -1 : 1))
    .map(([text, value]) => [text, value[0]]);
  expect(found).toEqual(wanted);
}

describe('the cache of values', () => {
  it('stays within its bytes and keeps what was used last', () => {
    const cache = new ByteCache(10_000, 2_000);
    for (let index = 0; index < 100; index++) {
      cache.set(`${index}`, Buffer.alloc(500));
      cache.get('0');
      expect(cache.bytes).toBeLessThanOrEqual(10_000);
    }
    expect(cache.get('0')).toBeDefined();
    expect(cache.get('99')).toBeDefined();
    expect(cache.get('50')).toBeUndefined();
    cache.set('99', Buffer.alloc(2_001));
    expect(cache.get('99')).toBeUndefined();
  });

  it('keeps no more memory than it may, and values as they were', () => {
    const cache = new ByteCache(1_000_000, 2_000);
    const pieces = new Set<ArrayBufferLike>();
    for (let index = 0; index < 5_000; index++) {
      const whole = Buffer.alloc(64 * 1024, index);
      cache.set(`${index}`, whole.subarray(100, 110 + (index % 1000)));
      whole.fill(0);
    }
    for (let index = 0; index < 5_000; index++) {
      const value = cache.get(`${index}`);
      if (value === undefined) continue;
      expect(Buffer.from(value)).toEqual(Buffer.alloc(10 + (index % 1000), index));
      pieces.add(value.buffer);
    }
    const held = [...pieces].reduce((sum, { byteLength }) => sum + byteLength, 0);
    expect(held).toBeGreaterThan(200_000);
    expect(held).toBeLessThan(1_000_000);
  });

  it('tells an absent value from an empty one', () => {
    const cache = new ByteCache(10_000, 2_000);
    const absent = new Uint8Array(0);
    cache.set('absent', absent);
    cache.set('empty', new Uint8Array(0));
    expect(cache.get('absent')).toBe(absent);
    expect(cache.get('empty')).not.toBe(absent);
  });
});

describe('what was applied lately', () => {
  it('is remembered by bytes and by number', () => {
    const feed = new AppliedFeed(new Lifecycle(() => undefined), 1_000, 0);
    const { recentBatchesMax } = embeddedLimits;
    for (let position = 1; position <= 1000; position += 1) feed.publish({ position, transactions: [] }, 1);
    expect(feed.recent(1000)).toBeDefined();
    expect(feed.recent(1001 - recentBatchesMax)).toBeDefined();
    expect(feed.recent(1000 - recentBatchesMax)).toBeUndefined();
    feed.publish({ position: 1001, transactions: [] }, 999);
    expect(feed.recent(1000)).toBeDefined();
    expect(feed.recent(999)).toBeUndefined();
  });
});
