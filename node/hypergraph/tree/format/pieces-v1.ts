/**
 * Stored bytes of trees, version 1: never changed once released; golden bytes in node/store/tree/test/golden
 * prove it. Numbers are big-endian. Nothing here is hashed: what it commits to is in v1.ts.
 *
 *   piece     'HT' ‖ u8 kind ‖ u8 version ‖ u32 bytes of what follows ‖ … ‖ zeros to whole units of 512 bytes
 *   reference u32 first unit ‖ u16 units ‖ u32 CRC-32 (as zlib) of the units
 *
 *   'b' bucket     entries of 73 bytes in key order (a leaf of up to bucketEntries entries is one bucket)
 *   'd' directory  of a larger leaf, its nodes in preorder:
 *                    inner   01 ‖ u8 split bit ‖ bits between the parent's split bit (none: the start of the key) and this one,
 *                            from the top of ceil(n/8) bytes
 *                    bucket  00 ‖ u16 entries ‖ hash 32 ‖ reference 10
 *   'n' branch     u32 committer (first 4 bytes of SHA-256 of its name) ‖ u16 length ‖ raw commitment ‖ commitment 74 ‖ 64 bits,
 *                  slot 0 first: which children there are ‖ per child: subtree
 *   subtree        u8 kind (1 leaf, 2 branch) ‖ u48 entries ‖ leaf commitment or branch hash 64 ‖ reference 10
 *   tree           subtree, or for a small tree 03 ‖ u8 entries ‖ root 64 ‖ entries
 *
 * Inner hashes of a leaf are not stored: they follow from the buckets' hashes in 0.2 ms at most, and so what a directory says is
 * checked against the leaf's commitment for nothing.
 */
import { hash } from 'node:crypto';
import { NodeError } from '../../../api/index.ts';
import { treeLimits } from '../limits.ts';
import { type PieceRef, pieceUnitBytes } from '../pieces.ts';
import { innerNode, type TrieInner, type TrieNode } from '../trie.ts';
import type { TreeRoot } from '../types.ts';
import { emptyRoot, entryBytes } from './v1.ts';

export const pieceVersion = 1;
export const pieceKind = {
  bucket: 0x62,
  directory: 0x64,
  branch: 0x6e,
  treeList: 0x74,
  meta: 0x6d,
  spaceMap: 0x73,
  spaceTable: 0x53,
} as const;

const headerBytes = 8;
export const refBytes = 10;

const corrupt = (what: string): NodeError => new NodeError('corrupt', `commitment tree: ${what}`);

/** Zeros. */
export type TakeMemory = (length: number) => Buffer;

/** A piece of the kind with `length` bytes to be written from `pieceStart` on. */
export function newPiece(kind: number, length: number, take: TakeMemory = Buffer.alloc): Buffer {
  const piece = take(Math.ceil((headerBytes + length) / pieceUnitBytes) * pieceUnitBytes);
  piece.write('HT', 0, 'latin1');
  piece[2] = kind;
  piece[3] = pieceVersion;
  piece.writeUInt32BE(length, 4);
  return piece;
}

export const pieceStart = headerBytes;

/** What a piece of the kind holds. @throws NodeError `corrupt` */
export function openPiece(piece: Buffer, kind: number): Buffer {
  const length = pieceLength(piece, kind);
  if (length === undefined) throw corrupt(`a piece is not of kind ${String.fromCharCode(kind)}`);
  return piece.subarray(headerBytes, headerBytes + length);
}

export const isPiece = (piece: Buffer, kind: number): boolean => pieceLength(piece, kind) !== undefined;

function pieceLength(piece: Buffer, kind: number): number | undefined {
  if (piece.length < headerBytes || piece[0] !== 0x48 || piece[1] !== 0x54) return undefined;
  if (piece[2] !== kind || piece[3] !== pieceVersion) return undefined;
  const length = piece.readUInt32BE(4);
  return length <= piece.length - headerBytes ? length : undefined;
}

export function writeRef(target: Buffer, ref: PieceRef, offset: number): number {
  target.writeUInt32BE(ref.at, offset);
  target.writeUInt16BE(ref.units, offset + 4);
  target.writeUInt32BE(ref.crc, offset + 6);
  return offset + refBytes;
}

export function readRef(source: Buffer, offset: number): PieceRef {
  return {
    at: source.readUInt32BE(offset),
    units: source.readUInt16BE(offset + 4),
    crc: source.readUInt32BE(offset + 6),
  };
}

