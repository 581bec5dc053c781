/**
 * Makes LevelDB recover a prefix of its batches. After a power cut, unsynced parts of its write-ahead files may be
 * missing anywhere; LevelDB skips what is torn and goes on with later batches, so that a state with a hole would come
 * back. Here the files are cut at the first torn record or gap in the sequence numbers, before LevelDB sees them. What
 * comes after a gap was never synced (a sync covers all files), and the owner replays it from its log. Files without a
 * gap are not touched; a manifest that is not understood is left to LevelDB.
 */
import * as fs from 'node:fs/promises';
import { join } from 'node:path';
import { codeOf } from '../errors.ts';
import { type ManifestState, readBatchHead, readManifest, readRecords } from './level-files.ts';

async function readIfThere(path: string): Promise<Buffer | undefined> {
  try {
    return await fs.readFile(path);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

async function manifestState(location: string): Promise<ManifestState | undefined> {
  const current = (await readIfThere(join(location, 'CURRENT')))?.toString('latin1').trim();
  if (current === undefined || !/^MANIFEST-\d+$/.test(current)) return undefined;
  const manifest = await readIfThere(join(location, current));
  if (manifest === undefined) return undefined;
  try {
    return readManifest(manifest);
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

/** Write-ahead files that LevelDB would replay, in its order. */
async function liveFiles(location: string, state: ManifestState): Promise<string[]> {
  const numbered = (await fs.readdir(location))
    .map((name) => ({ name, number: Number(/^(\d+)\.log$/.exec(name)?.[1] ?? Number.NaN) }))
    .filter(({ number }) => number >= state.logNumber || number === state.previousLogNumber)
    .sort((a, b) => a.number - b.number);
  return numbered.map(({ name }) => join(location, name));
}

interface Followed {
  /** Where the file's last good record ends. */
  readonly end: number;
  /** Sequence number expected next. */
  readonly next: number;
}

/** @param next Expected sequence number; in the first file a smaller one is in order, its batches are in tables too. */
function followFile(file: Buffer, next: number, first: boolean): Followed {
  let expected = next;
  let end = 0;
  let anySmaller = first;
  for (const record of readRecords(file)) {
    const head = readBatchHead(record.data);
    if (head === undefined || head.sequence > expected) break;
    if (head.sequence < expected && !anySmaller) break;
    anySmaller = false;
    expected = head.sequence + head.count;
    end = record.end;
  }
  return { end, next: expected };
}

async function truncate(path: string, length: number): Promise<void> {
  const handle = await fs.open(path, 'r+');
  try {
    await handle.truncate(length);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** @returns bytes cut off, 0 when all was in order. Call only while nobody has the database open. */
export async function repairWriteAhead(location: string): Promise<number> {
  const state = await manifestState(location);
  if (state === undefined) return 0;
  let cut = 0;
  let next = state.lastSequence + 1;
  let first = true;
  let gap = false;
  for (const path of await liveFiles(location, state)) {
    const file = await fs.readFile(path);
    const followed = gap ? { end: 0, next } : followFile(file, next, first);
    if (followed.end < file.length) {
      await truncate(path, followed.end);
      cut += file.length - followed.end;
      gap = true;
    }
    if (followed.end > 0) first = false;
    next = followed.next;
  }
  return cut;
}
