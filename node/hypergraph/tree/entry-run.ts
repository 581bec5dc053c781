/**
 * Runs: entries one behind another in key order, 73 bytes each, as they stand in storage. Sorted changes merge into a run, and
 * a run's trie is hashed without building it.
 */
import { NodeError } from '../../api/index.ts';
import { dataHashOffset, entryBytes, readU64, revisionOffset, writeU64 } from './format/v1.ts';
import { treeLimits } from './limits.ts';
import { entryHashText, type HashText, nodeHashText } from './node-hashing.ts';
import type { TreeChange, TreeEntry } from './types.ts';

export const runLength = (run: Uint8Array): number => run.length / entryBytes;

export const runKey = (run: Buffer, index: number): Buffer =>
  run.subarray(index * entryBytes, index * entryBytes + treeLimits.keyBytes);

export function runEntry(run: Uint8Array, index: number): TreeEntry {
  const bytes = run.subarray(index * entryBytes, (index + 1) * entryBytes);
  return {
    key: bytes.subarray(0, treeLimits.keyBytes),
    revision: readU64(bytes, revisionOffset),
    dataHash: bytes.subarray(dataHashOffset),
  };
}

/** Compares two keys that stand in buffers. */
export function compareKeys(left: Buffer, leftAt: number, right: Buffer, rightAt: number): number {
  for (let byte = 0; byte < treeLimits.keyBytes; byte += 1) {
    const difference = left[leftAt + byte]! - right[rightAt + byte]!;
    if (difference !== 0) return difference;
  }
  return 0;
}

/** First bit in which entries `left` and `right` of a run differ; they do. */
export function splitOf(run: Buffer, left: number, right: number): number {
  const a = left * entryBytes;
  const b = right * entryBytes;
  for (let byte = 0; byte < treeLimits.keyBytes; byte += 1) {
    const difference = run[a + byte]! ^ run[b + byte]!;
    if (difference !== 0) return byte * 8 + Math.clz32(difference) - 24;
  }
  throw new Error('a key stands twice in a run');
}

/** Index of the first entry of [from, to) with a one at the bit; entries share all bits before it. */
export function firstWithBit(run: Buffer, from: number, to: number, bit: number): number {
  let low = from;
  let high = to;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const set = (run[middle * entryBytes + (bit >>> 3)]! >>> (7 - (bit & 7))) & 1;
    if (set === 1) high = middle;
    else low = middle + 1;
  }
  return low;
}

/**
 * Root of the trie over entries [from, to), at least one. One pass: between neighbours stands the bit in which they part;
 * an open node is closed when a smaller bit comes.
 */
export function hashRun(run: Buffer, from: number, to: number): HashText {
  const hashes: HashText[] = [entryHashText(run, from * entryBytes)];
  const splits: number[] = [];
  const close = (keyOf: number): void => {
    const right = hashes.pop()!;
    const left = hashes.pop()!;
    hashes.push(nodeHashText(splits.pop()!, run, keyOf * entryBytes, left, right));
  };
  for (let index = from + 1; index < to; index += 1) {
    const split = splitOf(run, index - 1, index);
    while (splits.length > 0 && splits[splits.length - 1]! > split) close(index - 1);
    splits.push(split);
    hashes.push(entryHashText(run, index * entryBytes));
  }
  while (splits.length > 0) close(to - 1);
  return hashes[0]!;
}

export function writeEntry(target: Buffer, offset: number, entry: TreeEntry): void {
  checkKey(entry.key);
  checkContent(entry);
  target.set(entry.key, offset);
  writeU64(target, entry.revision, offset + revisionOffset);
  target.set(entry.dataHash, offset + dataHashOffset);
}

function checkKey(key: Uint8Array): void {
  if (key.length !== treeLimits.keyBytes) throw malformed(`a key has ${key.length} bytes`);
}

function checkContent({ revision, dataHash }: Pick<TreeEntry, 'revision' | 'dataHash'>): void {
  if (dataHash.length !== treeLimits.dataHashBytes) throw malformed(`a hash has ${dataHash.length} bytes`);
  if (!Number.isSafeInteger(revision) || revision < 0) throw malformed(`${revision} is no revision`);
}

