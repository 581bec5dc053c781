/** Cuts the trie of a leaf that became a branch into the tries of its children. */

import { runKey } from './entry-run.ts';
import { nibbleAt } from './format/v1.ts';
import { loadBuckets } from './leaf-store.ts';
import { treeLimits } from './limits.ts';
import type { Pieces } from './pieces.ts';
import { bucketSplit, halves, loadedRun, type TrieBucket, type TrieNode } from './trie.ts';

/**
 * @param depth of the new branch: nibble `depth` of a key chooses its child
 * @returns the children in order; whole buckets keep their pieces
 */
export async function cutAtNibbles(
  trie: TrieNode,
  depth: number,
  pieces: Pieces,
): Promise<[slot: number, part: TrieNode][]> {
  const boundary = (depth + 1) * treeLimits.nibbleBits;
  const heads = subtriesBelow(trie, boundary);
  // Where a bucket's keys part is not known before it is loaded; only those at the cut are.
  await loadBuckets(
    heads.filter((head): head is TrieBucket => head.kind === 'bucket' && head.run === undefined),
    pieces,
  );
  return heads.flatMap((head) =>
    head.kind === 'inner' ? [slotted(head, depth)] : cutBucket(head, depth, boundary, pieces),
  );
}

/** The highest nodes whose keys may all agree before the boundary, in key order. */
function subtriesBelow(node: TrieNode, boundary: number): TrieNode[] {
  if (node.kind === 'bucket' || node.split >= boundary) return [node];
  return [...subtriesBelow(node.left, boundary), ...subtriesBelow(node.right, boundary)];
}

function slotted(node: TrieNode, depth: number): [number, TrieNode] {
  return [nibbleAt(node.kind === 'inner' ? node.prefix : runKey(loadedRun(node), 0), depth), node];
}

function cutBucket(
  bucket: TrieBucket,
  depth: number,
  boundary: number,
  pieces: Pieces,
): [number, TrieNode][] {
  const split = bucketSplit(bucket);
  // The last nibble ends behind the key: a single entry is never cut.
  if (bucket.count === 1 || split >= boundary) return [slotted(bucket, depth)];
  if (bucket.ref !== undefined) pieces.free(bucket.ref);
  return halves(bucket, split).flatMap((half) => cutBucket(half, depth, boundary, pieces));
}
