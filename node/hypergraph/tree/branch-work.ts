/**
 * Branches that a batch of changes touched, collected by depth over all trees. `ascend` finishes them from the deepest level
 * up: all branches of a level go to the committer together, and their hashes are the values of the next level.
 */

import type {
  BranchCommitment,
  BranchCommitter,
  BranchUpdate,
  BranchValues,
  SlotChange,
} from './committer.ts';
import {
  type BranchState,
  committerTag,
  encodeBranch,
  type LeafState,
  type StoredBranch,
  type Subtree,
} from './format/pieces-v1.ts';
import { bitAt, branchHash, keyOfPath } from './format/v1.ts';
import { loadBuckets, loadLeaf, writeLeaf } from './leaf-store.ts';
import { treeLimits } from './limits.ts';
import { nodeHashes } from './node-hashing.ts';
import type { Pieces } from './pieces.ts';
import { bucketsToSettle, innerNode, settle, type TrieEdit, type TrieNode } from './trie.ts';
import type { TreeShape } from './types.ts';

export interface TreeModules {
  readonly shape: TreeShape;
  readonly pieces: Pieces;
  readonly committer: BranchCommitter;
}

export interface DirtyBranch {
  /** Nibbles. */
  readonly path: Uint8Array;
  /** As it is stored; undefined for a new one. */
  readonly before: { readonly state: BranchState; readonly stored: StoredBranch } | undefined;
  /** 64; replaced as they change. */
  readonly children: (Subtree | undefined)[];
  /** Takes the outcome: the parent's slot, or the tree. */
  readonly put: (subtree: Subtree | undefined) => void;
}

const countOf = (children: readonly (Subtree | undefined)[]): number =>
  children.reduce((sum, child) => sum + (child?.count ?? 0), 0);

const valuesOf = (children: readonly (Subtree | undefined)[]): BranchValues =>
  children.map((child) => child?.value);

export class BranchWork {
  readonly #modules: TreeModules;
  readonly #tag: number;
  #levels: DirtyBranch[][] = [];
  /** Branches waiting. */
  size = 0;

  constructor(modules: TreeModules) {
    this.#modules = modules;
    this.#tag = committerTag(modules.committer.name);
  }