const malformed = (what: string): NodeError => new NodeError('malformed', `commitment tree: ${what}`);

/** Changes of one tree, sorted by key, one per key, packed. */
export class ChangeSet {
  readonly run: Buffer;
  /** 1 where the entry is removed; only its key counts. */
  readonly removed: Uint8Array;
  readonly length: number;

  private constructor(run: Buffer, removed: Uint8Array) {
    this.run = run;
    this.removed = removed;
    this.length = removed.length;
  }

  /** @param changes in any order; of several for one key the last counts. @throws NodeError `malformed` */
  static of(changes: readonly TreeChange[]): ChangeSet {
    for (const { key } of changes) checkKey(key);
    const order = sortedOrder(changes);
    const run = Buffer.allocUnsafe(order.length * entryBytes);
    const removed = new Uint8Array(order.length);
    order.forEach((from, index) => {
      const { key, to } = changes[from]!;
      if (to === undefined) {
        run.set(key, index * entryBytes);
        removed[index] = 1;
      } else writeEntry(run, index * entryBytes, { key, ...to });
    });
    return new ChangeSet(run, removed);
  }

  /** Of a run whose entries are all put. */
  static puts(run: Buffer): ChangeSet {
    return new ChangeSet(run, new Uint8Array(runLength(run)));
  }

  /** Entries put by changes [from, to). */
  putsOf(from: number, to: number): Buffer {
    const parts: Buffer[] = [];
    for (let index = from; index < to; index += 1) {
      if (this.removed[index] === 0)
        parts.push(this.run.subarray(index * entryBytes, (index + 1) * entryBytes));
    }
    return Buffer.concat(parts);
  }
}

/** Indexes in key order; the last of equal keys alone. */
function sortedOrder(changes: readonly TreeChange[]): number[] {
  // 48 bits decide nearly always; comparing numbers is several times quicker than comparing buffers.
  const heads = Float64Array.from(changes, ({ key }) => {
    const high = ((key[0]! << 16) | (key[1]! << 8) | key[2]!) >>> 0;
    return high * 0x1000000 + ((key[3]! << 16) | (key[4]! << 8) | key[5]!);
  });
  const compare = (left: number, right: number): number => {
    const difference = heads[left]! - heads[right]!;
    return difference !== 0 ? difference : Buffer.compare(changes[left]!.key, changes[right]!.key);
  };
  const order = Array.from(changes, (_, index) => index);
  if (!order.every((_, index) => index === 0 || compare(index - 1, index) < 0)) order.sort(compare);
  return order.filter((from, index) => index + 1 === order.length || compare(from, order[index + 1]!) !== 0);
}

/**
 * The run with changes [from, to) applied. The same buffer when they change nothing.
 * @param run entries in key order; not written to
 * @param take gives memory for the result
 */
export function mergeRun(
  run: Buffer,
  changes: ChangeSet,
  from: number,
  to: number,
  take: (length: number) => Buffer,
): Buffer {
  const out = take(run.length + (to - from) * entryBytes);
  let length = 0;
  let at = 0;
  let changed = false;
  for (let index = from; index < to; index += 1) {
    const changeAt = index * entryBytes;
    const start = at;
    let order = -1;
    while (at < run.length && (order = compareKeys(run, at, changes.run, changeAt)) < 0) at += entryBytes;
    if (at > start) {
      run.copy(out, length, start, at);
      length += at - start;
    }
    const present = at < run.length && order === 0;
    if (changes.removed[index] === 1) {
      changed ||= present;
    } else {
      changed ||=
        !present || run.compare(changes.run, changeAt, changeAt + entryBytes, at, at + entryBytes) !== 0;
      changes.run.copy(out, length, changeAt, changeAt + entryBytes);
      length += entryBytes;
    }
    if (present) at += entryBytes;
  }
  if (!changed) return run;
  run.copy(out, length, at);
  return out.subarray(0, length + run.length - at);
}
