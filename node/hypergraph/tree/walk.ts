/** Walks over whole trees: freeing them, and checking every hash from the entries up. */
import { NodeError } from '../../api/index.ts';
import type { BranchCommitter } from './committer.ts';
import { runKey } from './entry-run.ts';
import { decodeBranch, type LeafState, type Subtree } from './format/pieces-v1.ts';
import { branchHash, nibbleAt } from './format/v1.ts';
import { commitmentOf, freeLeaf, loadBuckets, loadLeaf } from './leaf-store.ts';
import { treeLimits } from './limits.ts';
import { nodeHashes } from './node-hashing.ts';
import type { PieceReader, PieceRef, Pieces } from './pieces.ts';
import { bucketsBelow, buildTrie, hashTrie, isRun, loadedRun, type TrieNode } from './trie.ts';
import type { TreeShape } from './types.ts';

/** Frees every piece of the tree. */
export async function freeTree(tree: Subtree | undefined, pieces: Pieces): Promise<void> {
  if (tree === undefined) return;
  if (tree.kind === 'leaf') return freeLeaf(tree, pieces);
  const [piece] = await pieces.read([tree.at]);
  for (const child of decodeBranch(piece!).children) await freeTree(child, pieces);
  pieces.free(tree.at);
}

export interface TreeCheck {
  readonly shape: TreeShape;
  readonly pieces: PieceReader;
  readonly committer: BranchCommitter;
  /** Called with every piece of the tree. */
  readonly seen: (ref: PieceRef) => void;
}

/**
 * Reads the whole tree and makes every hash and commitment again from the entries.
 * @throws NodeError `corrupt`, naming the place of the first fault
 */
export async function verifyTree(
  tree: Subtree | undefined,
  check: TreeCheck,
  path: Uint8Array = new Uint8Array(0),
): Promise<void> {
  if (tree === undefined) return;
  if (!Buffer.isBuffer(tree.at)) check.seen(tree.at);
  if (tree.kind === 'leaf') return verifyLeaf(tree, check, path);
  const [piece] = await check.pieces.read([tree.at]);
  const { children, encoded } = decodeBranch(piece!);
  const count = children.reduce((sum, child) => sum + (child?.count ?? 0), 0);
  if (count !== tree.count || count <= check.shape.leafAtomsMax)
    throw fault(path, 'a branch has a wrong count');
  for (const [slot, child] of children.entries()) {
    await verifyTree(child, check, Uint8Array.of(...path, slot));
  }
  const commitment = await check.committer.commit(children.map((child) => child?.value));
  if (!Buffer.from(commitment.encoded).equals(encoded)) throw fault(path, 'a branch has another commitment');
  if (!Buffer.from(branchHash(nodeHashes, path, count, encoded)).equals(tree.value)) {
    throw fault(path, 'a branch has another hash than its parent says');
  }
}

const fault = (path: Uint8Array, what: string): NodeError =>
  new NodeError(
    'corrupt',
    `commitment tree: ${what}, at path ${path.length === 0 ? '(root)' : path.join('.')}`,
  );

async function verifyLeaf(leaf: LeafState, check: TreeCheck, path: Uint8Array): Promise<void> {
  const { trie, directory } = await loadLeaf(leaf, check.pieces);
  const buckets = bucketsBelow(trie);
  if (directory !== undefined) for (const { ref } of buckets) if (ref !== undefined) check.seen(ref);
  for (let from = 0; from < buckets.length; from += verifiedBuckets) {
    const some = buckets.slice(from, from + verifiedBuckets).filter(({ run }) => run === undefined);
    await loadBuckets(some, check.pieces);
  }
  const run = Buffer.concat(buckets.map(loadedRun));
  if (!isRun(run)) throw fault(path, 'entries of a leaf are not in order');
  if (leaf.count > check.shape.leafAtomsMax) throw fault(path, 'a leaf is too large');
  for (const end of [0, leaf.count - 1]) {
    const key = runKey(run, end);
    if (path.some((nibble, depth) => nibbleAt(key, depth) !== nibble))
      throw fault(path, 'an entry is astray');
  }
  const again = buildTrie(run, check.shape.bucketEntries)!;
  if (!commitmentOf(again, path).equals(leaf.value)) throw fault(path, 'a leaf has another commitment');
  if (!sameCut(again, trie)) throw fault(path, 'a directory does not describe its leaf');
}

/** A fat leaf's buckets are read so many at a time. */
const verifiedBuckets = treeLimits.committerBatchMax;

/** Whether nodes, buckets and hashes are the same. */
function sameCut(made: TrieNode, stored: TrieNode): boolean {
  if (made.kind === 'bucket' || stored.kind === 'bucket') {
    if (made.kind !== stored.kind || made.count !== stored.count) return false;
    return stored.hash === undefined || hashTrie(made) === stored.hash;
  }
  if (made.split !== stored.split || made.count !== stored.count) return false;
  return sameCut(made.left, stored.left) && sameCut(made.right, stored.right);
}