  add(branch: DirtyBranch): void {
    const level = (this.#levels[branch.path.length] ??= []);
    level.push(branch);
    this.size += 1;
  }

  /** Finishes all that was added. Every child of every branch is in its place. */
  async ascend(): Promise<void> {
    const levels = this.#levels;
    this.#levels = [];
    this.size = 0;
    for (let depth = levels.length - 1; depth >= 0; depth -= 1) {
      const staying: DirtyBranch[] = [];
      for (const branch of levels[depth] ?? []) if (await this.#stays(branch)) staying.push(branch);
      for (let from = 0; from < staying.length; from += treeLimits.committerBatchMax) {
        await this.#commit(staying.slice(from, from + treeLimits.committerBatchMax));
      }
    }
  }

  /** Puts away what is unchanged, empty or small enough for a leaf; true for a branch that needs its commitment. */
  async #stays(branch: DirtyBranch): Promise<boolean> {
    const { before, children, put } = branch;
    if (before?.stored.children.every((child, slot) => child === children[slot])) {
      put(before.state);
      return false;
    }
    const count = countOf(children);
    if (count > this.#modules.shape.leafAtomsMax) return true;
    if (before !== undefined) this.#modules.pieces.free(before.state.at);
    put(count === 0 ? undefined : await this.#joined(branch));
    return false;
  }

  /** One leaf of the branch's leaves: the deeper branches were joined before, since they hold no more. */
  async #joined({ path, children }: DirtyBranch): Promise<LeafState> {
    const { pieces, shape } = this.#modules;
    const tries: (TrieNode | undefined)[] = [];
    for (const child of children) tries.push(child === undefined ? undefined : await this.#opened(child));
    const edit: TrieEdit = { bucketEntries: shape.bucketEntries, freed: [], take: Buffer.allocUnsafe };
    const trie = joinTries(path, tries, 0, treeLimits.branchSlots);
    if (trie === undefined) throw new Error('a branch without entries is joined');
    const unloaded: Parameters<typeof bucketsToSettle>[2] = [];
    bucketsToSettle(trie, shape.bucketEntries, unloaded);
    await loadBuckets(unloaded, pieces);
    const settled = settle(trie, edit);
    for (const ref of edit.freed) pieces.free(ref);
    return writeLeaf(settled, path, pieces);
  }

  async #opened(child: Subtree): Promise<TrieNode> {
    if (child.kind === 'branch') throw new Error('a branch holds more entries than the one above it');
    const { trie, directory } = await loadLeaf(child, this.#modules.pieces);
    if (directory !== undefined) this.#modules.pieces.free(directory);
    return trie;
  }

  async #commit(branches: readonly DirtyBranch[]): Promise<void> {
    const { committer } = this.#modules;
    const known = branches.filter((branch) => this.#knowsRaw(branch));
    const fresh = branches.filter((branch) => !this.#knowsRaw(branch));
    const [updated, committed] = await Promise.all([
      updateMany(committer, known.map(updateOf)),
      commitMany(
        committer,
        fresh.map(({ children }) => valuesOf(children)),
      ),
    ]);
    for (const [index, branch] of known.entries()) this.#finish(branch, updated[index]);
    for (const [index, branch] of fresh.entries()) this.#finish(branch, committed[index]);
    await this.#modules.pieces.drained();
  }

  #knowsRaw({ before }: DirtyBranch): boolean {
    return (
      before?.stored.committer === this.#tag && before.stored.raw.length === this.#modules.committer.rawBytes
    );
  }

  #finish({ path, before, children, put }: DirtyBranch, commitment: BranchCommitment | undefined): void {
    const { pieces, committer } = this.#modules;
    if (
      commitment?.raw.length !== committer.rawBytes ||
      commitment.encoded.length !== treeLimits.commitmentBytes
    ) {
      throw new Error(`the committer ${committer.name} gave a commitment of another size`);
    }
    if (before !== undefined) pieces.free(before.state.at);
    const count = countOf(children);
    const value = Buffer.from(branchHash(nodeHashes, path, count, commitment.encoded));
    const at = pieces.write(encodeBranch({ children, committer: this.#tag, ...commitment }));
    put({ kind: 'branch', count, value, at });
  }
}

function updateOf({ before, children }: DirtyBranch): BranchUpdate {
  const stored = before!.stored;
  const changes: SlotChange[] = [];
  children.forEach((child, index) => {
    const old = stored.children[index];
    if (child !== old) changes.push({ index, before: old?.value, after: child?.value });
  });
  return { before: stored.raw, changes };
}

async function updateMany(
  committer: BranchCommitter,
  updates: readonly BranchUpdate[],
): Promise<BranchCommitment[]> {
  if (updates.length === 0) return [];
  if (committer.updateMany !== undefined) return committer.updateMany(updates);
  const done: BranchCommitment[] = [];
  for (const { before, changes } of updates) done.push(await committer.update(before, changes));
  return done;
}

async function commitMany(
  committer: BranchCommitter,
  branches: readonly BranchValues[],
): Promise<BranchCommitment[]> {
  if (branches.length === 0) return [];
  if (committer.commitMany !== undefined) return committer.commitMany(branches);
  const done: BranchCommitment[] = [];
  for (const values of branches) done.push(await committer.commit(values));
  return done;
}

/** The trie over the tries of slots [from, to) of a branch. */
function joinTries(
  path: Uint8Array,
  tries: readonly (TrieNode | undefined)[],
  from: number,
  to: number,
): TrieNode | undefined {
  if (to - from === 1) return tries[from];
  const middle = (from + to) >>> 1;
  const left = joinTries(path, tries, from, middle);
  const right = joinTries(path, tries, middle, to);
  if (left === undefined || right === undefined) return left ?? right;
  const key = Buffer.from(keyOfPath(Uint8Array.of(...path, middle)));
  const split = path.length * treeLimits.nibbleBits + treeLimits.nibbleBits - (31 - Math.clz32(to - from));
  if (bitAt(key, split) !== 1) throw new Error('slots are joined at another bit');
  return innerNode(split, key, left, right);
}
