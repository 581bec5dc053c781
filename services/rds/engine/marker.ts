/**
 * The boot marker: a file beside the data directory which says that the last end was clean, and what was certified then. It is
 * written after everything else and removed before a server starts, both synced to the disk with their folder: so an unclean end
 * never leaves one.
 */
import { open, readFile, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Lsn, Timeline } from '../model/lsn.ts';
import { removeRunFolders } from './folders.ts';
import { markerBytesMax } from './limits.ts';

export interface BootMarker {
  /** Of the gateway's process that wrote it. */
  readonly bootId: string;
  /** Of the lease. */
  readonly term: number;
  readonly timeline: Timeline;
  /** Certified end of the write-ahead log. */
  readonly lsn: Lsn;
}

/** Name of the file that stands beside this data directory. */
export function markerPath(dataDir: string): string {
  return join(dirname(dataDir), 'clean.json');
}

export async function writeMarker(path: string, marker: BootMarker): Promise<void> {
  const temporary = `${path}.new`;
  const { bootId, term, timeline, lsn } = marker;
  const file = await open(temporary, 'w', 0o600);
  try {
    await file.writeFile(JSON.stringify({ bootId, term, timeline, lsn }));
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(temporary, path);
  await syncFolder(dirname(path));
}

/** @returns undefined when there is none, or one that is not whole */
export async function readMarker(path: string): Promise<BootMarker | undefined> {
  const size = await stat(path).then(
    (stats) => stats.size,
    (fault: NodeJS.ErrnoException) => {
      if (fault.code === 'ENOENT') return undefined;
      throw fault;
    },
  );
  if (size === undefined || size > markerBytesMax) return undefined;
  return parse(await readFile(path, 'utf8'));
}

function parse(text: string): BootMarker | undefined {
  let read: unknown;
  try {
    read = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof read !== 'object' || read === null) return undefined;
  const { bootId, term, timeline, lsn } = read as Partial<Record<keyof BootMarker, unknown>>;
  const isWhole = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;
  if (typeof bootId !== 'string' || !isWhole(term) || !isWhole(timeline) || !isWhole(lsn)) return undefined;
  return { bootId, term, timeline, lsn };
}

/** Before every start of a server. When it returns, no crash brings the marker back. */
export async function removeMarker(path: string): Promise<void> {
  await rm(path, { force: true });
  await rm(`${path}.new`, { force: true });
  await syncFolder(dirname(path));
}

/** Where a data directory is that was given up, until another was made of its files. */
export function spareFolder(dataDir: string): string {
  return `${dataDir}.spare`;
}

/** Gives a data directory up, but not its files: another one is about to be made. No server may run on it. */
export async function setAside(dataDir: string): Promise<void> {
  await removeMarker(markerPath(dataDir));
  removeRunFolders(dataDir);
  await rm(spareFolder(dataDir), { recursive: true, force: true });
  await rename(dataDir, spareFolder(dataDir)).catch((fault: NodeJS.ErrnoException) => {
    if (fault.code !== 'ENOENT') throw fault;
  });
}

/** Gives a data directory up. No server may run on it. */
export async function wipe(dataDir: string): Promise<void> {
  await removeMarker(markerPath(dataDir));
  removeRunFolders(dataDir);
  await rm(dataDir, { recursive: true, force: true });
  await rm(spareFolder(dataDir), { recursive: true, force: true });
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
