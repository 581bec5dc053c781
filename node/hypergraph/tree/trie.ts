/**
 * The trie of one fat leaf in memory, cut into buckets: subtries of at most `bucketEntries` entries, the largest there are, so
 * that the cut is canonical too. Buckets are loaded when a change falls into them; hashes of nodes above are made when asked
 * for. Nodes are never changed once their hash was made: a changed leaf is a new root over old parts.
 */

import {
  type ChangeSet,
  compareKeys,
  firstWithBit,
  hashRun,
  mergeRun,
  runKey,
  runLength,
  splitOf,
} from './entry-run.ts';
import { bitAt, entryBytes, firstDifference } from './format/v1.ts';
import { type HashText, nodeHashText } from './node-hashing.ts';
import type { PieceRef } from './pieces.ts';

export interface TrieInner {
  readonly kind: 'inner';
  /** Absolute bit index. */
  readonly split: number;
  /** 32 bytes whose first `split` bits are those of all keys below; the rest is anything. */
  readonly prefix: Buffer;
  readonly left: TrieNode;
  readonly right: TrieNode;
  readonly count: number;
  hash: HashText | undefined;
}

export interface TrieBucket {
  readonly kind: 'bucket';
  readonly count: number;
  hash: HashText | undefined;
  /** Its entries; undefined until loaded. */
  run: Buffer | undefined;
  /** Its piece; undefined until written. */
  ref: PieceRef | undefined;
}

export type TrieNode = TrieInner | TrieBucket;

export function innerNode(split: number, prefix: Buffer, left: TrieNode, right: TrieNode): TrieInner {
  return { kind: 'inner', split, prefix, left, right, count: left.count + right.count, hash: undefined };
}

const bucketOf = (run: Buffer): TrieBucket => ({
  kind: 'bucket',
  count: runLength(run),
  hash: undefined,
  run,
  ref: undefined,
});

/** The trie over a run, cut into buckets; undefined for an empty run. */
export function buildTrie(run: Buffer, bucketEntries: number): TrieNode | undefined {
  return run.length === 0 ? undefined : buildRange(run, 0, runLength(run), bucketEntries);
}

function buildRange(run: Buffer, from: number, to: number, bucketEntries: number): TrieNode {
  if (to - from <= bucketEntries) return bucketOf(run.subarray(from * entryBytes, to * entryBytes));
  const split = splitOf(run, from, to - 1);
  const middle = firstWithBit(run, from, to, split);
  const left = buildRange(run, from, middle, bucketEntries);
  return innerNode(split, runKey(run, from), left, buildRange(run, middle, to, bucketEntries));
}

export function loadedRun(bucket: TrieBucket): Buffer {
  if (bucket.run === undefined) throw new Error('a bucket is used before it is loaded');
  return bucket.run;
}

/** Makes what is missing of the hashes from the node down. */
export function hashTrie(node: TrieNode): HashText {
  if (node.hash !== undefined) return node.hash;
  if (node.kind === 'bucket') {
    node.hash = hashRun(loadedRun(node), 0, node.count);
  } else {
    node.hash = nodeHashText(node.split, node.prefix, 0, hashTrie(node.left), hashTrie(node.right));
  }
  return node.hash;
}

/** Sign of the key of a change against the node's prefix, over the prefix's bits; 0 when it lies below the node. */
function comparePrefix(changes: ChangeSet, index: number, prefix: Buffer, bits: number): number {
  const at = index * entryBytes;
  const whole = bits >>> 3;
  for (let byte = 0; byte < whole; byte += 1) {
    const difference = changes.run[at + byte]! - prefix[byte]!;
    if (difference !== 0) return difference;
  }
  if ((bits & 7) === 0) return 0;
  const mask = 0xff00 >>> (bits & 7);
  return (changes.run[at + whole]! & mask) - (prefix[whole]! & mask);
}

/** First of changes [from, to) whose key is not below (`above` 0) or is above (`above` 1) the prefix. */
function bound(changes: ChangeSet, from: number, to: number, node: TrieInner, above: 0 | 1): number {
  let low = from;
  let high = to;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (comparePrefix(changes, middle, node.prefix, node.split) >= above) high = middle;
    else low = middle + 1;
  }
  return low;
}

interface Division {
  /** Changes [start, end) lie below the node; [start, middle) on its left. */
  readonly start: number;
  readonly middle: number;
  readonly end: number;
}

function divide(changes: ChangeSet, from: number, to: number, node: TrieInner): Division {
  const inside =
    comparePrefix(changes, from, node.prefix, node.split) === 0 &&
    comparePrefix(changes, to - 1, node.prefix, node.split) === 0;
  const start = inside ? from : bound(changes, from, to, node, 0);
  const end = inside ? to : bound(changes, start, to, node, 1);
  return { start, middle: firstWithBit(changes.run, start, end, node.split), end };
}

/** Adds the buckets that changes [from, to) need to have loaded. */
export function bucketsFor(
  node: TrieNode,
  changes: ChangeSet,
  from: number,
  to: number,
  found: TrieBucket[],
): void {
  if (from === to) return;
  if (node.kind === 'bucket') {
    if (node.run === undefined) found.push(node);
    return;
  }
  const { start, middle, end } = divide(changes, from, to, node);
  bucketsFor(node.left, changes, start, middle, found);
  bucketsFor(node.right, changes, middle, end, found);
}

