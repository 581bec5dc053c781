/**
 * Finds chunk files and what they hold. The key-value store may have lost its newest location entries with a power cut;
 * the log records that name those chunks are there. So each file is read from the offset up to which its frames were
 * settled at the last checkpoint, frame by frame, and missing entries are written again. Whether a chunk found here is
 * named is known only after the log was replayed.
 */
import type { Disk } from '../disk.ts';
import {
  type ChunkFileRecord,
  chunkFileHeaderBytes,
  chunkFileSalt,
  decodeChunkFileHeader,
  decodeFileRecord,
  type Frame,
  fileRecordRange,
  frameBytes,
  numberOfFileRecordKey,
} from '../format/v1.ts';
import type { KeyValueStore } from '../kv.ts';
import { ChunkFile, numberOfChunkFileName } from './chunk-file.ts';
import { beforeStart, type ChunkIndex } from './chunk-index.ts';
import { isWhole, walkFrames } from './frames.ts';

async function readRecords(kv: KeyValueStore): Promise<Map<number, ChunkFileRecord>> {
  const records = new Map<number, ChunkFileRecord>();
  for await (const [key, value] of kv.entries(fileRecordRange)) {
    records.set(numberOfFileRecordKey(key), decodeFileRecord(value));
  }
  return records;
}

async function openFile(path: string, number: number, disk: Disk): Promise<ChunkFile> {
  const handle = await disk.open(path, 'read');
  try {
    const header = decodeChunkFileHeader(await handle.read(0, chunkFileHeaderBytes));
    const salt = header?.number === number ? chunkFileSalt(header) : undefined;
    return new ChunkFile({ number, path, salt }, disk, true);
  } finally {
    await handle.close();
  }
}

/** Frames behind the settled part of a file. Sets where it ends and whether it may be written again. */
async function findFrames(file: ChunkFile, record: ChunkFileRecord | undefined): Promise<Frame[]> {
  file.settledStored = record?.settled ?? chunkFileHeaderBytes;
  file.locatedBytes = record?.liveBytes ?? 0;
  file.sealed = record?.sealed ?? false;
  file.end = file.settledStored;
  const frames: Frame[] = [];
  const known = record?.end ?? chunkFileHeaderBytes;
  if (file.salt !== undefined) {
    const handle = await file.acquire();
    try {
      for await (const frame of walkFrames(handle, file.salt, file.settledStored)) {
        frames.push(frame);
        file.end = frame.offset + frameBytes(frame.length);
      }
      // Frames may stand in memory only, after a kill; a transaction that names them must find them synced.
      if (frames.length > 0) await handle.datasync();
      // Behind the last whole frame stands what the next frame would be written over.
      if (!file.sealed && file.end >= known && (await handle.size()) > file.end)
        await handle.truncate(file.end);
    } finally {
      await file.shared.release();
    }
  }
  if (file.end < known || file.salt === undefined) {
    // Synced frames are damaged, or the file's header is: what can be read stays, nothing is written over it.
    file.damaged = true;
    file.sealed = true;
    file.end = Math.max(file.end, known);
  }
  file.syncedEnd = file.end;
  return frames;
}

/**
 * Takes note of a frame that is not settled, unless another whole copy of its chunk is in place. A location may be that of
 * an unnamed, perhaps torn copy of before: the store can lose its removal together with the location of a newer copy.
 */
async function restore(index: ChunkIndex, file: ChunkFile, frame: Frame): Promise<void> {
  const { hash, length, offset } = frame;
  const stored = index.stored(hash);
  const here = stored?.file === file.number && stored.offset === offset;
  const place = here || stored === undefined ? undefined : index.files.get(stored.file);
  if (place !== undefined && stored?.length === length) {
    if (await isWhole({ hash, file: place, offset: stored.offset, length })) return;
    place.locatedBytes -= frameBytes(length);
    place.recordChanged = true;
  }
  const other = index.entry(hash);
  if (other !== undefined) {
    if (other.located || (await isWhole(other))) return;
    index.forget(other);
  }
  index.add({ hash, length, file, offset, state: 'restored', since: beforeStart, located: here, holders: 0 });
  file.unsettled.add(offset);
  if (!here) file.stagedBytes += frameBytes(length);
}

export interface RecoveredChunks {
  /** Files that take further frames. */
  readonly writable: readonly ChunkFile[];
  /** Files in which nothing can ever have been synced. */
  readonly empty: readonly ChunkFile[];
  readonly nextNumber: number;
}

/** Fills the index with what the folder holds. */
export async function recoverChunks(
  folder: string,
  modules: { readonly disk: Disk; readonly kv: KeyValueStore; readonly index: ChunkIndex },
): Promise<RecoveredChunks> {
  const { disk, kv, index } = modules;
  const records = await readRecords(kv);
  const found: { readonly file: ChunkFile; readonly frames: Frame[] }[] = [];
  const empty: ChunkFile[] = [];
  for (const name of await disk.list(folder)) {
    const number = numberOfChunkFileName(name);
    if (number === undefined) continue;
    const file = await openFile(`${folder}/${name}`, number, disk);
    const record = records.get(number);
    if (file.salt === undefined && record === undefined) {
      empty.push(file);
      continue;
    }
    index.files.set(number, file);
    found.push({ file, frames: await findFrames(file, record) });
  }
  for (const { file, frames } of found) {
    for (const frame of frames) await restore(index, file, frame);
  }
  // Names of files may be newer than the last sync of their folder: the same rule as for their content.
  await disk.syncFolder(folder);
  await index.locate([...index.entries()]);
  const numbers = [...records.keys(), ...index.files.keys(), ...empty.map((file) => file.number), 0];
  const nextNumber = numbers.reduce((a, b) => Math.max(a, b)) + 1;
  const writable = [...index.files.values()].filter((file) => !file.sealed);
  return { writable, empty, nextNumber };
}