export function encodeBucket(run: Buffer, take?: TakeMemory): Buffer {
  const piece = newPiece(pieceKind.bucket, run.length, take);
  run.copy(piece, pieceStart);
  return piece;
}

/** The bucket's run. @throws NodeError `corrupt` */
export function decodeBucket(piece: Buffer): Buffer {
  const run = openPiece(piece, pieceKind.bucket);
  if (run.length === 0 || run.length % entryBytes !== 0) throw corrupt('a bucket is cut short');
  return run;
}

const bucketRecordBytes = 1 + 2 + 32 + refBytes;
const skippedBytes = (split: number, from: number): number => (split - from + 7) >>> 3;

/** @param root of a leaf of more than one bucket; every bucket is hashed and has its piece */
export function encodeDirectory(root: TrieInner, take?: TakeMemory): Buffer {
  const size = (node: TrieNode, from: number): number =>
    node.kind === 'bucket'
      ? bucketRecordBytes
      : 2 +
        skippedBytes(node.split, from) +
        size(node.left, node.split + 1) +
        size(node.right, node.split + 1);
  const piece = newPiece(pieceKind.directory, size(root, 0), take);
  let offset: number = pieceStart;
  const write = (node: TrieNode, from: number): void => {
    if (node.kind === 'inner') {
      piece[offset] = 1;
      piece[offset + 1] = node.split;
      offset = copyBits(node.prefix, from, node.split, piece, offset + 2);
      write(node.left, node.split + 1);
      write(node.right, node.split + 1);
      return;
    }
    if (node.hash === undefined || node.ref === undefined) throw new Error('a bucket is not written yet');
    piece.writeUInt16BE(node.count, offset + 1);
    piece.write(node.hash, offset + 3, 32, 'latin1');
    offset = writeRef(piece, node.ref, offset + 35);
  };
  write(root, 0);
  return piece;
}

/** Bits [from, to) of a key to whole bytes; the offset behind them. */
function copyBits(key: Buffer, from: number, to: number, target: Buffer, offset: number): number {
  for (let bit = from; bit < to; bit += 1) {
    if (((key[bit >>> 3]! >>> (7 - (bit & 7))) & 1) === 1) {
      target[offset + ((bit - from) >>> 3)]! |= 0x80 >>> ((bit - from) & 7);
    }
  }
  return offset + skippedBytes(to, from);
}

/** The trie with unloaded buckets. @throws NodeError `corrupt` */
export function decodeDirectory(piece: Buffer): TrieNode {
  const bytes = openPiece(piece, pieceKind.directory);
  let offset = 0;
  const take = (length: number): number => {
    if (offset + length > bytes.length) throw corrupt('a directory is cut short');
    offset += length;
    return offset - length;
  };
  /** @param prefix the key's bits before `from`, then zeros */
  const read = (prefix: Buffer, from: number): TrieNode => {
    const at = take(1);
    if (bytes[at] === 0) {
      take(bucketRecordBytes - 1);
      return {
        kind: 'bucket',
        count: bytes.readUInt16BE(at + 1),
        hash: bytes.toString('latin1', at + 3, at + 35),
        run: undefined,
        ref: readRef(bytes, at + 35),
      };
    }
    const split = bytes[take(1)]!;
    if (bytes[at] !== 1 || split < from) throw corrupt('a directory has a node that cannot be');
    const own = Buffer.from(prefix);
    const skipped = take(skippedBytes(split, from));
    for (let bit = from; bit < split; bit += 1) {
      const source = bytes[skipped + ((bit - from) >>> 3)]!;
      if (((source >>> (7 - ((bit - from) & 7))) & 1) === 1) own[bit >>> 3]! |= 0x80 >>> (bit & 7);
    }
    // Every prefix is a buffer of its own, because the right one differs from the left one in the split bit.
    const left = read(own, split + 1);
    const rightPrefix = Buffer.from(own);
    rightPrefix[split >>> 3]! |= 0x80 >>> (split & 7);
    return innerNode(split, own, left, read(rightPrefix, split + 1));
  };
  const root = read(Buffer.alloc(treeLimits.keyBytes), 0);
  if (offset !== bytes.length) throw corrupt('a directory is longer than its nodes');
  return root;
}

export interface LeafState {
  readonly kind: 'leaf';
  readonly count: number;
  /** Leaf commitment, 64 bytes. */
  readonly value: Buffer;
  /** Its bucket or directory; or, for a small tree, its entries. */
  readonly at: PieceRef | Buffer;
}

export interface BranchState {
  readonly kind: 'branch';
  readonly count: number;
  /** Branch hash, 64 bytes. */
  readonly value: Buffer;
  readonly at: PieceRef;
}