export interface TrieEdit {
  readonly bucketEntries: number;
  /** Pieces of buckets that are no longer part of the trie. */
  readonly freed: PieceRef[];
  /** Memory for runs, not zeroed; at least until the trie is written. */
  readonly take: (length: number) => Buffer;
}

/**
 * The trie after changes [from, to); the same node when they change nothing. Buckets must be loaded (`bucketsFor`). Nodes that
 * shrank to the size of a bucket are left to `settle`.
 */
export function applyChanges(
  node: TrieNode | undefined,
  changes: ChangeSet,
  from: number,
  to: number,
  edit: TrieEdit,
): TrieNode | undefined {
  if (from === to) return node;
  if (node === undefined) return buildTrie(changes.putsOf(from, to), edit.bucketEntries);
  if (node.kind === 'bucket') return applyToBucket(node, changes, from, to, edit);
  const { start, middle, end } = divide(changes, from, to, node);
  const left = applyChanges(node.left, changes, start, middle, edit);
  const right = applyChanges(node.right, changes, middle, end, edit);
  let result: TrieNode | undefined = node;
  if (left === undefined || right === undefined) result = left ?? right;
  else if (left !== node.left || right !== node.right) {
    result = innerNode(node.split, node.prefix, left, right);
  }
  if (start === from && end === to) return result;
  const strays = Buffer.concat([changes.putsOf(from, start), changes.putsOf(end, to)]);
  const added = buildTrie(strays, edit.bucketEntries);
  if (added === undefined) return result;
  return result === undefined ? added : unite(result, node.prefix, added);
}

function applyToBucket(
  bucket: TrieBucket,
  changes: ChangeSet,
  from: number,
  to: number,
  edit: TrieEdit,
): TrieNode | undefined {
  const before = loadedRun(bucket);
  const after = mergeRun(before, changes, from, to, edit.take);
  if (after === before) return bucket;
  if (bucket.ref !== undefined) edit.freed.push(bucket.ref);
  return buildTrie(after, edit.bucketEntries);
}

/**
 * One trie of a node and of a trie made of keys that are not below it.
 * @param key the node's keys begin with its bits, at least up to the first bit in which any key of `added` differs
 */
function unite(node: TrieNode, key: Buffer, added: TrieNode): TrieNode {
  const addedKey = added.kind === 'inner' ? added.prefix : runKey(loadedRun(added), 0);
  const addedSplit = added.kind === 'inner' ? added.split : bucketSplit(added);
  const parting = firstDifference(key, addedKey);
  if (parting < addedSplit) {
    return bitAt(key, parting) === 0
      ? innerNode(parting, addedKey, node, added)
      : innerNode(parting, addedKey, added, node);
  }
  const [left, right] = added.kind === 'inner' ? [added.left, added.right] : halves(added, addedSplit);
  return bitAt(key, addedSplit) === 0
    ? innerNode(addedSplit, addedKey, unite(node, key, left), right)
    : innerNode(addedSplit, addedKey, left, unite(node, key, right));
}

/** Where the keys of a loaded bucket part; 256 for a single one. */
export function bucketSplit(bucket: TrieBucket): number {
  return bucket.count === 1 ? 256 : splitOf(loadedRun(bucket), 0, bucket.count - 1);
}

export function halves(bucket: TrieBucket, split: number): [TrieBucket, TrieBucket] {
  const run = loadedRun(bucket);
  const middle = firstWithBit(run, 0, bucket.count, split) * entryBytes;
  return [bucketOf(run.subarray(0, middle)), bucketOf(run.subarray(middle))];
}

/** Adds the unloaded buckets below nodes that `settle` will make buckets of. */
export function bucketsToSettle(node: TrieNode, bucketEntries: number, found: TrieBucket[]): void {
  if (node.kind === 'bucket') return;
  if (node.count <= bucketEntries) {
    for (const bucket of bucketsBelow(node)) if (bucket.run === undefined) found.push(bucket);
    return;
  }
  bucketsToSettle(node.left, bucketEntries, found);
  bucketsToSettle(node.right, bucketEntries, found);
}

/** The trie with the canonical cut into buckets. */
export function settle(node: TrieNode, edit: TrieEdit): TrieNode {
  if (node.kind === 'bucket') return node;
  if (node.count > edit.bucketEntries) {
    const left = settle(node.left, edit);
    const right = settle(node.right, edit);
    if (left === node.left && right === node.right) return node;
    return innerNode(node.split, node.prefix, left, right);
  }
  const buckets = bucketsBelow(node);
  for (const { ref } of buckets) if (ref !== undefined) edit.freed.push(ref);
  return bucketOf(Buffer.concat(buckets.map(loadedRun)));
}

export function bucketsBelow(node: TrieNode): TrieBucket[] {
  if (node.kind === 'bucket') return [node];
  const found: TrieBucket[] = [];
  const visit = (at: TrieNode): void => {
    if (at.kind === 'bucket') {
      found.push(at);
      return;
    }
    visit(at.left);
    visit(at.right);
  };
  visit(node);
  return found;
}

/** Whether a run is in key order, each key once. */
export function isRun(run: Buffer): boolean {
  for (let at = entryBytes; at < run.length; at += entryBytes) {
    if (compareKeys(run, at - entryBytes, run, at) >= 0) return false;
  }
  return run.length % entryBytes === 0;
}
