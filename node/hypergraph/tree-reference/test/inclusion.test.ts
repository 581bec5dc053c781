/** Inclusion proofs of the reference: made byte for byte, and every false one refused. */
import { sha512 } from '@noble/hashes/sha2.js';
import { bytesToHex, concatBytes } from '@noble/hashes/utils.js';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type InclusionProof,
  proveInclusion,
  readProof,
  TreeFormatError,
  verifyInclusion,
  writeProof,
} from '../index.ts';
import { bytes, curve, entriesOf, kzg, treeOf, vectors, vectorTree } from './setup.ts';

interface VectorProof {
  readonly D: string;
  readonly pi: string;
  readonly subProofs: readonly {
    readonly commits: readonly string[];
    readonly ys: readonly string[];
    readonly paths: readonly (readonly number[])[];
  }[];
}

const proofOf = ({ D, pi, subProofs }: VectorProof): InclusionProof => ({
  multiproof: concatBytes(bytes(D), bytes(pi)),
  keys: subProofs.map(({ commits, ys, paths }) => ({
    commitments: commits.map(bytes),
    values: ys.map(bytes),
    paths,
  })),
});

const verify = (root: string, keys: readonly Uint8Array[], proof: InclusionProof) =>
  verifyInclusion(curve, kzg, { root: bytes(root), keyBytes: 32, keys }, proof);

describe('proofs', () => {
  test.each(vectors.inclusionProofs)('of $tree, $key$keys', (vector) => {
    const { tree, entries } = vectorTree(vector.tree);
    const keys = (vector.keys ?? [vector.key!]).map(bytes);
    const expected = proofOf(vector);
    expect(proveInclusion(tree, kzg, keys)).toEqual(expected);
    const result = verify(vector.root, keys, expected);
    expect(result.refused).toBeUndefined();
    const targetOf = (key: Uint8Array) =>
      entries.find((entry) => bytesToHex(entry.key) === bytesToHex(key))!.hashTarget;
    expect(result.targets).toEqual(keys.map(targetOf));
    if (vector.wireGo !== undefined) {
      expect(bytesToHex(writeProof(expected, 'go'))).toBe(vector.wireGo);
      expect(bytesToHex(sha512(writeProof(expected, 'rust')))).toBe(vector.wireRustSha512);
      expect(readProof(bytes(vector.wireGo))).toEqual(expected);
      expect(readProof(writeProof(expected, 'rust'))).toEqual(expected);
    }
  });

  test('of absent keys, and of none, do not exist', () => {
    const { tree, entries } = vectorTree('two-keys-different-prefix');
    expect(proveInclusion(tree, kzg, [new Uint8Array(32)])).toBeUndefined();
    expect(proveInclusion(tree, kzg, [entries[0]!.key, new Uint8Array(32)])).toBeUndefined();
    expect(proveInclusion(tree, kzg, [])).toBeUndefined();
  });

  test('of a single leaf need no opening', () => {
    const { tree, entries } = vectorTree('single-leaf');
    const { key, hashTarget } = entries[0]!;
    const proof = proveInclusion(tree, kzg, [key])!;
    const root = bytesToHex(tree.root());
    expect(verify(root, [key], proof)).toEqual({ targets: [hashTarget] });
    expect(readProof(writeProof(proof))).toEqual(proof);
    const other = { ...proof, keys: proof.keys.map((one) => ({ ...one, values: [bytes('00')] })) };
    expect(verify(root, [key], other).refused?.code).toBe('leaf');
    expect(verify(root, [key], { ...proof, multiproof: new Uint8Array(148) }).refused?.code).toBe(
      'multiproof',
    );
  });
});

/** The key that each vector is about. */
const firstKey = (seed: string) => vectorTree(seed).entries[0]!.key;

