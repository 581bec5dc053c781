/** Streams and pending lists against plain arrays. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { PendingList } from '../engine/types/pending-list.ts';
import { StreamConsumer } from '../engine/types/stream-group.ts';
import { maxId, parseAutoSeq, parseId, StreamId, zeroId } from '../engine/types/stream-id.ts';
import { StreamValue } from '../engine/types/stream-value.ts';

const limits = { entriesMax: 10, bytesMax: 400 };
const u64 = fc.oneof(
  fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
  fc.bigInt({ min: 0n, max: 50n }),
  fc.constantFrom(0n, 2n ** 53n - 1n, 2n ** 53n, 2n ** 64n - 1n),
);
const idOf = (ms: bigint, seq: bigint) => parseId(`${ms}-${seq}`, 0)!;

test('ids are ordered, counted on and written as 128-bit numbers are', () => {
  const whole = ([ms, seq]: readonly [bigint, bigint]) => ms * 2n ** 64n + seq;
  fc.assert(
    fc.property(fc.tuple(u64, u64), fc.tuple(u64, u64), (a, b) => {
      const [first, second] = [idOf(...a), idOf(...b)];
      expect(first.toString()).toBe(`${a[0]}-${a[1]}`);
      expect(Math.sign(first.compare(second))).toBe(
        Number(whole(a) > whole(b)) - Number(whole(a) < whole(b)),
      );
      expect(first.equals(second)).toBe(whole(a) === whole(b));
      const next = first.next();
      if (next === undefined) expect(first.equals(maxId)).toBe(true);
      else {
        expect(whole([BigInt(next.ms), BigInt(next.seq)])).toBe(whole(a) + 1n);
        expect(next.previous()!.equals(first)).toBe(true);
      }
    }),
  );
  expect(zeroId.previous()).toBeUndefined();
});

test('what is no id is refused', () => {
  for (const text of ['', '-', '1-', '-1', '1-1-1', 'a', '1-a', ' 1', '18446744073709551616', '1-*', '0x1'])
    expect(parseId(text, 0), text).toBeUndefined();
  expect(parseId('7', 9)).toEqual(new StreamId(7, 9));
  expect(parseAutoSeq('7-*')).toBe(7);
  for (const text of ['*', '-*', '7-**', '7-1']) expect(parseAutoSeq(text), text).toBeUndefined();
});

type Step =
  | { readonly add: readonly string[]; readonly gap: number }
  | { readonly remove: number }
  | { readonly keep: number; readonly whole: boolean; readonly limit: number }
  | { readonly below: number; readonly whole: boolean };

const text = fc.oneof(
  fc.constantFrom('', '1', '-1', '4096', 'abc', '9223372036854775807'),
  fc.string({ unit: 'binary' }),
);
const bytes = text.map((found) => Buffer.from(found).latin1Slice().slice(0, 100));
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 10,
    arbitrary: fc.record({
      add: fc.oneof(
        bytes.map((found) => ['f', found]),
        fc.array(bytes, { minLength: 2, maxLength: 6 }).map((found) => found.slice(0, found.length & ~1)),
      ),
      gap: fc.integer({ min: 1, max: 3 }),
    }),
  },
  { weight: 3, arbitrary: fc.record({ remove: fc.nat(300) }) },
  fc.record({ keep: fc.nat(40), whole: fc.boolean(), limit: fc.constantFrom(0, 0, 5, 20) }),
  fc.record({ below: fc.nat(300), whole: fc.boolean() }),
);

test('a stream gives what an array of its entries would', () => {
  fc.assert(
    fc.property(
      fc.array(step, { maxLength: 200, size: 'max' }),
      fc.nat(300),
      fc.nat(300),
      (steps, from, to) => {
        const stream = new StreamValue();
        let model: { id: number; fields: readonly string[] }[] = [];
        let last = 0;
        for (const done of steps) {
          if ('add' in done) {
            last += done.gap;
            stream.append(new StreamId(last, 0), done.add, 0, stream.needsBlock(done.add, 0, limits));
            model.push({ id: last, fields: done.add });
          } else if ('remove' in done) {
            const there = model.some(({ id }) => id === done.remove);
            expect(stream.delete(new StreamId(done.remove, 0))).toBe(there);
            model = model.filter(({ id }) => id !== done.remove);
          } else {
            const count =
              'keep' in done
                ? stream.excess(done.keep, done.whole, done.limit)
                : stream.countBelow(new StreamId(done.below, 0), done.whole, 0);
            const exact =
              'keep' in done
                ? Math.max(0, model.length - done.keep)
                : model.filter(({ id }) => id < done.below).length;
            if (done.whole || ('limit' in done && done.limit > 0)) expect(count).toBeLessThanOrEqual(exact);
            else expect(count).toBe(exact);
            stream.trimHead(count);
            model = model.slice(count);
          }
          expect(stream.size).toBe(model.length);
          expect(Number(stream.firstId.ms)).toBe(model[0]?.id ?? 0);
          expect(stream.lastEntryId?.ms).toBe(model.at(-1)?.id);
        }
        const inRange = model.filter(({ id }) => id >= from && id <= to);
        const shown = (entries: readonly { id: StreamId; fields: readonly string[] }[]) =>
          entries.map(({ id, fields }) => ({ id: Number(id.ms), fields }));
        const [start, end] = [new StreamId(from, 0), new StreamId(to, 0)];
        expect(shown(stream.range(start, end, 0, false))).toEqual(inRange);
        expect(shown(stream.range(start, end, 3, true))).toEqual(inRange.reverse().slice(0, 3));
      },
    ),
    { numRuns: 80 },
  );
});

test('a pending list gives what a sorted array would', () => {
  const consumer = new StreamConsumer('c', 0);
  const change = fc.tuple(fc.boolean(), fc.nat(2000));
  fc.assert(
    fc.property(fc.array(change, { maxLength: 2000, size: 'max' }), fc.nat(2000), (changes, at) => {
      const list = new PendingList();
      const model = new Set<number>();
      for (const [add, ms] of changes) {
        const id = new StreamId(ms, 0);
        if (add && !model.has(ms)) list.add({ id, consumer, deliveredAt: 0, deliveries: 1 });
        if (!add) expect(list.delete(id)).toBe(model.has(ms));
        if (add) model.add(ms);
        else model.delete(ms);
      }
      const sorted = [...model].sort((a, b) => a - b);
      expect([...list].map(({ id }) => id.ms)).toEqual(sorted);
      expect([list.size, list.first?.id.ms, list.last?.id.ms]).toEqual([
        sorted.length,
        sorted[0],
        sorted.at(-1),
      ]);
      expect(list.from(new StreamId(at, 0))?.id.ms).toBe(sorted.find((ms) => ms >= at));
      expect(list.after(new StreamId(at, 0))?.id.ms).toBe(sorted.find((ms) => ms > at));
      expect(list.find(new StreamId(at, 0))?.id.ms).toBe(model.has(at) ? at : undefined);
    }),
    { numRuns: 40 },
  );
});
