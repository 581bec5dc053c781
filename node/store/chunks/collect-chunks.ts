/**
 * Garbage collection of chunk files. Order of a compaction, and what a crash in between leaves:
 *
 *   1. live frames are copied to another file, hashes checked, file and folder synced   (crash: garbage copies)
 *   2. one synced key-value batch moves the locations and forgets the old file           (crash: an old file of garbage)
 *   3. readers of the old file finish, then it is unlinked
 *
 * Before a file is unlinked its frames are walked and compared with the locations: the counts only say where to look.
 */
import { NodeError } from '../../api/index.ts';
import type { Disk } from '../disk.ts';
import { isNoSpace } from '../errors.ts';
import {
  chunkFileHeaderBytes,
  encodeLocation,
  type Frame,
  fileRecordKey,
  frameBytes,
  frameHeaderBytes,
  hashOfLocationKey,
  locationKey,
  locationRange,
} from '../format/v1.ts';
import type { KeyValueStore, KvOperation } from '../kv.ts';
import { storeLimits } from '../limits.ts';
import type { ChunkFile } from './chunk-file.ts';
import { beforeStart, type ChunkEntry, type ChunkIndex, putRecord } from './chunk-index.ts';
import { hashBytes, writeHashedFrame } from './frame-writer.ts';
import { walkFrames } from './frames.ts';
import type { WriterPool } from './writer-pool.ts';

export interface CollectModules {
  readonly disk: Disk;
  readonly kv: KeyValueStore;
  readonly index: ChunkIndex;
  readonly pool: WriterPool;
  readonly isNamed: (hash: Uint8Array) => boolean;
  readonly syncNames: () => Promise<void>;
  /** Closes the handle kept for readers to come. */
  readonly letGo: (file: ChunkFile) => Promise<void>;
  readonly signal: AbortSignal;
  /** Awaited while much is copied. */
  readonly pause: () => Promise<void>;
  /** Files that this collection has looked at: each is emptied, or left alone until the next. */
  readonly tried: Set<ChunkFile>;
}

interface Copy {
  readonly frame: Frame;
  readonly target: ChunkFile;
  readonly offset: number;
}

/**
 * Forgets chunks that are due and not named, each decided in one turn of the event loop, and takes their location entries
 * away. Returns whether there may be more: one call looks at `collectEntriesMax` due chunks.
 */
export async function removeUnnamed(
  modules: CollectModules,
  isDue: (entry: ChunkEntry) => boolean,
): Promise<boolean> {
  const { index, isNamed } = modules;
  const removable: ChunkEntry[] = [];
  let due = 0;
  for (const entry of index.entries()) {
    if (!isDue(entry)) continue;
    if (due === storeLimits.collectEntriesMax) break;
    due += 1;
    if (!entry.located) index.forget(entry);
    else if (isNamed(entry.hash)) index.named(entry.hash);
    else removable.push(entry);
  }
  index.hide(removable);
  await index.deleteHidden();
  return due === storeLimits.collectEntriesMax;
}

/**
 * Compares a stretch of location entries with the state, from a key on: a crash may have come between the state's drop of
 * a chunk and its removal here. A chunk that this process staged, named or dropped has an entry, or is named; what has
 * neither is from before, and due at once. Returns the key to go on from, undefined at the end.
 */
export async function sweep(modules: CollectModules, from: Uint8Array): Promise<Uint8Array | undefined> {
  let seen = 0;
  const range = { gt: from, lt: locationRange.lt, limit: storeLimits.sweepEntriesMax };
  let last: Uint8Array | undefined;
  const dangling: KvOperation[] = [];
  for await (const [key] of modules.kv.entries(range)) {
    seen += 1;
    last = key;
    const hash = hashOfLocationKey(key);
    const { index } = modules;
    // What is hidden goes with its counts, by `deleteHidden`.
    if (index.entry(hash) !== undefined || index.isHidden(hash) || modules.isNamed(hash)) continue;
    modules.index.dropped(hash, beforeStart);
    if (modules.index.entry(hash) === undefined) dangling.push({ type: 'del', key });
  }
  if (dangling.length > 0) await modules.index.write(dangling, false);
  return seen < storeLimits.sweepEntriesMax ? undefined : last;
}

/** Frames of a file whose locations lead to them; undefined when a damaged frame hides those behind it. */
async function findLive(file: ChunkFile, index: ChunkIndex): Promise<Frame[] | undefined> {
  if (file.salt === undefined) return undefined;
  const live: Frame[] = [];
  let end = chunkFileHeaderBytes;
  const handle = await file.acquire();
  try {
    for await (const frame of walkFrames(handle, file.salt, chunkFileHeaderBytes)) {
      if (frame.offset >= file.end) break;
      const place = index.place(frame);
      if (place?.file === file && place.offset === frame.offset) live.push(frame);
      end = frame.offset + frameBytes(frame.length);
    }
  } finally {
    await file.shared.release();
  }
  return end >= file.end ? live : undefined;
}

