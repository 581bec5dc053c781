/**
 * Sorted entries packed in one buffer, without an object for each: a page as it was written, or the changes of a leaf.
 *
 * entry = suffix length (2) ‖ value length (2; 0xffff: the key was deleted) ‖ suffix ‖ value; key = prefix ‖ suffix
 */
export interface Block {
  readonly bytes: Buffer;
  /** Start of every key; empty for changes. */
  readonly prefix: Buffer;
  /** Where each entry starts, in key order. */
  readonly offsets: ArrayLike<number>;
  readonly count: number;
}

export const entryHeadBytes = 4;
export const deleted = 0xffff;

export function suffixLength(block: Block, index: number): number {
  const at = block.offsets[index]!;
  return (block.bytes[at]! << 8) | block.bytes[at + 1]!;
}

export function valueLength(block: Block, index: number): number {
  const at = block.offsets[index]! + 2;
  return (block.bytes[at]! << 8) | block.bytes[at + 1]!;
}

export function isDeleted(block: Block, index: number): boolean {
  return valueLength(block, index) === deleted;
}

/** Bytes of the entry in its buffer. */
export function entryBytes(block: Block, index: number): number {
  const length = valueLength(block, index);
  return entryHeadBytes + suffixLength(block, index) + (length === deleted ? 0 : length);
}

/** A view: valid for ever, because buffers of blocks are never rewritten in place. */
export function valueAt(block: Block, index: number): Buffer {
  const start = block.offsets[index]! + entryHeadBytes + suffixLength(block, index);
  return block.bytes.subarray(start, start + valueLength(block, index));
}

/**
 * In memory of its own, for what stays: a few bytes out of the runtime's pool keep all of their 64 KiB, and a tree has thousands of such.
 */
export function ownCopy(bytes: Uint8Array): Buffer {
  const copy = Buffer.allocUnsafeSlow(bytes.length);
  copy.set(bytes);
  return copy;
}

/** The key without its first `skip` bytes: a view when they cover the prefix, else a copy. */
export function keyAt(block: Block, index: number, skip = 0): Buffer {
  const { prefix, bytes } = block;
  const start = block.offsets[index]! + entryHeadBytes;
  const length = suffixLength(block, index);
  if (skip >= prefix.length) return bytes.subarray(start + skip - prefix.length, start + length);
  const key = Buffer.allocUnsafe(prefix.length - skip + length);
  copyBytes(prefix, skip, prefix.length, key, 0);
  copyBytes(bytes, start, start + length, key, prefix.length - skip);
  return key;
}

/** For the few bytes of a key, a loop beats a call into native code. */
export function copyBytes(from: Uint8Array, start: number, end: number, to: Uint8Array, at: number): void {
  for (let index = start; index < end; index += 1) to[at++] = from[index]!;
}

export function compareBytes(left: Uint8Array, right: Uint8Array): number {
  const length = Math.min(left.length, right.length);
  for (let index = 0; index < length; index += 1) {
    const difference = left[index]! - right[index]!;
    if (difference !== 0) return difference;
  }
  return left.length - right.length;
}

export function commonLength(left: Uint8Array, right: Uint8Array): number {
  const length = Math.min(left.length, right.length);
  let index = 0;
  while (index < length && left[index] === right[index]) index += 1;
  return index;
}

function compareSuffix(block: Block, index: number, key: Uint8Array, from: number): number {
  const { bytes } = block;
  const at = block.offsets[index]!;
  const length = (bytes[at]! << 8) | bytes[at + 1]!;
  const start = at + entryHeadBytes;
  const rest = key.length - from;
  const shared = Math.min(length, rest);
  for (let offset = 0; offset < shared; offset += 1) {
    const difference = bytes[start + offset]! - key[from + offset]!;
    if (difference !== 0) return difference;
  }
  return length - rest;
}

/** Index of the first entry whose key is not below `key`; `count` when there is none. */
export function lowerBound(block: Block, key: Uint8Array): number {
  const { prefix } = block;
  for (let index = 0; index < prefix.length; index += 1) {
    if (index === key.length) return 0;
    const difference = key[index]! - prefix[index]!;
    if (difference !== 0) return difference < 0 ? 0 : block.count;
  }
  let low = 0;
  let high = block.count;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (compareSuffix(block, middle, key, prefix.length) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

/**
 * As `lowerBound`, faster when the answer is little behind `from`: steps that double, then the search between the last two
 * (exponential search, Bentley and Yao, Inf. Process. Lett. 5, 1976).
 */
export function lowerBoundNear(block: Block, key: Uint8Array, from: number): number {
  const { prefix, count } = block;
  const end = prefix.length;
  if (from >= count || key.length < end) return lowerBound(block, key);
  for (let index = 0; index < end; index += 1)
    if (key[index] !== prefix[index]) return lowerBound(block, key);
  if (from > 0 && compareSuffix(block, from - 1, key, end) >= 0) return lowerBound(block, key);
  let low = from;
  let high = from;
  for (let step = 1; high < count && compareSuffix(block, high, key, end) < 0; step *= 2) {
    low = high + 1;
    high += step;
  }
  high = Math.min(high, count);
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (compareSuffix(block, middle, key, end) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Whether the entry (found by `lowerBound`) has exactly this key. */
export function hasKey(block: Block, index: number, key: Uint8Array): boolean {
  if (index >= block.count) return false;
  const { prefix } = block;
  if (key.length < prefix.length) return false;
  for (let at = 0; at < prefix.length; at += 1) if (key[at] !== prefix[at]) return false;
  return compareSuffix(block, index, key, prefix.length) === 0;
}
