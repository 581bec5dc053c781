/** Fat leaves between memory and storage: a leaf of one bucket is that bucket's piece, a larger one has a directory. */
import { NodeError } from '../../api/index.ts';
import { runLength } from './entry-run.ts';
import {
  decodeBucket,
  decodeDirectory,
  encodeBucket,
  encodeDirectory,
  isPiece,
  type LeafState,
  pieceKind,
} from './format/pieces-v1.ts';
import { leafCommitment } from './format/v1.ts';
import { treeLimits } from './limits.ts';
import { hashBytes, nodeHashes } from './node-hashing.ts';
import type { PieceReader, PieceRef, Pieces, ReadMemory } from './pieces.ts';
import { bucketsBelow, hashTrie, type TrieBucket, type TrieNode } from './trie.ts';

const corrupt = (what: string): NodeError => new NodeError('corrupt', `commitment tree: ${what}`);

export interface LoadedLeaf {
  /** Buckets of a directory are not loaded. */
  readonly trie: TrieNode;
  readonly directory: PieceRef | undefined;
}

/** @throws NodeError `corrupt` */
export async function loadLeaf(
  state: LeafState,
  pieces: PieceReader,
  memory?: ReadMemory,
): Promise<LoadedLeaf> {
  const { at } = state;
  if (Buffer.isBuffer(at)) return { trie: loadedBucket(at, undefined, state), directory: undefined };
  const [piece] = await pieces.read([at], memory);
  if (isPiece(piece!, pieceKind.bucket)) {
    return { trie: loadedBucket(decodeBucket(piece!), at, state), directory: undefined };
  }
  const trie = decodeDirectory(piece!);
  if (trie.count !== state.count)
    throw corrupt('a directory holds another number of entries than its parent says');
  return { trie, directory: at };
}

function loadedBucket(run: Buffer, ref: PieceRef | undefined, state: LeafState): TrieBucket {
  if (runLength(run) !== state.count)
    throw corrupt('a bucket holds another number of entries than its parent says');
  return { kind: 'bucket', count: state.count, hash: undefined, run, ref };
}

/** Fills in the runs of buckets that have none yet. @throws NodeError `corrupt` */
export async function loadBuckets(
  buckets: readonly TrieBucket[],
  pieces: PieceReader,
  memory?: ReadMemory,
): Promise<void> {
  if (buckets.length === 0) return;
  const read = await pieces.read(buckets.map(refOf), memory);
  buckets.forEach((bucket, index) => {
    const run = decodeBucket(read[index]!);
    if (runLength(run) !== bucket.count)
      throw corrupt('a bucket holds another number of entries than its directory says');
    bucket.run = run;
  });
}

function refOf({ ref }: TrieBucket): PieceRef {
  if (ref === undefined) throw new Error('a bucket has neither entries nor a piece');
  return ref;
}

/** 64 bytes. */
export function commitmentOf(trie: TrieNode, path: Uint8Array): Buffer {
  return Buffer.from(leafCommitment(nodeHashes, path, trie.count, hashBytes(hashTrie(trie))));
}

/** Writes what of the leaf is not stored yet. @param path empty for a whole tree, which is kept inline when it is small */
export function writeLeaf(trie: TrieNode, path: Uint8Array, pieces: Pieces): LeafState {
  const value = commitmentOf(trie, path);
  const common = { kind: 'leaf', count: trie.count, value } as const;
  if (trie.kind === 'inner') {
    for (const bucket of bucketsBelow(trie)) writeBucket(bucket, pieces);
    return { ...common, at: pieces.write(encodeDirectory(trie, (length) => pieces.take(length))) };
  }
  if (path.length === 0 && trie.count <= treeLimits.inlineEntriesMax && trie.run !== undefined) {
    if (trie.ref !== undefined) pieces.free(trie.ref);
    return { ...common, at: Buffer.from(trie.run) };
  }
  return { ...common, at: writeBucket(trie, pieces) };
}

function writeBucket(bucket: TrieBucket, pieces: Pieces): PieceRef {
  if (bucket.ref === undefined) {
    if (bucket.run === undefined) throw new Error('a bucket has neither entries nor a piece');
    bucket.ref = pieces.write(encodeBucket(bucket.run, (length) => pieces.take(length)));
    // The trie may live on until its parent is known; the entries are in the piece.
    bucket.run = undefined;
  }
  return bucket.ref;
}

/** Frees all pieces of a leaf. */
export async function freeLeaf(state: LeafState, pieces: Pieces): Promise<void> {
  if (Buffer.isBuffer(state.at)) return;
  const { trie, directory } = await loadLeaf(state, pieces);
  if (directory !== undefined) pieces.free(directory);
  for (const { ref } of bucketsBelow(trie)) if (ref !== undefined) pieces.free(ref);
}