/** Copies frames into files of the pool. @throws NodeError `corrupt` when content is not what its hash says */
async function copyFrames(
  file: ChunkFile,
  frames: readonly Frame[],
  modules: CollectModules,
): Promise<Copy[]> {
  const copies: Copy[] = [];
  let sincePause = 0;
  const source = await file.acquire();
  try {
    for (const frame of frames) {
      if (sincePause >= storeLimits.collectCopyBytes) {
        sincePause = 0;
        await modules.pause();
      }
      if (modules.signal.aborted) throw new NodeError('aborted', 'the collection was given up');
      sincePause += frame.length;
      const content = await source.read(frame.offset + frameHeaderBytes, frame.length);
      if (!(await hashBytes(content)).equals(frame.hash)) {
        throw new NodeError('corrupt', `${file.path} at byte ${frame.offset}: a chunk is damaged`);
      }
      const target = await modules.pool.take(modules.signal);
      try {
        const handle = await target.acquire();
        try {
          const { offset } = await writeHashedFrame(target, handle, content, frame.hash);
          target.end += frameBytes(frame.length);
          copies.push({ frame, target, offset });
        } finally {
          await target.shared.release();
        }
      } finally {
        await modules.pool.give(target);
      }
    }
  } finally {
    await file.shared.release();
  }
  return copies;
}

/** Moves the locations of copied frames, unless something happened to a chunk meanwhile, and forgets the old file. */
async function repoint(file: ChunkFile, copies: readonly Copy[], index: ChunkIndex): Promise<void> {
  const operations: KvOperation[] = [];
  const targets = new Set<ChunkFile>();
  for (const { frame, target, offset } of copies) {
    const place = index.place(frame);
    if (place?.file !== file || place.offset !== frame.offset) continue;
    const bytes = frameBytes(frame.length);
    const entry = index.entry(frame.hash);
    if (entry !== undefined) {
      entry.file = target;
      entry.offset = offset;
      if (entry.state === 'dropped') target.droppedBytes += bytes;
    }
    target.locatedBytes += bytes;
    targets.add(target);
    const value = encodeLocation({ file: target.number, offset, length: frame.length });
    operations.push({ type: 'put', key: locationKey(frame.hash), value });
  }
  operations.push(...[...targets].map(putRecord), { type: 'del', key: fileRecordKey(file.number) });
  await index.write(operations, true);
}

/** A file that a collection may take away now. */
function isCandidate(file: ChunkFile): boolean {
  if (file.damaged || file.stagedBytes > 0 || file.unsettled.size > 0) return false;
  const bytes = file.end - chunkFileHeaderBytes;
  // Also one that never held anything: its writers failed, and it holds a handle.
  if (file.heldBytes === 0) return true;
  // A file still being filled too, once it is worth it: 64 of them could otherwise hold 16 GiB of garbage.
  return (file.sealed || bytes >= storeLimits.compactionBytesMin) && file.heldBytes * 2 < bytes;
}

async function unlink(file: ChunkFile, modules: CollectModules): Promise<void> {
  file.retired = true;
  modules.index.files.delete(file.number);
  await modules.letGo(file);
  await file.shared.whenUnused();
  await modules.disk.remove(file.path);
}

/** Empties one file and unlinks it, unless too much of it is live or it cannot be read through. Returns bytes given back. */
async function clear(file: ChunkFile, modules: CollectModules): Promise<number> {
  const { index } = modules;
  const live = await findLive(file, index);
  if (live === undefined) {
    file.damaged = true;
    return 0;
  }
  const liveBytes = live.reduce((sum, frame) => sum + frameBytes(frame.length), 0);
  file.locatedBytes = liveBytes;
  if (liveBytes > 0 && liveBytes * 2 >= file.end - chunkFileHeaderBytes) return 0;
  const copies = await copyFrames(file, live, modules);
  for (const target of new Set(copies.map((copy) => copy.target))) await target.syncUpTo(target.end);
  await modules.syncNames();
  await repoint(file, copies, index);
  await unlink(file, modules);
  return file.end - liveBytes;
}

/**
 * Empties and unlinks the file that is worth it most. Returns the bytes given back, undefined when no file is worth it or
 * the disk is too full to copy: what was given back stays given back.
 */
export async function compactOne(modules: CollectModules, folder: string): Promise<number | undefined> {
  const { tried } = modules;
  const files = [...modules.index.files.values()].filter((one) => isCandidate(one) && !tried.has(one));
  files.sort((a, b) => a.heldBytes - b.heldBytes);
  const file = files.find((one) => one.sealed || modules.pool.withdraw(one));
  if (file === undefined) return undefined;
  tried.add(file);
  await file.letGo();
  try {
    const freedBytes = await clear(file, modules);
    if (freedBytes > 0) await modules.disk.syncFolder(folder);
    return freedBytes;
  } catch (error) {
    const code = error instanceof NodeError ? error.code : undefined;
    if (code === 'corrupt') {
      file.damaged = true;
      return 0;
    }
    if (modules.signal.aborted || isNoSpace(error)) return undefined;
    throw error;
  }
}
