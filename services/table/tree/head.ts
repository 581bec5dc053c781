/**
 * The head of the store, and opening a tree from it.
 *
 * head, version 1 (32 B) = version (2) ‖ watermark (6) ‖ next number (6) ‖ first redo block (6) ‖ next redo block (6) ‖
 * directory pages (6)
 */
import { treeLimits } from '../limits.ts';
import { compareBytes } from './block.ts';
import {
  Directory,
  type DirectoryPage,
  decodeDirectoryPage,
  Leaf,
  DirectoryPage as Page,
} from './directory.ts';
import { IndexDamaged } from './errors.ts';
import { RedoLog, readRedo } from './redo.ts';
import { Kind, type SealedPages } from './sealed-pages.ts';

export interface TreeHead {
  watermark: number;
  /** Of the next leaf or directory page. */
  nextNumber: number;
  redoFirst: number;
  redoNext: number;
  directoryPages: number;
}

const version = 1;
const headBytes = 32;
const fields = ['watermark', 'nextNumber', 'redoFirst', 'redoNext', 'directoryPages'] as const;

export function encodeHead(head: TreeHead): Buffer {
  const bytes = Buffer.alloc(headBytes);
  let at = bytes.writeUInt16BE(version, 0);
  for (const field of fields) at = bytes.writeUIntBE(head[field], at, 6);
  return bytes;
}

/** @throws IndexDamaged */
export function decodeHead(bytes: Buffer): TreeHead {
  if (bytes.length !== headBytes || bytes.readUInt16BE(0) !== version)
    throw new IndexDamaged('the head has an unknown format');
  const head: TreeHead = { watermark: 0, nextNumber: 0, redoFirst: 0, redoNext: 0, directoryPages: 0 };
  for (const [index, field] of fields.entries()) head[field] = bytes.readUIntBE(2 + 6 * index, 6);
  return head;
}

export interface LoadedTree {
  readonly head: TreeHead;
  readonly directory: Directory;
  readonly redo: RedoLog;
  readonly replay: Iterable<{ readonly number: number; readonly changes: ReturnType<typeof readRedo> }>;
}

/** @throws IndexDamaged */
export async function loadTree(pages: SealedPages, redoBlockBytes: number): Promise<LoadedTree> {
  const stored = pages.find(Kind.head, 0);
  const head: TreeHead =
    stored === undefined
      ? { watermark: 0, nextNumber: 1, redoFirst: 1, redoNext: 1, directoryPages: 0 }
      : decodeHead(stored);
  const newNumber = () => head.nextNumber++;
  const directoryPages = await loadDirectory(pages, head, newNumber);
  const directory = new Directory(directoryPages, treeLimits.directoryLeavesMax, newNumber);
  if (stored === undefined) directory.dirty.add(directoryPages[0]!);
  const redo = new RedoLog(head.redoFirst, head.redoNext, redoBlockBytes);
  const replay: { number: number; changes: ReturnType<typeof readRedo> }[] = [];
  for (let number = head.redoFirst; number < head.redoNext; number += 1) {
    const bytes = pages.get(Kind.redo, number);
    redo.restored(number, bytes.length);
    replay.push({ number, changes: readRedo(bytes) });
  }
  return { head, directory, redo, replay };
}

async function loadDirectory(
  pages: SealedPages,
  head: TreeHead,
  newNumber: () => number,
): Promise<DirectoryPage[]> {
  const loaded: DirectoryPage[] = [];
  for await (const { number, plaintext } of pages.all(Kind.directory))
    loaded.push(decodeDirectoryPage(number, plaintext));
  if (loaded.length !== head.directoryPages) throw new IndexDamaged('directory pages are missing');
  if (loaded.length === 0) return [new Page(newNumber(), [new Leaf(newNumber(), Buffer.alloc(0), false)])];
  loaded.sort((left, right) => compareBytes(left.leaves[0]!.lower, right.leaves[0]!.lower));
  let before: Leaf | undefined;
  for (const { leaves } of loaded) {
    for (const leaf of leaves) {
      const inOrder =
        before === undefined ? leaf.lower.length === 0 : compareBytes(before.lower, leaf.lower) < 0;
      if (!inOrder) throw new IndexDamaged('the directory is not in order');
      before = leaf;
    }
  }
  return loaded;
}
