/**
 * How a shard's four roots reach the header. A shard is one whole domain: its path is empty.
 *
 *   shard leaf  = SHA-256(0x10 ‖ domain (32) ‖ four roots (64 each: vertex adds, vertex removes, hyperedge adds, hyperedge
 *                 removes) ‖ position (8) ‖ log head (33)): position and head of the frame that last changed the shard
 *   global tree = of 256, a commitment tree (node/hypergraph/tree) with the entry domain -> {revision: position, data hash:
 *                 shard leaf} for each shard in it; a shard is in the three trees of its L1
 *   global root = binary Merkle tree over the 256 roots: leaf SHA-256(0x11 ‖ index ‖ root), node SHA-256(0x12 ‖ left ‖ right)
 */
import { sha256 } from '@noble/hashes/sha2.js';
import { FieldWriter } from '../bytes.ts';

/** Order of a shard's roots, and the set codes of its trees. */
export const phaseCodes = {
  'vertex-adds': 0,
  'vertex-removes': 1,
  'hyperedge-adds': 2,
  'hyperedge-removes': 3,
} as const;

export const rootBytes = 64;
export const globalTrees = 256;
export const globalPathHashes = 8;

export interface Shard {
  readonly domain: Uint8Array;
  /** Four, in the order of `phaseCodes`. */
  readonly roots: readonly Uint8Array[];
  readonly position: number;
  readonly logHead: Uint8Array;
}

/** Tagged, as the data hashes of atoms are. */
export function shardLeaf({ domain, roots, position, logHead }: Shard): Uint8Array {
  const fields = new FieldWriter().u8(0x10).bytes(domain);
  for (const root of roots) fields.bytes(root);
  const encoded = fields.u64(position).bytes(logHead).done();
  if (encoded.length !== 1 + 32 + 4 * rootBytes + 8 + 33) throw new RangeError('lengths of a shard');
  return new FieldWriter().u8(0x01).bytes(sha256(encoded)).done();
}

function leafHash(index: number, root: Uint8Array): Uint8Array {
  return sha256(new FieldWriter().u8(0x11).u8(index).bytes(root).done());
}

function nodeHash(left: Uint8Array, right: Uint8Array): Uint8Array {
  return sha256(new FieldWriter().u8(0x12).bytes(left).bytes(right).done());
}

/** All levels, the 256 leaf hashes first, the root last. */
export function globalLevels(roots: readonly Uint8Array[]): readonly (readonly Uint8Array[])[] {
  if (roots.length !== globalTrees) throw new RangeError('256 global roots');
  let level = roots.map((root, index) => leafHash(index, root));
  const levels = [level];
  while (level.length > 1) {
    const below = level;
    level = Array.from({ length: below.length / 2 }, (_, index) =>
      nodeHash(below[2 * index] as Uint8Array, below[2 * index + 1] as Uint8Array),
    );
    levels.push(level);
  }
  return levels;
}

/** Sibling hashes from a leaf up. */
export function globalPath(levels: readonly (readonly Uint8Array[])[], index: number): Uint8Array[] {
  return levels.slice(0, globalPathHashes).map((level, depth) => level[(index >>> depth) ^ 1] as Uint8Array);
}

/** The global root that a tree's root and its path lead to. */
export function globalRootOf(index: number, root: Uint8Array, path: readonly Uint8Array[]): Uint8Array {
  return path.reduce(
    (hash, sibling, depth) =>
      ((index >>> depth) & 1) === 0 ? nodeHash(hash, sibling) : nodeHash(sibling, hash),
    leafHash(index, root),
  );
}
