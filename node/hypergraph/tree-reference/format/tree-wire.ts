/**
 * A whole tree as the reference's nodes write it. A field is u64 length ‖ bytes.
 *   nothing  00
 *   leaf     01 ‖ key ‖ value ‖ hash target ‖ commitment ‖ size (fields)
 *   branch   02 ‖ u32 count ‖ prefix (i32 each) ‖ 64 children ‖ commitment ‖ size (fields) ‖ leaf count i64 ‖ longest branch i32
 * A size is a minimal unsigned integer in Go (nothing for zero), a signed one in Rust. "Longest branch" is metadata that
 * depends, in both, on the order of insertions; written here is the number of branches below, which depends on the content.
 */
import { TreeFormatError } from '../errors.ts';
import { leafCommitment } from '../hashing.ts';
import { treeLimits } from '../limits.ts';
import { branchWidth, nibblesOf } from '../nibbles.ts';
import { type Branch, type Committer, commitmentOf, leafCountOf, type Node, newBranch } from '../nodes.ts';
import { createReferenceTree, equalBytes, newLeaf, type ReferenceTree } from '../tree.ts';
import type { Dialect } from './proof-wire.ts';
import { Reader } from './reader.ts';
import { Writer } from './writer.ts';

const kinds = { none: 0, leaf: 1, branch: 2 } as const;

export function writeTree({ rootNode, committer }: ReferenceTree, dialect: Dialect = 'go'): Uint8Array {
  const writer = new Writer();
  const field = (bytes: Uint8Array) => writer.u64(bytes.length).bytes(bytes);
  const write = (node: Node | undefined): void => {
    if (node === undefined) {
      writer.u8(kinds.none);
    } else if (node.kind === 'leaf') {
      writer.u8(kinds.leaf);
      for (const bytes of [node.key, node.value, node.hashTarget, node.commitment]) field(bytes);
      field(sizeBytes(node.size, dialect));
    } else {
      writer.u8(kinds.branch).u32(node.prefix.length);
      for (const nibble of node.prefix) writer.u32(nibble);
      for (const child of node.children) write(child);
      field(commitmentOf(node, committer));
      field(sizeBytes(node.size, dialect));
      writer.u64(leafCountOf(node)).u32(branchesBelow(node));
    }
  };
  write(rootNode);
  return writer.done();
}

function branchesBelow(node: Branch): number {
  return Math.max(...node.children.map((child) => (child?.kind === 'branch' ? 1 + branchesBelow(child) : 0)));
}

function sizeBytes(size: bigint, dialect: Dialect): Uint8Array {
  if (size === 0n) return new Uint8Array(dialect === 'go' ? 0 : 1);
  const hex = size.toString(16);
  const even = hex.length % 2 === 0 ? hex : `0${hex}`;
  const bytes = Uint8Array.from(even.match(/../g)!, (pair) => Number.parseInt(pair, 16));
  return dialect === 'rust' && bytes[0]! >= 0x80 ? Uint8Array.of(0, ...bytes) : bytes;
}

/**
 * Everything that can be computed is computed and compared: commitments, sizes, counts, the place of each key. Only the
 * "longest branch" is read over. @throws TreeFormatError
 */
export function readTree(
  bytes: Uint8Array,
  committer: Committer,
  keyBytes: number,
  dialect: Dialect = 'go',
): ReferenceTree {
  if (bytes.length > treeLimits.treeBytesMax) throw new TreeFormatError('the tree is too long');
  const reader = new Reader(bytes);
  const field = (most: number) => {
    const length = reader.u64();
    if (length > most) throw new TreeFormatError('a field is too long');
    return reader.take(length);
  };
  const size = (expected: bigint) => {
    if (!equalBytes(field(33), sizeBytes(expected, dialect))) throw new TreeFormatError('a size is wrong');
  };

  const readLeaf = (above: readonly number[]): Node => {
    const [key, value, hashTarget] = [
      field(keyBytes),
      field(treeLimits.fieldBytesMax),
      field(treeLimits.fieldBytesMax),
    ];
    const commitment = field(64);
    if (key.length !== keyBytes) throw new TreeFormatError('a key has another length');
    const nibbles = nibblesOf(key);
    if (!above.every((nibble, index) => nibbles[index] === nibble)) {
      throw new TreeFormatError('a key stands in a wrong place');
    }
    if (!equalBytes(commitment, leafCommitment(key, hashTarget.length > 0 ? hashTarget : value))) {
      throw new TreeFormatError('a leaf has another commitment');
    }
    return newLeaf({ key, value, hashTarget, size: readSize(field(33), dialect) });
  };

  const readBranch = (above: readonly number[]): Node => {
    const depthMax = nibblesOf(new Uint8Array(keyBytes)).length;
    const count = reader.u32();
    if (above.length + count >= depthMax) throw new TreeFormatError('a branch lies too deep');
    const prefix = Array.from({ length: count }, () => {
      const nibble = reader.u32();
      if (nibble >= branchWidth) throw new TreeFormatError('a nibble is too large');
      return nibble;
    });
    const path = [...above, ...prefix];
    const children = Array.from({ length: branchWidth }, (_, index) => read([...path, index]));
    if (children.filter((child) => child !== undefined).length < 2) {
      throw new TreeFormatError('a branch has fewer than two children');
    }
    const branch = newBranch(prefix, children);
    if (!equalBytes(field(128), commitmentOf(branch, committer))) {
      throw new TreeFormatError('a branch has another commitment');
    }
    size(branch.size);
    if (reader.u64() !== branch.leafCount) throw new TreeFormatError('a leaf count is wrong');
    reader.u32();
    return branch;
  };

  const read = (above: readonly number[]): Node | undefined => {
    const kind = reader.u8();
    if (kind === kinds.none) return undefined;
    if (kind === kinds.leaf) return readLeaf(above);
    if (kind === kinds.branch) return readBranch(above);
    throw new TreeFormatError('a node has an unknown kind');
  };
  const root = read([]);
  reader.end();
  return createReferenceTree(committer, keyBytes, root);
}

function readSize(bytes: Uint8Array, dialect: Dialect): bigint {
  const size = bytes.reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
  if (!equalBytes(bytes, sizeBytes(size, dialect)))
    throw new TreeFormatError('a size is not in its shortest form');
  return size;
}
