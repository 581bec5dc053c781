import fc from 'fast-check';
import { expect, test } from 'vitest';
import { SortedTree, type TreeWalk } from '../sorted-tree.ts';

const compare = (left: number, right: number) => left - right;

function all(walk: TreeWalk<number>): number[] {
  const items: number[] = [];
  for (let item = walk.next(); item !== undefined; item = walk.next()) items.push(item);
  return items;
}

/** Runs of numbers, so that trees of several levels come about and are emptied again. */
const step = fc.record({
  isInsertion: fc.boolean(),
  from: fc.integer({ min: 0, max: 20_000 }),
  count: fc.integer({ min: 1, max: 3000 }),
  by: fc.constantFrom(1, -1, 7, -13),
});

test('it holds what a sorted set holds, and walks from any position in both directions', () => {
  fc.assert(
    fc.property(
      fc.array(step, { maxLength: 12 }),
      fc.integer({ min: -5, max: 25_000 }),
      (steps, position) => {
        const tree = new SortedTree<number>(compare);
        const model = new Set<number>();
        for (const { isInsertion, from, count, by } of steps) {
          for (let index = 0; index < count; index++) {
            const item = from + index * by;
            if (isInsertion && !model.has(item)) {
              tree.insert(item);
              model.add(item);
            } else if (!isInsertion) expect(tree.remove(item)).toBe(model.delete(item));
          }
        }
        const sorted = [...model].sort(compare);
        expect(tree.size).toBe(sorted.length);
        expect(all(tree.first())).toEqual(sorted);
        expect(all(tree.from(position, compare))).toEqual(sorted.filter((item) => item >= position));
        expect(all(tree.before(position, compare))).toEqual(
          sorted.filter((item) => item < position).reverse(),
        );
        for (const item of [position, ...sorted.slice(0, 50)]) {
          expect(tree.get(item, compare)).toBe(model.has(item) ? item : undefined);
        }
      },
    ),
    { numRuns: 30 },
  );
});

test.each([false, true])('a walk goes on while the tree changes around it (reversed: %s)', (isReversed) => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 999 }), { maxLength: 300 }), (changes) => {
      const tree = new SortedTree<number>(compare);
      const model = new Set<number>();
      for (let item = 0; item < 1000; item += 2) {
        tree.insert(item);
        model.add(item);
      }
      const walk = isReversed ? tree.before(1000, compare) : tree.from(0, compare);
      let last = isReversed ? 1000 : -1;
      for (const change of changes) {
        const next = [...model].filter((item) => (isReversed ? item < last : item > last)).sort(compare);
        const expected = isReversed ? next.at(-1) : next[0];
        expect(walk.peek()).toBe(expected);
        expect(walk.next()).toBe(expected);
        if (expected === undefined) return;
        last = expected;
        for (let near = change; near < change + 40; near++) {
          if (model.delete(near)) tree.remove(near);
          else {
            tree.insert(near);
            model.add(near);
          }
        }
      }
    }),
    { numRuns: 60 },
  );
});

test('removing what is not there changes nothing', () => {
  const tree = new SortedTree<number>(compare);
  expect(tree.remove(1)).toBe(false);
  tree.insert(2);
  expect(tree.remove(1)).toBe(false);
  expect(all(tree.first())).toEqual([2]);
});
