import { createPooledRandom, secretKey } from '@hypergate/node/crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RecordingStore } from '../../test/support/recording-store.ts';
import { TreeCursor } from '../cursor.ts';
import { IndexDamaged } from '../errors.ts';
import { IndexTree, type TreeOptions } from '../index-tree.ts';

const key = secretKey(Buffer.alloc(32, 5));
const random = createPooledRandom();
const open = (store: RecordingStore, options: Partial<TreeOptions> = {}) =>
  IndexTree.open(options, { store, key, random });

/** Small enough that a few hundred entries split and join pages, fill redo blocks and evict from the cache. */
const small = {
  pageBytes: 400,
  leafChangesBytesMax: 120,
  cacheBytes: 1500,
  redoBlockBytes: 150,
  redoBytesMax: 900,
  redoBytesCeiling: 2000,
  redoShare: 1 / 4,
} satisfies Partial<TreeOptions>;

type Entry = readonly [string, string];
const text = (bytes: Uint8Array) => Buffer.from(bytes).toString('latin1');

function walk(
  tree: IndexTree,
  low: string,
  high: string | undefined,
  reverse: boolean,
  limit = Infinity,
): Entry[] {
  const bound = high === undefined ? undefined : Buffer.from(high, 'latin1');
  const cursor = new TreeCursor(tree, { low: Buffer.from(low, 'latin1'), high: bound, reverse });
  const found: Entry[] = [];
  while (found.length < limit && cursor.next()) found.push([text(cursor.key()), text(cursor.value())]);
  return found;
}

class Model {
  readonly map = new Map<string, string>();
  range(low: string, high: string | undefined, reverse: boolean): Entry[] {
    const found = [...this.map]
      .filter(([name]) => name >= low && (high === undefined || name < high))
      .sort(([left], [right]) => (left < right ? -1 : 1));
    return reverse ? found.reverse() : found;
  }
}

const names = fc.oneof(
  fc.integer({ min: 0, max: 300 }).map((number) => `bucket/photos/${String(number).padStart(4, '0')}`),
  fc.string({
    maxLength: 12,
    unit: fc.integer({ min: 0, max: 255 }).map((byte) => String.fromCharCode(byte)),
  }),
);
const values = fc.oneof(
  fc.string({ maxLength: 20, unit: 'binary-ascii' }),
  fc.integer({ min: 100, max: 900 }).map((length) => 'v'.repeat(length)),
);
type Command =
  | { readonly kind: 'put'; readonly name: string; readonly value: string }
  | { readonly kind: 'delete'; readonly name: string }
  | { readonly kind: 'clear'; readonly low: string; readonly high: string }
  | { readonly kind: 'fill'; readonly from: number; readonly count: number }
  | { readonly kind: 'flush' | 'crash' | 'reopen' | 'refuse' }
  | {
      readonly kind: 'walk';
      readonly low: string;
      readonly high: string | undefined;
      readonly reverse: boolean;
    };
const commands = fc.array(
  fc.oneof<fc.Arbitrary<Command>[]>(
    {
      weight: 12,
      arbitrary: fc.record({ kind: fc.constant('put' as const), name: names, value: values }),
    } as never,
    { weight: 5, arbitrary: fc.record({ kind: fc.constant('delete' as const), name: names }) } as never,
    {
      weight: 1,
      arbitrary: fc.record({ kind: fc.constant('clear' as const), low: names, high: names }),
    } as never,
    {
      weight: 1,
      arbitrary: fc.record({
        kind: fc.constant('fill' as const),
        from: fc.integer({ min: 0, max: 300 }),
        count: fc.integer({ min: 1, max: 80 }),
      }),
    } as never,
    {
      weight: 3,
      arbitrary: fc.constantFrom<Command>(
        { kind: 'flush' },
        { kind: 'flush' },
        { kind: 'crash' },
        { kind: 'reopen' },
        { kind: 'refuse' },
      ),
    } as never,
    {
      weight: 3,
      arbitrary: fc.record({
        kind: fc.constant('walk' as const),
        low: names,
        high: fc.option(names, { nil: undefined }),
        reverse: fc.boolean(),
      }),
    } as never,
  ),
  { minLength: 20, maxLength: 150 },
);

