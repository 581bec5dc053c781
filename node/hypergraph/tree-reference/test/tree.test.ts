/** Roots, sequences and stored forms of the reference's tree. */
import { sha512 } from '@noble/hashes/sha2.js';
import { bytesToHex, concatBytes } from '@noble/hashes/utils.js';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { leafCommitment } from '../hashing.ts';
import {
  createReferenceTree,
  type Entry,
  type Node,
  nibblesOf,
  readTree,
  TreeFormatError,
  writeTree,
} from '../index.ts';
import { bytes, entriesOf, hashCommitter, kzg, treeOf, vectors, vectorTree } from './setup.ts';

describe('keys and leaves', () => {
  test('nibbles are 6 bits, the last filled with zeros', () => {
    expect(nibblesOf(bytes('ab'))).toEqual([42, 48]);
    expect(nibblesOf(bytes('0003c0'))).toEqual([0, 0, 15, 0]);
    expect(nibblesOf(new Uint8Array(64).fill(0xff))).toEqual([...new Array<number>(85).fill(63), 48]);
  });

  test.each(vectors.leaves)('the leaf of $key', ({ key, value, hashTarget, commitment }) => {
    const target = hashTarget === '' ? value : hashTarget;
    expect(bytesToHex(leafCommitment(bytes(key), bytes(target)))).toBe(commitment);
  });
});

describe('roots', () => {
  test.each(vectors.trees)('of $n keys of $seed', (vector) => {
    const { tree, entries } = vectorTree(vector.seed);
    expect(bytesToHex(sha512(concatBytes(...entries.map(({ key }) => key))))).toBe(vector.keysSha512);
    expect(bytesToHex(tree.root())).toBe(vector.root);
    expect(tree.size).toBe(BigInt(vector.size));
    expect(tree.leafCount).toBe(vector.leafCount);
    const shape = shapeOf(tree.rootNode);
    expect([shape.branches, shape.levels]).toEqual([vector.branches, vector.levels]);
  });

  test.each([
    [
      'single-leaf',
      1,
      0,
      '4e61dbcbfd76200ea94ebc48f026a6879e3db9741b22a8a773b9b717def3170c002be87cdf1a43dbf0d4f3885aeee36d72095f55332e2cfe120b698c32bb600e',
    ],
    [
      'two-keys-different-prefix',
      2,
      7,
      '93108d4bdfcb12161a432d51b9a8e273d67672ffb7bcbfa94f822ccc4ad06dd7904324816458224585a129e6e47705ffe90ee54f68dfb8211b2032b473a7db4e',
    ],
    [
      'scatter-32',
      32,
      13,
      'a172fa11a404314ac64cf28b6d834872ef0f0bf288c17877fd61d847e5ab3066ef26bb0b2fdf341eccf5da012caeb492b786fbab106a856801bdb34498b2b36f',
    ],
    [
      'scatter-256',
      256,
      19,
      '60703353780e3dea0942efe12e02404426b4c7153798d2b6087d89e13139f2d4a8c0ffef96d65c57e8170d3b42bbbc3585899bbb4ae5be875d1e2a6d0695e2e2',
    ],
  ])('under a hash instead of a commitment: %s', (seed, count, factor, root) => {
    expect(bytesToHex(treeOf(hashCommitter, entriesOf(seed, count, factor)).root())).toBe(root);
  });

  test('of nothing', () => {
    expect(bytesToHex(createReferenceTree(kzg, 32).root())).toBe(vectors.emptyRoot);
  });
});

describe('sequences', () => {
  test.each(vectors.sequences)('$name', ({ steps }) => {
    const tree = createReferenceTree(kzg, steps[0]!.key.length / 2);
    for (const step of steps) {
      if (step.op === 'insert') {
        const { key, value, hashTarget, size } = step;
        tree.insert({
          key: bytes(key),
          value: bytes(value!),
          hashTarget: bytes(hashTarget!),
          size: BigInt(size!),
        });
      } else {
        expect(tree.delete(bytes(step.key))).toBe(step.found);
      }
      expect(bytesToHex(tree.root())).toBe(step.root);
      expect([String(tree.size), tree.leafCount]).toEqual([step.size_total, step.leafCount]);
    }
  });
});

/** Few keys that share long prefixes, so that splits and merges happen. */
const key = fc
  .tuple(fc.constantFrom(0, 0xff), fc.constantFrom(0, 0x0f, 0xfc), fc.constantFrom(0, 1, 0x40), fc.nat(3))
  .map((parts) => Uint8Array.from(parts));
const step = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({
      key,
      value: fc.uint8Array({ maxLength: 4 }),
      size: fc.bigInt({ min: 0n, max: 300n }),
    }),
  },
  { weight: 2, arbitrary: fc.record({ key }) },
);

