/** Reading entries: one by its key, or all in order. Reads the pieces on the way only. */
import { runEntry, runLength } from './entry-run.ts';
import { decodeBranch, type Subtree } from './format/pieces-v1.ts';
import { bitAt, nibbleAt } from './format/v1.ts';
import { loadBuckets, loadLeaf } from './leaf-store.ts';
import { treeLimits } from './limits.ts';
import type { PieceReader } from './pieces.ts';
import { bucketsBelow, loadedRun } from './trie.ts';
import type { TreeEntry } from './types.ts';

/** @param key 32 bytes. @throws NodeError `corrupt` */
export async function findEntry(
  tree: Subtree | undefined,
  key: Uint8Array,
  pieces: PieceReader,
): Promise<TreeEntry | undefined> {
  let at = tree;
  for (let depth = 0; at?.kind === 'branch'; depth += 1) {
    const [piece] = await pieces.read([at.at]);
    at = decodeBranch(piece!).children[nibbleAt(key, depth)];
  }
  if (at === undefined) return undefined;
  let node = (await loadLeaf(at, pieces)).trie;
  // Where the key would be, if it is there: the entry found is compared whole.
  while (node.kind !== 'bucket') node = bitAt(key, node.split) === 0 ? node.left : node.right;
  if (node.run === undefined) await loadBuckets([node], pieces);
  const run = loadedRun(node);
  for (let index = 0; index < runLength(run); index += 1) {
    const entry = runEntry(run, index);
    if (Buffer.compare(entry.key, key) === 0) return entry;
  }
  return undefined;
}

/** By rising key. @throws NodeError `corrupt` */
export async function* treeEntries(
  tree: Subtree | undefined,
  pieces: PieceReader,
): AsyncGenerator<TreeEntry> {
  if (tree === undefined) return;
  if (tree.kind === 'branch') {
    const [piece] = await pieces.read([tree.at]);
    for (const child of decodeBranch(piece!).children) yield* treeEntries(child, pieces);
    return;
  }
  const buckets = bucketsBelow((await loadLeaf(tree, pieces)).trie);
  for (let from = 0; from < buckets.length; from += treeLimits.committerBatchMax) {
    const some = buckets.slice(from, from + treeLimits.committerBatchMax);
    await loadBuckets(
      some.filter(({ run }) => run === undefined),
      pieces,
    );
    for (const bucket of some) {
      const run = loadedRun(bucket);
      for (let index = 0; index < runLength(run); index += 1) yield runEntry(run, index);
      bucket.run = undefined;
    }
  }
}
