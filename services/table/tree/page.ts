/**
 * A leaf's page: entries in key order under a common prefix, immutable once made.
 *
 * page, version 1 = prefix length (2) ‖ entry count (4) ‖ prefix ‖ entries, one after another
 */
import {
  type Block,
  commonLength,
  copyBytes,
  entryBytes,
  entryHeadBytes,
  keyAt,
  suffixLength,
} from './block.ts';
import { IndexDamaged } from './errors.ts';

const headBytes = 6;

/** Offsets have one more element: the end of the last entry. */
export interface Page extends Block {
  readonly offsets: Uint32Array;
}

export const emptyPage: Page = {
  bytes: Buffer.alloc(headBytes),
  prefix: Buffer.alloc(0),
  offsets: Uint32Array.of(headBytes),
  count: 0,
};

/** What a page costs in memory. */
export function pageMemory(page: Page): number {
  return page.bytes.length + page.offsets.byteLength;
}

/** @throws IndexDamaged when lengths do not add up */
export function decodePage(bytes: Buffer): Page {
  if (bytes.length < headBytes) throw new IndexDamaged('a page is too short');
  const prefixEnd = headBytes + bytes.readUInt16BE(0);
  const count = bytes.readUInt32BE(2);
  if (prefixEnd + count * entryHeadBytes > bytes.length) throw new IndexDamaged('a page is too short');
  const offsets = new Uint32Array(count + 1);
  let at = prefixEnd;
  for (let index = 0; index < count; index += 1) {
    offsets[index] = at;
    if (at + entryHeadBytes > bytes.length) throw new IndexDamaged('an entry passes the end of its page');
    at += entryHeadBytes + ((bytes[at]! << 8) | bytes[at + 1]!) + ((bytes[at + 2]! << 8) | bytes[at + 3]!);
  }
  if (at !== bytes.length) throw new IndexDamaged('the entries do not fill their page');
  offsets[count] = at;
  return { bytes, prefix: bytes.subarray(headBytes, prefixEnd), offsets, count };
}

/** Entries `from` to `to` (exclusive) of a block. */
export interface Run {
  readonly block: Block;
  readonly from: number;
  readonly to: number;
}

/** @param runs not empty, in key order, without deleted entries */
export function encodePage(runs: readonly Run[]): Page {
  const first = runs[0]!;
  const last = runs[runs.length - 1]!;
  const firstKey = keyAt(first.block, first.from);
  const lastKey = keyAt(last.block, last.to - 1);
  const shared = Math.min(commonLength(firstKey, lastKey), 0xffff);
  let size = headBytes + shared;
  let count = 0;
  for (const { block, from, to } of runs) {
    count += to - from;
    const difference = block.prefix.length - shared;
    for (let index = from; index < to; index += 1) size += entryBytes(block, index) + difference;
  }
  const bytes = Buffer.allocUnsafeSlow(size);
  const offsets = new Uint32Array(count + 1);
  bytes.writeUInt16BE(shared, 0);
  bytes.writeUInt32BE(count, 2);
  let at = headBytes;
  copyBytes(firstKey, 0, shared, bytes, at);
  at += shared;
  let entry = 0;
  for (const run of runs) {
    const samePage = run.block.prefix.length === shared && run.block.offsets instanceof Uint32Array;
    at = samePage
      ? copyRun(run, bytes, at, offsets, entry)
      : copyEntries(run, shared, bytes, at, offsets, entry);
    entry += run.to - run.from;
  }
  offsets[count] = at;
  return { bytes, prefix: bytes.subarray(headBytes, headBytes + shared), offsets, count };
}

/** Entries of a page with the same prefix stand one after another: one copy. */
function copyRun(
  { block, from, to }: Run,
  bytes: Buffer,
  at: number,
  offsets: Uint32Array,
  entry: number,
): number {
  const start = block.offsets[from]!;
  const end = block.offsets[to]!;
  block.bytes.copy(bytes, at, start, end);
  for (let index = from; index < to; index += 1) offsets[entry++] = block.offsets[index]! - start + at;
  return at + end - start;
}

function copyEntries(
  { block, from, to }: Run,
  shared: number,
  bytes: Buffer,
  start: number,
  offsets: Uint32Array,
  entry: number,
): number {
  const { prefix } = block;
  let at = start;
  for (let index = from; index < to; index += 1) {
    const source = block.offsets[index]! + entryHeadBytes;
    const suffix = suffixLength(block, index);
    const end = source - entryHeadBytes + entryBytes(block, index);
    const length = prefix.length + suffix - shared;
    offsets[entry++] = at;
    bytes[at] = length >>> 8;
    bytes[at + 1] = length & 0xff;
    bytes[at + 2] = block.bytes[source - 2]!;
    bytes[at + 3] = block.bytes[source - 1]!;
    at += entryHeadBytes;
    if (shared < prefix.length) {
      copyBytes(prefix, shared, prefix.length, bytes, at);
      at += prefix.length - shared;
    }
    const from = source + Math.max(0, shared - prefix.length);
    block.bytes.copy(bytes, at, from, end);
    at += end - from;
  }
  return at;
}
