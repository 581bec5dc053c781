/** Nodes of the tree. Immutable but for the commitment of a branch, which is computed when first asked for. */
import { branchSlot } from './hashing.ts';
import { branchWidth } from './nibbles.ts';

export interface Leaf {
  readonly kind: 'leaf';
  readonly key: Uint8Array;
  readonly value: Uint8Array;
  /** What the commitment stands for instead of the value; empty for the value itself. */
  readonly hashTarget: Uint8Array;
  readonly size: bigint;
  /** 64 bytes. */
  readonly commitment: Uint8Array;
}

export interface Branch {
  readonly kind: 'branch';
  /** Nibbles between the parent's slot and the children. */
  readonly prefix: readonly number[];
  /** 64, at least two of them present. */
  readonly children: readonly (Node | undefined)[];
  /** Of the children; the prefix is not in it, so it survives a change of prefix. */
  commitment: Uint8Array | undefined;
  readonly size: bigint;
  readonly leafCount: number;
}

export type Node = Leaf | Branch;

/** Commits to the 64 slots of a branch. An absent slot is zero. */
export interface Committer {
  commit(slots: readonly (Uint8Array | undefined)[]): Uint8Array;
}

export function newBranch(
  prefix: readonly number[],
  children: readonly (Node | undefined)[],
  commitment?: Uint8Array,
): Branch {
  let size = 0n;
  let leafCount = 0;
  for (const child of children) {
    if (child === undefined) continue;
    size += child.size;
    leafCount += leafCountOf(child);
  }
  return { kind: 'branch', prefix, children, commitment, size, leafCount };
}

export const leafCountOf = (node: Node): number => (node.kind === 'leaf' ? 1 : node.leafCount);

export function withChild(
  children: readonly (Node | undefined)[],
  index: number,
  child: Node | undefined,
): (Node | undefined)[] {
  const changed = [...children];
  changed[index] = child;
  return changed;
}

export const noChildren: readonly (Node | undefined)[] = new Array<undefined>(branchWidth).fill(undefined);

export function commitmentOf(node: Node, committer: Committer): Uint8Array {
  if (node.kind === 'leaf') return node.commitment;
  node.commitment ??= committer.commit(slotsOf(node, committer));
  return node.commitment;
}

/** What the branch commits to. */
export function slotsOf(branch: Branch, committer: Committer): (Uint8Array | undefined)[] {
  return branch.children.map((child) => (child === undefined ? undefined : slotOf(child, committer)));
}

export function slotOf(child: Node, committer: Committer): Uint8Array {
  const commitment = commitmentOf(child, committer);
  return child.kind === 'leaf' ? commitment : branchSlot(child.prefix, commitment);
}