describe('the index tree', () => {
  it('behaves as a sorted map, over splits, joins, evictions, refused flushes, reopening and crashes', async () => {
    await fc.assert(
      fc.asyncProperty(commands, async (script) => {
        let store = new RecordingStore();
        let tree = await open(store, small);
        const model = new Model();
        let saved = new Map<string, string>();
        const set = (name: string, value: string | undefined) => {
          if (value === undefined) {
            tree.delete(Buffer.from(name, 'latin1'));
            model.map.delete(name);
          } else {
            tree.put(Buffer.from(name, 'latin1'), Buffer.from(value, 'latin1'));
            model.map.set(name, value);
          }
        };
        const flush = async () => {
          tree.watermark += 1;
          await tree.flush();
          saved = new Map(model.map);
        };
        for (const command of script) {
          switch (command.kind) {
            case 'put':
              set(command.name, command.value);
              break;
            case 'delete':
              set(command.name, undefined);
              break;
            case 'clear':
              for (const [name] of model.range(command.low, command.high, false)) set(name, undefined);
              break;
            case 'fill':
              for (let number = 0; number < command.count; number += 1)
                set(`bucket/photos/${String(command.from + number).padStart(4, '0')}`, `photo ${number}`);
              break;
            case 'flush':
              await flush();
              break;
            case 'refuse': {
              const { watermark } = tree;
              store.failure = new Error('no space');
              await expect(tree.flush()).rejects.toThrow('no space');
              tree.watermark = watermark;
              break;
            }
            case 'reopen':
              await flush();
              tree = await open(store, small);
              break;
            case 'crash': {
              store = store.afterPowerCut();
              tree = await open(store, small);
              model.map.clear();
              for (const [name, value] of saved) model.map.set(name, value);
              break;
            }
            case 'walk':
              expect(walk(tree, command.low, command.high, command.reverse)).toEqual(
                model.range(command.low, command.high, command.reverse),
              );
              break;
          }
          const probe = 'name' in command ? command.name : 'bucket/photos/0007';
          const found = tree.get(Buffer.from(probe, 'latin1'));
          expect(found === undefined ? undefined : text(found)).toBe(model.map.get(probe));
        }
        for (const reverse of [false, true])
          expect(walk(tree, '', undefined, reverse)).toEqual(model.range('', undefined, reverse));
        await flush();
        const again = await open(store.afterPowerCut(), small);
        expect(walk(again, '', undefined, false)).toEqual(model.range('', undefined, false));
        expect(again.watermark).toBe(tree.watermark);
      }),
      { numRuns: Number(process.env.HYPERGATE_SOAK === '1' ? 5000 : 250) },
    );
  });

  it('keeps cursors valid while entries come and go around them', () => {
    return fc.assert(
      fc.asyncProperty(
        fc.array(
          fc.record({
            name: fc.integer({ min: 0, max: 200 }),
            remove: fc.boolean(),
            step: fc.boolean(),
            seek: fc.option(fc.integer({ min: 0, max: 200 }), { freq: 8, nil: undefined }),
          }),
          { maxLength: 250 },
        ),
        fc.boolean(),
        async (script, reverse) => {
          const tree = await open(new RecordingStore(), small);
          const model = new Model();
          const nameOf = (number: number) => `k${String(number).padStart(5, '0')}`;
          for (let number = 0; number < 200; number += 3) {
            tree.put(Buffer.from(nameOf(number)), Buffer.from('x'));
            model.map.set(nameOf(number), 'x');
          }
          const [low, high] = ['k00010', 'k00180'];
          const cursor = new TreeCursor(tree, { low: Buffer.from(low), high: Buffer.from(high), reverse });
          let last: { name: string; inclusive: boolean } | undefined;
          let ended = false;
          for (const { name, remove, step, seek } of script) {
            if (remove) {
              tree.delete(Buffer.from(nameOf(name)));
              model.map.delete(nameOf(name));
            } else {
              tree.put(Buffer.from(nameOf(name)), Buffer.from(`value ${name}`));
              model.map.set(nameOf(name), `value ${name}`);
            }
            if (seek !== undefined) {
              cursor.seek(Buffer.from(nameOf(seek)));
              last = { name: nameOf(seek), inclusive: true };
              ended = false;
            }
            if (!step) continue;
            const position = last;
            const rest = model.range(low, high, reverse).filter(([other]) => {
              if (position === undefined) return true;
              if (other === position.name) return position.inclusive;
              return reverse ? other < position.name : other > position.name;
            });
            const expected = ended ? undefined : rest[0];
            const found = cursor.next() ? [text(cursor.key()), text(cursor.value())] : undefined;
            expect(found).toEqual(expected);
            if (found === undefined) ended = true;
            else last = { name: found[0]!, inclusive: false };
          }
        },
      ),
      { numRuns: 200 },
    );
  });

  it('goes from key to key inside and beyond its leaf as a new cursor would', () => {
    return fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.integer({ min: 0, max: 400 }), fc.boolean()), { maxLength: 120 }),
        fc.array(fc.tuple(fc.integer({ min: 0, max: 420 }), fc.integer({ min: 0, max: 3 })), {
          maxLength: 60,
        }),
        async (changes, seeks) => {
          const tree = await open(new RecordingStore(), small);
          const keyOf = (number: number) => Buffer.from(`k${String(number).padStart(5, '0')}`);
          for (let number = 0; number < 400; number += 2) tree.put(keyOf(number), Buffer.from('page'));
          await tree.flush();
          for (const [number, remove] of changes) {
            if (remove) tree.delete(keyOf(number));
            else tree.put(keyOf(number), Buffer.from('change'));
          }
          const range = { low: keyOf(20), high: keyOf(380), reverse: false };
          const cursor = new TreeCursor(tree, range);
          for (const [to, steps] of seeks) {
            cursor.seek(keyOf(to));
            const fresh = new TreeCursor(tree, range);
            fresh.seek(keyOf(to));
            for (let step = 0; step < steps; step += 1) {
              const more = fresh.next();
              expect(cursor.next()).toBe(more);
              if (more)
                expect([text(cursor.key()), text(cursor.value())]).toEqual([
                  text(fresh.key()),
                  text(fresh.value()),
                ]);
            }
          }
        },
      ),
      { numRuns: 100 },
    );
  });

  it('keeps values and keys it gave out unchanged by later writes', async () => {
    const tree = await open(new RecordingStore(), small);
    tree.put(Buffer.from('a'), Buffer.from('first'));
    const first = tree.get(Buffer.from('a'))!;
    for (let count = 0; count < 200; count += 1) tree.put(Buffer.from('a'), Buffer.from(`value ${count}`));
    expect(text(first)).toBe('first');
  });

  it('shrinks to nothing when everything is deleted, and grows again', async () => {
    const store = new RecordingStore();
    const tree = await open(store, small);
    for (let round = 0; round < 3; round += 1) {
      for (let number = 0; number < 500; number += 1) tree.put(Buffer.from(`k${number}`), Buffer.alloc(20));
      await tree.flush();
      expect(tree.status().leaves).toBeGreaterThan(20);
      for (let number = 0; number < 500; number += 1) tree.delete(Buffer.from(`k${number}`));
      // Leaves keep a few deletions that were not worth writing; the same ones again drive them out.
      for (let number = 0; number < 500; number += 1) tree.delete(Buffer.from(`k${number}`));
      expect(walk(tree, '', undefined, false)).toEqual([]);
      await tree.flush();
      expect(tree.status().leaves).toBeLessThan(20);
    }
    expect(store.map.size).toBeLessThan(60);
  });

  it('fills pages when keys arrive in order', async () => {
    const tree = await open(new RecordingStore(), { pageBytes: 4096, leafChangesBytesMax: 512 });
    let bytes = 0;
    for (let number = 0; number < 5000; number += 1) {
      const name = Buffer.from(`key ${String(number).padStart(8, '0')}`);
      tree.put(name, Buffer.alloc(50));
      bytes += 4 + 3 + 50;
    }
    expect(tree.status().leaves).toBeLessThan((1.25 * bytes) / 4096 + 3);
  });

  it('bounds the redo log and what it keeps in memory', async () => {
    const tree = await open(new RecordingStore(), small);
    let most = 0;
    for (let number = 0; number < 3000; number += 1) {
      tree.put(Buffer.from(`k${(number * 7919) % 3000}`), Buffer.alloc(30));
      if (number % 50 === 0) await tree.flush();
      const { redoBytes, leaves } = tree.status();
      const share = (leaves * small.pageBytes) / 4;
      expect(redoBytes).toBeLessThan(Math.max(900, Math.min(2000, share)) + 400);
      most = Math.max(most, redoBytes);
    }
    // A large tree may have more of it.
    expect(most).toBeGreaterThan(1900);
    await tree.flush();
    for (let number = 0; number < 3000; number += 1) tree.get(Buffer.from(`k${number}`));
    expect(tree.status().cachedBytes).toBeLessThan(1500 + 1200);
  });

  it('writes no key and no value in the clear', async () => {
    const store = new RecordingStore();
    const tree = await open(store, small);
    for (let number = 0; number < 200; number += 1)
      tree.put(Buffer.from(`secret-name-${number}`), Buffer.from(`secret-value-${number}`));
    await tree.flush();
    for (const [name, value] of store.map) {
      expect(Buffer.from(name, 'hex').length).toBe(7);
      expect(value.includes('secret')).toBe(false);
    }
  });

  it('refuses changed, exchanged, missing and foreign pages, and opens again after a wipe', async () => {
    const store = new RecordingStore();
    const tree = await open(store, small);
    for (let number = 0; number < 200; number += 1) tree.put(Buffer.from(`k${number}`), Buffer.alloc(20));
    await tree.flush();
    const readAll = async (changed: RecordingStore) =>
      walk(await open(changed, small), '', undefined, false).length;
    expect(await readAll(store.copy())).toBe(200);
    const names = [...store.map.keys()].filter((name) => !name.startsWith('73'));
    for (const name of names) {
      const changed = store.copy();
      const bytes = Buffer.from(changed.map.get(name)!);
      bytes[bytes.length >> 1]! ^= 1;
      changed.map.set(name, bytes);
      await expect(readAll(changed), name).rejects.toThrow(IndexDamaged);
      if (name === '6d000000000000') continue;
      const missing = store.copy();
      missing.map.delete(name);
      await expect(readAll(missing), name).rejects.toThrow(IndexDamaged);
    }
    const pages = names.filter((name) => name.startsWith('70'));
    const exchanged = store.copy();
    exchanged.map.set(pages[0]!, store.map.get(pages[1]!)!);
    await expect(readAll(exchanged)).rejects.toThrow(IndexDamaged);
    const foreign = { store: store.copy(), key: secretKey(Buffer.alloc(32, 6)), random };
    await expect(IndexTree.open(small, foreign)).rejects.toThrow(IndexDamaged);
    await IndexTree.wipe(store);
    expect(store.map.size).toBe(0);
    expect(await readAll(store)).toBe(0);
  });

  it('refuses entries beyond its limits', async () => {
    const tree = await open(new RecordingStore());
    expect(() => tree.put(Buffer.alloc(24 * 1024 + 1), Buffer.alloc(1))).toThrow(RangeError);
    expect(() => tree.put(Buffer.alloc(1), Buffer.alloc(60_001))).toThrow(RangeError);
    tree.put(Buffer.alloc(24 * 1024), Buffer.alloc(60_000));
    expect(tree.get(Buffer.alloc(24 * 1024))!.length).toBe(60_000);
  });
});