/** What a parent, or the list of trees, knows of a subtree; undefined for an empty one. */
export type Subtree = LeafState | BranchState;

export const rootOf = (tree: Subtree | undefined): TreeRoot => ({
  root: tree?.value ?? emptyRoot,
  count: tree?.count ?? 0,
});

const subtreeBytes = 1 + 6 + 64 + refBytes;

function writeSubtree(target: Buffer, subtree: Subtree, offset: number): number {
  if (Buffer.isBuffer(subtree.at)) throw new Error('only a whole tree is kept inline');
  target[offset] = subtree.kind === 'leaf' ? 1 : 2;
  target.writeUIntBE(subtree.count, offset + 1, 6);
  subtree.value.copy(target, offset + 7);
  return writeRef(target, subtree.at, offset + 71);
}

function readSubtree(source: Buffer, offset: number): Subtree {
  const kind = source[offset];
  if (kind !== 1 && kind !== 2) throw corrupt(`a subtree is of unknown kind ${kind}`);
  return {
    kind: kind === 1 ? 'leaf' : 'branch',
    count: source.readUIntBE(offset + 1, 6),
    value: source.subarray(offset + 7, offset + 71),
    at: readRef(source, offset + 71),
  };
}

export interface StoredBranch {
  readonly children: readonly (Subtree | undefined)[];
  readonly committer: number;
  readonly raw: Uint8Array;
  readonly encoded: Uint8Array;
}

/** What tells one committer's raw bytes from another's. */
export const committerTag = (name: string): number => hash('sha256', name, 'buffer').readUInt32BE(0);

export function encodeBranch({ children, committer, raw, encoded }: StoredBranch): Buffer {
  const present = children.filter((child) => child !== undefined);
  const fixed = 4 + 2 + raw.length + encoded.length + 8;
  const piece = newPiece(pieceKind.branch, fixed + present.length * subtreeBytes);
  piece.writeUInt32BE(committer, pieceStart);
  piece.writeUInt16BE(raw.length, pieceStart + 4);
  piece.set(raw, pieceStart + 6);
  piece.set(encoded, pieceStart + 6 + raw.length);
  const bits = pieceStart + fixed - 8;
  let offset = pieceStart + fixed;
  children.forEach((child, slot) => {
    if (child === undefined) return;
    piece[bits + (slot >>> 3)]! |= 0x80 >>> (slot & 7);
    offset = writeSubtree(piece, child, offset);
  });
  return piece;
}

/** @throws NodeError `corrupt` */
export function decodeBranch(piece: Buffer): StoredBranch {
  const bytes = openPiece(piece, pieceKind.branch);
  const rawLength = bytes.length < 6 ? 0 : bytes.readUInt16BE(4);
  const bits = 6 + rawLength + treeLimits.commitmentBytes;
  let offset = bits + 8;
  if (bytes.length < offset) throw corrupt('a branch is cut short');
  const children = Array.from({ length: treeLimits.branchSlots }, (_, slot) => {
    if (((bytes[bits + (slot >>> 3)]! >>> (7 - (slot & 7))) & 1) === 0) return undefined;
    if (offset + subtreeBytes > bytes.length) throw corrupt('a branch is cut short');
    offset += subtreeBytes;
    return readSubtree(bytes, offset - subtreeBytes);
  });
  if (offset !== bytes.length) throw corrupt('a branch is longer than its children');
  return {
    children,
    committer: bytes.readUInt32BE(0),
    raw: bytes.subarray(6, 6 + rawLength),
    encoded: bytes.subarray(6 + rawLength, bits),
  };
}

export function encodeTree(tree: Subtree): Buffer {
  if (!Buffer.isBuffer(tree.at)) {
    const bytes = Buffer.alloc(subtreeBytes);
    writeSubtree(bytes, tree, 0);
    return bytes;
  }
  return Buffer.concat([Buffer.of(3, tree.count), tree.value, tree.at]);
}

/** @throws NodeError `corrupt` */
export function decodeTree(bytes: Buffer): Subtree {
  if (bytes[0] !== 3) {
    if (bytes.length !== subtreeBytes) throw corrupt('a tree has a record of another length');
    return readSubtree(bytes, 0);
  }
  const run = bytes.subarray(66);
  if (bytes.length < 66 || run.length !== bytes[1]! * entryBytes || run.length === 0) {
    throw corrupt('a small tree is cut short');
  }
  return { kind: 'leaf', count: bytes[1]!, value: bytes.subarray(2, 66), at: run };
}
