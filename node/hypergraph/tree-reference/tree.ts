/**
 * The reference protocol's vector commitment tree: 64 children to a branch, one atom to a leaf, compressed prefixes. It is
 * a function of its content alone: a branch exists exactly where two keys part. For shards shared with that protocol, and
 * as a check of our own tree; in memory.
 */
import { leafCommitment, slotBytes } from './hashing.ts';
import { treeLimits } from './limits.ts';
import { nibblesOf } from './nibbles.ts';
import {
  type Branch,
  type Committer,
  commitmentOf,
  type Leaf,
  leafCountOf,
  type Node,
  newBranch,
  noChildren,
  withChild,
} from './nodes.ts';

export interface Entry {
  readonly key: Uint8Array;
  readonly value: Uint8Array;
  /** Empty, or absent, to commit to the value. */
  readonly hashTarget?: Uint8Array;
  readonly size: bigint;
}

export interface ReferenceTree {
  /** Length of every key in bytes. */
  readonly keyBytes: number;
  /** Adds or replaces. @throws RangeError for a key of another length */
  insert(entry: Entry): void;
  /** @returns whether there was such a key */
  delete(key: Uint8Array): boolean;
  get(key: Uint8Array): Leaf | undefined;
  /** 74 bytes; 64 for a single leaf, zeros for none. */
  root(): Uint8Array;
  readonly rootNode: Node | undefined;
  readonly size: bigint;
  readonly leafCount: number;
  readonly committer: Committer;
}

/**
 * @param keyBytes fixed for a tree: a leaf's hash does not tell where key ends and value begins, so that among keys of
 * several lengths one leaf would stand for many
 */
export function createReferenceTree(
  committer: Committer,
  keyBytes: number,
  start?: Node | undefined,
): ReferenceTree {
  if (!(Number.isInteger(keyBytes) && keyBytes > 0 && keyBytes <= treeLimits.keyBytesMax)) {
    throw new RangeError(`keys have 1 to ${treeLimits.keyBytesMax} bytes`);
  }
  let rootNode = start;
  const checked = (key: Uint8Array) => {
    if (key.length !== keyBytes) throw new RangeError(`keys of this tree have ${keyBytes} bytes`);
    return nibblesOf(key);
  };
  return {
    keyBytes,
    committer,
    get rootNode() {
      return rootNode;
    },
    get size() {
      return rootNode?.size ?? 0n;
    },
    get leafCount() {
      return rootNode === undefined ? 0 : leafCountOf(rootNode);
    },
    insert(entry) {
      const nibbles = checked(entry.key);
      rootNode = insertInto(rootNode, newLeaf(entry), nibbles, 0);
    },
    delete(key) {
      const nibbles = checked(key);
      const before = rootNode;
      rootNode = before === undefined ? undefined : deleteFrom(before, key, nibbles, 0);
      return rootNode !== before;
    },
    get(key) {
      const nibbles = checked(key);
      let node = rootNode;
      let depth = 0;
      while (node?.kind === 'branch') {
        depth += node.prefix.length;
        node = node.children[nibbles[depth]!];
        depth += 1;
      }
      return node !== undefined && equalBytes(node.key, key) ? node : undefined;
    },
    root: () => (rootNode === undefined ? new Uint8Array(slotBytes) : commitmentOf(rootNode, committer)),
  };
}

export function newLeaf({ key, value, hashTarget = new Uint8Array(), size }: Entry): Leaf {
  if (size < 0n) throw new RangeError('a size is not negative');
  if (Math.max(value.length, hashTarget.length) > treeLimits.fieldBytesMax) {
    throw new RangeError(`a leaf holds at most ${treeLimits.fieldBytesMax} bytes`);
  }
  const commitment = leafCommitment(key, hashTarget.length > 0 ? hashTarget : value);
  return { kind: 'leaf', key, value, hashTarget, size, commitment };
}

function insertInto(node: Node | undefined, leaf: Leaf, nibbles: readonly number[], depth: number): Node {
  if (node === undefined) return leaf;
  if (node.kind === 'leaf') {
    if (equalBytes(node.key, leaf.key)) return leaf;
    const other = nibblesOf(node.key);
    const parting = nibbles.findIndex((nibble, index) => index >= depth && nibble !== other[index]);
    return fork(nibbles.slice(depth, parting), [other[parting]!, node], [nibbles[parting]!, leaf]);
  }
  const { prefix, children } = node;
  const differs = prefix.findIndex((nibble, index) => nibble !== nibbles[depth + index]);
  if (differs >= 0) {
    const lower = { ...node, prefix: prefix.slice(differs + 1) };
    return fork(prefix.slice(0, differs), [prefix[differs]!, lower], [nibbles[depth + differs]!, leaf]);
  }
  const at = depth + prefix.length;
  const index = nibbles[at]!;
  return newBranch(prefix, withChild(children, index, insertInto(children[index], leaf, nibbles, at + 1)));
}

function fork(
  prefix: readonly number[],
  [leftIndex, left]: readonly [number, Node],
  [rightIndex, right]: readonly [number, Node],
): Branch {
  return newBranch(prefix, withChild(withChild(noChildren, leftIndex, left), rightIndex, right));
}

/** @returns the same node when the key is not below it */
function deleteFrom(
  node: Node,
  key: Uint8Array,
  nibbles: readonly number[],
  depth: number,
): Node | undefined {
  if (node.kind === 'leaf') return equalBytes(node.key, key) ? undefined : node;
  const { prefix, children } = node;
  if (prefix.some((nibble, index) => nibble !== nibbles[depth + index])) return node;
  const at = depth + prefix.length;
  const index = nibbles[at]!;
  const child = children[index];
  if (child === undefined) return node;
  const changed = deleteFrom(child, key, nibbles, at + 1);
  if (changed === child) return node;
  return merged(prefix, withChild(children, index, changed));
}

/** A branch with one child is none: a leaf floats up, a branch takes the nibbles above it into its prefix. */
function merged(prefix: readonly number[], children: readonly (Node | undefined)[]): Node {
  const present = children.flatMap((child, index) => (child === undefined ? [] : [{ child, index }]));
  const [only, ...more] = present;
  if (only === undefined || more.length > 0) return newBranch(prefix, children);
  const { child, index } = only;
  return child.kind === 'leaf' ? child : { ...child, prefix: [...prefix, index, ...child.prefix] };
}

/** Of public bytes. */
export function equalBytes(left: Uint8Array, right: Uint8Array): boolean {
  return left.length === right.length && left.every((byte, index) => byte === right[index]);
}
