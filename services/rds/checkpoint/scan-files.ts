/** Walks through a data directory while its server runs: what vanishes meanwhile is not there. */
import { type BigIntStats, constants, type Dirent, lstatSync } from 'node:fs';
import { type FileHandle, open, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { belongs, contentFolders, filesThatBelong, tablespaceFolder, topFiles } from './data-files.ts';
import { CheckpointError } from './errors.ts';
import { Slices } from './slices.ts';

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
  const slices = new Slices();
  yield found(dataDir, [...topFiles], slices);
  for (const folder of contentFolders) yield* scanFolder(dataDir, folder, slices);
}

async function* scanFolder(dataDir: string, folder: string, slices: Slices): AsyncGenerator<FoundFile[]> {
  const entries = await entriesOf(dataDir, folder);
  const link = entries.find((entry) => entry.isSymbolicLink());
  if (link !== undefined)
    throw new CheckpointError('not-supported', `${folder}/${link.name} is a link, which cannot be kept`);
  const names = entries.filter((entry) => entry.isFile()).map(({ name }) => name);
  const paths = filesThatBelong(folder, names.sort()).map((name) => `${folder}/${name}`);
  if (paths.length > 0) yield found(dataDir, paths, slices);
  const folders = entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
  for (const name of folders.filter(belongs).sort()) yield* scanFolder(dataDir, `${folder}/${name}`, slices);
}

async function entriesOf(dataDir: string, folder: string): Promise<Dirent[]> {
  return (await unlessGone(readdir(join(dataDir, folder), { withFileTypes: true }))) ?? [];
}

/** Asked for one by one: a promise for each would take ten times as long as the answers, which the kernel has in memory. */
async function found(dataDir: string, paths: readonly string[], slices: Slices): Promise<FoundFile[]> {
  const files: FoundFile[] = [];
  for (const path of paths) {
    if (slices.isOver) await slices.rest();
    const stats = lstatSync(join(dataDir, path), { bigint: true, throwIfNoEntry: false });
    if (stats?.isFile()) files.push({ path, stamp: stampOf(stats) });
  }
  return files;
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