describe('false proofs are refused', () => {
  const negative = vectors.negativeProofs;

  test.each(negative)('$name', (vector) => {
    const seed = vectors.trees.find(({ root }) => root === vector.root)!.seed;
    const keys = [firstKey(seed === 'scatter-2000' ? 'scatter-256' : seed)];
    const result = verify(vector.root, keys, proofOf(vector as unknown as VectorProof));
    expect(result.refused === undefined).toBe(vector.expect);
  });

  test('an invented leaf that hashes right is stopped by the pairing alone', () => {
    // The hole: in a tree of one branch the reference never looks at the multiproof.
    const { tree, entries } = vectorTree('two-keys-different-prefix');
    const { key } = entries[0]!;
    const proof = proveInclusion(tree, kzg, [key])!;
    const [one] = proof.keys;
    const target = sha512(bytes('00'));
    const leaf = sha512(concatBytes(Uint8Array.of(0), key, target));
    const forged = {
      ...proof,
      keys: [{ ...one!, commitments: [one!.commitments[0]!, leaf], values: [leaf, target] }],
    };
    expect(verify(bytesToHex(tree.root()), [key], forged).refused?.code).toBe('multiproof');
  });

  test('a key that takes bytes of the target is of a wrong length', () => {
    const { tree, entries } = vectorTree('two-keys-different-prefix');
    const { key, hashTarget } = entries[0]!;
    const proof = proveInclusion(tree, kzg, [key])!;
    const longer = concatBytes(key, hashTarget!.subarray(0, 1));
    const [one] = proof.keys;
    const moved = { ...proof, keys: [{ ...one!, values: [one!.values[0]!, hashTarget!.subarray(1)] }] };
    const root = bytesToHex(tree.root());
    expect(verify(root, [longer], moved).refused?.code).toBe('keys');
    // Only the length stops it.
    const lax = verifyInclusion(curve, kzg, { root: bytes(root), keyBytes: 33, keys: [longer] }, moved);
    expect(lax.refused).toBeUndefined();
  });

  test('each cause is named', () => {
    const { tree, entries } = vectorTree('scatter-32');
    const key = bytes(vectors.inclusionProofs.find(({ key: one }) => one?.startsWith('63f2'))!.key!);
    const proof = proveInclusion(tree, kzg, [key])!;
    const root = bytesToHex(tree.root());
    const [one] = proof.keys;
    const code = (part: Partial<typeof one>, keys = [key]) =>
      verify(root, keys, { ...proof, keys: [{ ...one!, ...part }] }).refused?.code;
    expect(code({})).toBeUndefined();
    expect(code({}, [])).toBe('keys');
    expect(code({}, [key, key])).toBe('keys');
    expect(code({}, [entries[0]!.key])).toBe('path');
    expect(code({ paths: one!.paths.slice(1) })).toBe('shape');
    expect(code({ paths: [[], ...one!.paths.slice(1)] })).toBe('shape');
    expect(code({ values: one!.values.slice(1) })).toBe('shape');
    expect(code({ commitments: [...one!.commitments].reverse() })).toBe('shape');
    expect(code({ commitments: [new Uint8Array(74), ...one!.commitments.slice(1)] })).toBe('root');
    expect(code({ values: [new Uint8Array(64), ...one!.values.slice(1)] })).toBe('chain');
    expect(code({ values: [...one!.values.slice(0, -1), new Uint8Array()] })).toBe('leaf');
    expect(verify(root, [key], { ...proof, multiproof: new Uint8Array(148) }).refused?.code).toBe(
      'multiproof',
    );
    expect(verify(root, [key], { ...proof, multiproof: new Uint8Array() }).refused?.code).toBe('multiproof');
  });
});

describe('the wire form', () => {
  const tree = treeOf(kzg, entriesOf('wire', 3, 1));
  const keys = entriesOf('wire', 3, 1).map(({ key }) => key);
  const written = writeProof(proveInclusion(tree, kzg, keys)!);

  test('any bytes are read or refused, and what is read is written the same', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(written.length - 1), fc.nat(255)), { maxLength: 3 }),
        fc.nat(written.length),
        (changes, length) => {
          const changed = written.slice(0, length);
          for (const [at, value] of changes) if (at < changed.length) changed[at] = value;
          try {
            expect(writeProof(readProof(changed))).toEqual(changed);
          } catch (error) {
            expect(error).toBeInstanceOf(TreeFormatError);
          }
        },
      ),
      { numRuns: 500 },
    );
  });

  test('counts are bounded before anything is made of them', () => {
    const huge = (at: number) => {
      const changed = written.slice();
      changed.fill(0xff, at, at + 4);
      return () => readProof(changed);
    };
    for (const at of [0, 4, 160, 164, 168]) expect(huge(at)).toThrow(TreeFormatError);
  });
});
