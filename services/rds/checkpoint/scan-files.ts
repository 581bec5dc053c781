/** Walks through a data directory while its server runs: what vanishes meanwhile is not there. */
import { type BigIntStats, constants, type Dirent } from 'node:fs';
import { type FileHandle, lstat, open, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { belongs, contentFolders, filesThatBelong, tablespaceFolder, topFiles } from './data-files.ts';
import { CheckpointError } from './errors.ts';
import { checkpointLimits } from './limits.ts';
import { forEachOf } from './slices.ts';

export interface FoundFile {
  /** From the data directory on, with `/`. */
  readonly path: string;
  /** See `stampOf`. */
  readonly stamp: string;
}

/** What a write to a file changes: equal stamps of two moments mean equal content, if the first is old enough. */
export function stampOf({ ino, size, mtimeNs, ctimeNs }: BigIntStats): string {
  return `${ino}:${size}:${mtimeNs}:${ctimeNs}`;
}

/** Groups of files that belong to a checkpoint. @throws CheckpointError `not-supported` */
export async function* scanFiles(dataDir: string): AsyncGenerator<FoundFile[]> {
  const tablespaces = await entriesOf(dataDir, tablespaceFolder);
  if (tablespaces.length > 0)
    throw new CheckpointError('not-supported', 'a tablespace outside the data directory cannot be kept');
  yield found(dataDir, [...topFiles]);
  for (const folder of contentFolders) yield* scanFolder(dataDir, folder);
}

async function* scanFolder(dataDir: string, folder: string): AsyncGenerator<FoundFile[]> {
  const entries = await entriesOf(dataDir, folder);
  const link = entries.find((entry) => entry.isSymbolicLink());
  if (link !== undefined)
    throw new CheckpointError('not-supported', `${folder}/${link.name} is a link, which cannot be kept`);
  const names = entries.filter((entry) => entry.isFile()).map(({ name }) => name);
  const paths = filesThatBelong(folder, names.sort()).map((name) => `${folder}/${name}`);
  if (paths.length > 0) yield found(dataDir, paths);
  const folders = entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
  for (const name of folders.filter(belongs).sort()) yield* scanFolder(dataDir, `${folder}/${name}`);
}

async function entriesOf(dataDir: string, folder: string): Promise<Dirent[]> {
  return (await unlessGone(readdir(join(dataDir, folder), { withFileTypes: true }))) ?? [];
}

async function found(dataDir: string, paths: readonly string[]): Promise<FoundFile[]> {
  const stamps = new Map<string, string>();
  await forEachOf(paths, checkpointLimits.statsInFlight, async (path) => {
    const stats = await unlessGone(lstat(join(dataDir, path), { bigint: true }));
    if (stats?.isFile()) stamps.set(path, stampOf(stats));
  });
  return paths.flatMap((path) => {
    const stamp = stamps.get(path);
    return stamp === undefined ? [] : [{ path, stamp }];
  });
}

/** A handle for reading; undefined when the file is gone. Links are not followed. */
export function openToRead(path: string): Promise<FileHandle | undefined> {
  return unlessGone(open(path, constants.O_RDONLY | constants.O_NOFOLLOW));
}

/** Relations and databases are dropped while they are looked at. */
async function unlessGone<T>(work: Promise<T>): Promise<T | undefined> {
  try {
    return await work;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
