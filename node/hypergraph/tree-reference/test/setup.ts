/** The vectors' rules, the reference's committer, and one made of a hash. */
import { readFileSync } from 'node:fs';
import { sha512 } from '@noble/hashes/sha2.js';
import { concatBytes, hexToBytes } from '@noble/hashes/utils.js';
import { testCurve } from '../../../crypto/bls48581/test/test-curve.ts';
import { createReferenceKzg } from '../../../crypto/kzg/index.ts';
import { decodeReferenceWidth, parseReferenceSrs } from '../../../crypto/srs/index.ts';
import { type Committer, createReferenceTree, type Entry, type ReferenceTree } from '../index.ts';
import vectors from './golden/tree.json' with { type: 'json' };

export { vectors };

export const curve = testCurve;
const srsText = readFileSync(
  new URL('../../../crypto/srs/test/golden/reference-srs.json', import.meta.url),
  'utf8',
);
const srs = decodeReferenceWidth(curve, parseReferenceSrs(srsText), 64);
export const kzg = createReferenceKzg(curve, srs, { width: 64 });

/** SHA-512 over the 4,096 bytes of all slots, as in the golden roots of the facts. */
export const hashCommitter: Committer = {
  commit: (slots) => sha512(concatBytes(...slots.map((slot) => slot ?? new Uint8Array(64)))),
};

const encoder = new TextEncoder();

export function entriesOf(
  seed: string,
  count: number,
  factor: number,
): (Entry & { hashTarget: Uint8Array })[] {
  let state = sha512(encoder.encode(seed));
  return Array.from({ length: count }, (_, index) => {
    state = sha512(state);
    const key = state.slice(0, 32);
    const value = key.slice().reverse();
    value[0]! ^= (index * factor) % 256;
    const hashTarget = sha512(concatBytes(encoder.encode('golden-hash-target'), key, value));
    return { key, value, hashTarget, size: BigInt(index + 1) };
  });
}

export function treeOf(committer: Committer, entries: readonly Entry[], keyBytes = 32): ReferenceTree {
  const tree = createReferenceTree(committer, keyBytes);
  for (const entry of entries) tree.insert(entry);
  return tree;
}

const known = new Map<string, { tree: ReferenceTree; entries: Entry[] }>();

/** The tree of a vector, with real commitments. */
export function vectorTree(seed: string): {
  readonly tree: ReferenceTree;
  readonly entries: readonly Entry[];
} {
  const found = known.get(seed);
  if (found !== undefined) return found;
  const { n, factor } = vectors.trees.find((one) => one.seed === seed)!;
  const entries = entriesOf(seed, n, factor);
  const made = { tree: treeOf(kzg, entries), entries };
  known.set(seed, made);
  return made;
}

export const bytes = (hex: string): Uint8Array => hexToBytes(hex);