describe('the tree', () => {
  test('is a function of its content, whatever the history', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), fc.func(fc.nat()), (steps, order) => {
        const tree = createReferenceTree(hashCommitter, 4);
        const model = new Map<string, Entry>();
        for (const one of steps) {
          const name = bytesToHex(one.key);
          if ('value' in one) {
            tree.insert(one);
            model.set(name, one);
          } else {
            expect(tree.delete(one.key)).toBe(model.delete(name));
          }
          // Commitments computed on the way are the stale ones, if any are.
          if (order(name, 'root') % 2 === 0) tree.root();
        }
        const content = [...model.values()].sort(
          (a, b) => order(bytesToHex(a.key)) - order(bytesToHex(b.key)),
        );
        const fresh = treeOf(hashCommitter, content, 4);
        expect(tree.root()).toEqual(fresh.root());
        expect(tree.leafCount).toBe(model.size);
        expect(tree.size).toBe(content.reduce((sum, { size }) => sum + size, 0n));
        for (const { key: one, value } of content) expect(tree.get(one)?.value).toEqual(value);
        expect(writeTree(tree)).toEqual(writeTree(fresh));
      }),
      { numRuns: 200 },
    );
  });

  test('refuses keys of another length, and sizes below zero', () => {
    const tree = createReferenceTree(hashCommitter, 4);
    const value = new Uint8Array();
    expect(() => tree.insert({ key: new Uint8Array(3), value, size: 1n })).toThrow(RangeError);
    expect(() => tree.insert({ key: new Uint8Array(4), value, size: -1n })).toThrow(RangeError);
    expect(() => tree.get(new Uint8Array(5))).toThrow(RangeError);
    expect(() => tree.delete(new Uint8Array(5))).toThrow(RangeError);
    expect(() => createReferenceTree(hashCommitter, 65)).toThrow(RangeError);
  });
});

describe('a tree as bytes', () => {
  test('is written as the reference writes it', () => {
    const { tree } = vectorTree(vectors.serialisation.tree);
    expect(bytesToHex(writeTree(tree, 'go'))).toBe(vectors.serialisation.goFormat);
    expect(bytesToHex(writeTree(tree, 'rust'))).toBe(vectors.serialisation.rustFormat);
    expect(readTree(writeTree(tree), kzg, 32).root()).toEqual(tree.root());
  });

  test('is read back in both dialects, also with sizes of zero and with the highest bit set', () => {
    const sized = entriesOf('sizes', 6, 3).map((entry, index) => ({
      ...entry,
      size: [0n, 1n, 127n, 128n, 255n, 65_535n][index]!,
    }));
    const tree = treeOf(hashCommitter, sized);
    const [go, rust] = [writeTree(tree, 'go'), writeTree(tree, 'rust')];
    expect(go).not.toEqual(rust);
    expect(writeTree(readTree(go, hashCommitter, 32, 'go'), 'rust')).toEqual(rust);
    expect(writeTree(readTree(rust, hashCommitter, 32, 'rust'), 'go')).toEqual(go);
    expect(() => readTree(rust, hashCommitter, 32, 'go')).toThrow(TreeFormatError);
    expect(writeTree(readTree(Uint8Array.of(0), hashCommitter, 32))).toEqual(Uint8Array.of(0));
  });

  test('is refused when any byte was changed, but for the metadata at its end', () => {
    const written = writeTree(treeOf(hashCommitter, entriesOf('few', 3, 1)));
    fc.assert(
      fc.property(fc.nat(written.length - 5), fc.integer({ min: 1, max: 255 }), (at, change) => {
        const changed = written.slice();
        changed[at]! ^= change;
        // Value and size of a leaf with a hash target are in no hash; sums of sizes bind the latter.
        fc.pre(!insideValue(written, at));
        expect(() => readTree(changed, hashCommitter, 32)).toThrow(TreeFormatError);
      }),
      { numRuns: 500 },
    );
    expect(() => readTree(written.subarray(0, -1), hashCommitter, 32)).toThrow(TreeFormatError);
    expect(() => readTree(Uint8Array.of(...written, 0), hashCommitter, 32)).toThrow(TreeFormatError);
    expect(() => readTree(new Uint8Array(), hashCommitter, 32)).toThrow(TreeFormatError);
  });
});

/** Whether the byte belongs to the 32 bytes of a leaf's value: found by looking for the values. */
function insideValue(written: Uint8Array, at: number): boolean {
  const hex = bytesToHex(written);
  return entriesOf('few', 3, 1).some(({ value }) => {
    const start = hex.indexOf(bytesToHex(value)) / 2;
    return at >= start && at < start + value.length;
  });
}

function shapeOf(node: Node | undefined): { branches: number; levels: number } {
  if (node === undefined) return { branches: 0, levels: 0 };
  if (node.kind === 'leaf') return { branches: 0, levels: 1 };
  const below = node.children.map(shapeOf);
  return {
    branches: 1 + below.reduce((sum, { branches }) => sum + branches, 0),
    levels: 1 + Math.max(...below.map(({ levels }) => levels)),
  };
}
