/**
 * Sorted changes of many trees at once. Order of work:
 *   1. branches on the way to changed leaves are read, level by level;
 *   2. leaves are changed, hashed and written, a few at a time; one that grew too large becomes a branch over smaller ones;
 *   3. branches are finished from the deepest level up (branch-work.ts); one that shrank becomes a leaf.
 * Only pieces that change are read and written. When a step fails, what was written is of no use and the store goes back to
 * its last commit.
 */
import { BranchWork, type DirtyBranch, type TreeModules } from './branch-work.ts';
import type { ChangeSet } from './entry-run.ts';
import { decodeBranch, type Subtree } from './format/pieces-v1.ts';
import { entryBytes, nibbleAt } from './format/v1.ts';
import { LeafMemory } from './leaf-memory.ts';
import { cutAtNibbles } from './leaf-split.ts';
import { loadBuckets, loadLeaf, writeLeaf } from './leaf-store.ts';
import { treeLimits } from './limits.ts';
import {
  applyChanges,
  bucketsFor,
  bucketsToSettle,
  settle,
  type TrieBucket,
  type TrieEdit,
  type TrieNode,
} from './trie.ts';

type Put = (subtree: Subtree | undefined) => void;

export interface TreeUpdate {
  readonly before: Subtree | undefined;
  readonly changes: ChangeSet;
}

/** Changes [from, to) that fall into one subtree. */
interface Share {
  readonly before: Subtree | undefined;
  readonly path: Uint8Array;
  readonly changes: ChangeSet;
  readonly from: number;
  readonly to: number;
  readonly put: Put;
}

/** The trees after their changes, in the order given; the same object for a tree that did not change. */
export async function updateTrees(
  updates: readonly TreeUpdate[],
  modules: TreeModules,
): Promise<(Subtree | undefined)[]> {
  const results: (Subtree | undefined)[] = updates.map(({ before }) => before);
  const work = new BranchWork(modules);
  const shares = updates
    .map(({ before, changes }, index): Share => {
      const put: Put = (subtree) => {
        results[index] = subtree;
      };
      return { before, path: new Uint8Array(0), changes, from: 0, to: changes.length, put };
    })
    .filter(({ to }) => to > 0);
  const leaves = await openBranches(shares, work, modules);
  await inParallel(leaves, treeLimits.leavesInFlight, (share, memory) =>
    changeLeaf(share, work, modules, memory),
  );
  await work.ascend();
  return results;
}

/** Reads the branches above changes, level by level; gives the shares that fall into leaves or into nothing. */
async function openBranches(
  shares: readonly Share[],
  work: BranchWork,
  { pieces }: TreeModules,
): Promise<Share[]> {
  const leaves: Share[] = [];
  let level = shares;
  while (level.length > 0) {
    const branches = level.filter(({ before }) => before?.kind === 'branch');
    leaves.push(...level.filter(({ before }) => before?.kind !== 'branch'));
    const refs = branches.map(({ before }) => (before?.kind === 'branch' ? before.at : never()));
    const read = await pieces.read(refs);
    level = branches.flatMap((share, index) => divideShare(share, read[index]!, work));
  }
  return leaves;
}

function never(): never {
  throw new Error('not a branch');
}

function divideShare(share: Share, piece: Buffer, work: BranchWork): Share[] {
  const { before: state, path, changes } = share;
  if (state?.kind !== 'branch') never();
  const stored = decodeBranch(piece);
  const children = [...stored.children];
  const branch: DirtyBranch = { path, before: { state, stored }, children, put: share.put };
  work.add(branch);
  const parts: Share[] = [];
  let from = share.from;
  while (from < share.to) {
    const slot = nibbleAt(changes.run.subarray(from * entryBytes), path.length);
    let to = from + 1;
    while (to < share.to && nibbleAt(changes.run.subarray(to * entryBytes), path.length) === slot) to += 1;
    const put: Put = (subtree) => {
      children[slot] = subtree;
    };
    parts.push({ before: children[slot], path: Uint8Array.of(...path, slot), changes, from, to, put });
    from = to;
  }
  return parts;
}

/** @param memory nothing of it is looked at when this is done */
async function changeLeaf(
  share: Share,
  work: BranchWork,
  modules: TreeModules,
  memory: LeafMemory,
): Promise<void> {
  const { pieces, shape } = modules;
  const { before, changes, from, to } = share;
  if (before?.kind === 'branch') never();
  const leaf = before === undefined ? undefined : await loadLeaf(before, pieces, memory);
  if (leaf !== undefined) {
    const needed: TrieBucket[] = [];
    bucketsFor(leaf.trie, changes, from, to, needed);
    await loadBuckets(needed, pieces, memory);
  }
  const edit: TrieEdit = {
    bucketEntries: shape.bucketEntries,
    freed: [],
    take: (length) => memory.take(length),
  };
  const changed = applyChanges(leaf?.trie, changes, from, to, edit);
  if (changed === leaf?.trie) return;
  const trie = changed === undefined ? undefined : await settled(changed, edit, modules, memory);
  for (const ref of edit.freed) pieces.free(ref);
  if (leaf?.directory !== undefined) pieces.free(leaf.directory);
  if (trie === undefined) share.put(undefined);
  else await placeTrie(trie, share.path, share.put, work, modules);
  await pieces.drained();
}

async function settled(
  trie: TrieNode,
  edit: TrieEdit,
  { pieces }: TreeModules,
  memory: LeafMemory,
): Promise<TrieNode> {
  const needed: TrieBucket[] = [];
  bucketsToSettle(trie, edit.bucketEntries, needed);
  await loadBuckets(needed, pieces, memory);
  return settle(trie, edit);
}

/** Stores a subtree: as a leaf, or as a new branch over smaller ones, which `work` will finish. */
export async function placeTrie(
  trie: TrieNode,
  path: Uint8Array,
  put: Put,
  work: BranchWork,
  modules: TreeModules,
): Promise<void> {
  const { pieces, shape } = modules;
  if (trie.count <= shape.leafAtomsMax) return put(writeLeaf(trie, path, pieces));
  const children = new Array<Subtree | undefined>(treeLimits.branchSlots).fill(undefined);
  work.add({ path, before: undefined, children, put });
  for (const [slot, part] of await cutAtNibbles(trie, path.length, pieces)) {
    const putChild: Put = (subtree) => {
      children[slot] = subtree;
    };
    await placeTrie(part, Uint8Array.of(...path, slot), putChild, work, modules);
  }
}

/**
 * Runs the tasks in order, at most `width` at a time, each with memory for what it reads. The first failure is thrown when none
 * is under way any more.
 */
async function inParallel<T>(
  items: readonly T[],
  width: number,
  run: (item: T, memory: LeafMemory) => Promise<void>,
): Promise<void> {
  let next = 0;
  let failed = false;
  const lane = async (): Promise<void> => {
    const memory = new LeafMemory();
    while (next < items.length && !failed) {
      const item = items[next]!;
      next += 1;
      try {
        await run(item, memory);
        memory.reset();
      } catch (error) {
        failed = true;
        throw error;
      }
    }
  };
  const ends = await Promise.allSettled(Array.from({ length: Math.min(width, items.length) }, lane));
  for (const end of ends) if (end.status === 'rejected') throw end.reason;
}
