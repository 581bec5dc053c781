import { ByteReader, ByteWriter } from '@hypergate/kit/bytes';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { listType } from '../engine/types/list-type.ts';
import { ListValue } from '../engine/types/list-value.ts';
import { listpackBytesMin, listpackEntryBytes } from '../engine/types/listpack-size.ts';

/** A step: what is done, where (as a share of the size) and how often. */
const step = fc.record({
  kind: fc.constantFrom(
    'pushLeft',
    'pushRight',
    'popLeft',
    'popRight',
    'dropLeft',
    'dropRight',
    'set',
    'insert',
    'remove',
    'get',
  ),
  share: fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }),
  times: fc.integer({ min: 1, max: 300 }),
  length: fc.constantFrom(0, 3, 40, 700, 9000),
});
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

let serial = 0;
const nextItem = (length: number): string => String(serial++).padEnd(length, 'x');

function take(list: ListValue, model: string[], { kind, share, times, length }: Step): void {
  const at = Math.floor(share * model.length);
  if (kind === 'pushLeft' || kind === 'pushRight') {
    for (let i = 0; i < times; i++) {
      const item = nextItem(length);
      list[kind](item);
      if (kind === 'pushLeft') model.unshift(item);
      else model.push(item);
    }
  } else if (kind === 'popLeft' || kind === 'popRight') {
    for (let i = Math.min(times, model.length); i > 0; i--) {
      expect(list[kind]()).toBe(kind === 'popLeft' ? model.shift() : model.pop());
    }
  } else if (kind === 'dropLeft' || kind === 'dropRight') {
    list[kind](at);
    if (kind === 'dropLeft') model.splice(0, at);
    else model.splice(model.length - at, at);
  } else if (kind === 'insert') {
    for (let i = 0; i < times; i++) {
      const item = nextItem(length);
      list.insert(at, item);
      model.splice(at, 0, item);
    }
  } else if (model.length > 0) {
    if (kind === 'get') expect(list.get(at)).toBe(model[at]);
    else if (kind === 'set') {
      model[at] = nextItem(length);
      list.set(at, model[at]);
    } else {
      const indexes = model.map((_, i) => i).filter((i) => i >= at && (i * 7919) % 400 < times);
      list.remove(indexes);
      for (const i of indexes.reverse()) model.splice(i, 1);
    }
  }
}

describe('a list', () => {
  it('holds what an array would, after any changes', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40, size: 'max' }), (steps) => {
        const list = new ListValue();
        const model: string[] = [];
        for (const one of steps) {
          take(list, model, one);
          expect(list.size).toBe(model.length);
        }
        expect([...list]).toEqual(model);
        for (let i = 0; i < model.length; i += 37) expect(list.get(i)).toBe(model[i]);
        const packed = model.reduce((sum, item) => sum + listpackEntryBytes(item), listpackBytesMin);
        expect(list.packedBytes).toBe(packed);
        const leftwards: string[] = [];
        list.scan(true, (item, index) => {
          expect(index).toBe(model.length - 1 - leftwards.length);
          leftwards.push(item);
          return undefined;
        });
        expect(leftwards).toEqual(model.reverse());
      }),
      { numRuns: 150 },
    );
  });

  it('counts the memory of an empty list again once all is gone', () => {
    const empty = new ListValue().bytes;
    const list = new ListValue();
    for (let i = 0; i < 1000; i++) list.insert(i >> 1, nextItem(i % 50));
    for (let i = 0; i < 100; i++) list.set(i * 10, nextItem(20_000));
    expect(list.bytes).toBeGreaterThan(2_000_000);
    list.remove([...Array(700).keys()]);
    list.dropLeft(100);
    list.dropRight(200);
    expect([list.size, list.bytes]).toEqual([0, empty]);
  });

  it('is stored and loaded', () => {
    const list = ListValue.from(['', 'a', '\xff\x00\r\n', 'x'.repeat(70_000), '12']);
    const out = new ByteWriter();
    listType.save(list, out);
    const loaded = listType.load(new ByteReader(out.take()));
    expect([...loaded]).toEqual([...list]);
    expect(loaded.bytes).toBe(list.bytes);
  });

  it('of a million elements finds any of them without going through the others', () => {
    const list = new ListValue();
    for (let i = 0; i < 1_000_000; i++) list.pushRight(String(i));
    let wrong = 0;
    for (let i = 0; i < 200_000; i++) {
      const index = (i * 7919) % 1_000_000;
      if (list.get(index) !== String(index)) wrong++;
    }
    expect(wrong).toBe(0);
    list.insert(500_000, 'here');
    expect([list.get(499_999), list.get(500_000), list.get(500_001)]).toEqual(['499999', 'here', '500000']);
    expect(list.bytes).toBeLessThan(1_000_000 * 40);
  });
});
