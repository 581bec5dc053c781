/** The tree of a sorted set against a sorted list. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { leafEntriesMax, ScoreTree } from '../engine/types/score-tree.ts';

type Entry = readonly [score: number, member: string];

const compare = (a: Entry, b: Entry): number => {
  if (a[0] !== b[0]) return a[0] < b[0] ? -1 : 1;
  return a[1] < b[1] ? -1 : a[1] > b[1] ? 1 : 0;
};

function entriesOf(tree: ScoreTree): Entry[] {
  const entries: Entry[] = [];
  if (tree.size === 0) return entries;
  const cursor = tree.at(0);
  for (let i = 0; i < tree.size; i++) {
    entries.push([cursor.score, cursor.member]);
    cursor.forward();
  }
  return entries;
}

function entriesBackwards(tree: ScoreTree): Entry[] {
  const entries: Entry[] = [];
  if (tree.size === 0) return entries;
  const cursor = tree.at(tree.size - 1);
  for (let i = 0; i < tree.size; i++) {
    entries.push([cursor.score, cursor.member]);
    cursor.backward();
  }
  return entries;
}

/** Every question the tree answers, asked about every entry. */
function expectSame(tree: ScoreTree, sorted: readonly Entry[]): void {
  expect(tree.size).toBe(sorted.length);
  expect(entriesOf(tree)).toEqual(sorted);
  expect(entriesBackwards(tree)).toEqual([...sorted].reverse());
  for (const [rank, [score, member]] of sorted.entries()) {
    expect(tree.rank(score, member)).toBe(rank);
    const cursor = tree.at(rank);
    expect([cursor.score, cursor.member]).toEqual([score, member]);
    expect(tree.countWhile((other) => other < score)).toBe(sorted.findIndex((entry) => entry[0] === score));
  }
}

const scoreArbitrary = fc.oneof(
  fc.integer({ min: -5, max: 5 }),
  fc.double({ noNaN: true }),
  fc.constantFrom(Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY),
);

test('a tree built of sorted entries holds them', () => {
  for (const size of [0, 1, leafEntriesMax, leafEntriesMax + 1, 1000, 20_000]) {
    const sorted = Array.from({ length: size }, (_, i): Entry => [i >> 2, `m${String(i).padStart(6, '0')}`]);
    const tree = new ScoreTree();
    tree.build(
      sorted.map(([score]) => score),
      sorted.map(([, member]) => member),
    );
    expect(entriesOf(tree)).toEqual(sorted);
    for (let rank = 0; rank < size; rank += 97) {
      expect(tree.rank(...sorted[rank]!)).toBe(rank);
      expect(tree.at(rank).member).toBe(sorted[rank]![1]);
    }
  }
});

describe('after any insertions and removals', () => {
  test('a few entries', () => {
    const step = fc.tuple(scoreArbitrary, fc.string({ maxLength: 3 }), fc.boolean());
    fc.assert(
      fc.property(fc.array(step, { maxLength: 300 }), (steps) => {
        const tree = new ScoreTree();
        let model: Entry[] = [];
        for (const [score, member, remove] of steps) {
          const entry: Entry = [score === 0 ? 0 : score, member];
          const known = model.some((other) => compare(other, entry) === 0);
          if (remove) {
            expect(tree.remove(...entry)).toBe(known);
            model = model.filter((other) => compare(other, entry) !== 0);
          } else if (!known) {
            tree.insert(...entry);
            model.push(entry);
          }
        }
        expectSame(tree, model.sort(compare));
      }),
    );
  });

  test.each(['rising', 'falling', 'random', 'equal'])('thousands of entries with %s scores', (kind) => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 9000 }), fc.infiniteStream(fc.nat(1 << 30)), (size, stream) => {
        const next = (): number => stream.next().value!;
        const tree = new ScoreTree();
        const entries: Entry[] = [];
        for (let i = 0; i < size; i++) {
          const score = { rising: i, falling: -i, random: next() % 5000, equal: 7 }[kind]!;
          const entry: Entry = [score, `${next() % 1000}:${i}`];
          tree.insert(...entry);
          entries.push(entry);
        }
        entries.sort(compare);
        expect(entriesOf(tree)).toEqual(entries);
        // Long runs are removed, from either end or the middle: nodes are joined and dropped.
        while (entries.length > 0) {
          const from = [0, next() % entries.length, Math.max(0, entries.length - 700)][next() % 3]!;
          for (const entry of entries.splice(from, 1 + (next() % 700)))
            expect(tree.remove(...entry)).toBe(true);
          expect(tree.size).toBe(entries.length);
          for (let i = 0; i < 5 && entries.length > 0; i++) {
            const rank = next() % entries.length;
            expect(tree.rank(...entries[rank]!)).toBe(rank);
            expect(tree.at(rank).member).toBe(entries[rank]![1]);
          }
          if (entries.length < 2000) expect(entriesOf(tree)).toEqual(entries);
        }
        tree.insert(1, 'again');
        expect(entriesOf(tree)).toEqual([[1, 'again']]);
      }),
      { numRuns: 8 },
    );
  });
});
