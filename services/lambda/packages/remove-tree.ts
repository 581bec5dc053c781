/**
 * Removes an unpacked folder, some files at a time, so that others have their turn. Its folders may not be written by anybody, which only
 * root may ignore.
 */
import { chmod, readdir, rmdir, unlink } from 'node:fs/promises';
import { join } from 'node:path';

const atOnce = 32;

/** @param path a folder, or a file; what is not there, or goes meanwhile, is gone */
export async function removeTree(path: string): Promise<void> {
  const isFile = await unlinked(path);
  if (!isFile) await unlessGone(removeFolder(path));
}

async function removeFolder(folder: string): Promise<void> {
  if (process.getuid?.() !== 0) await chmod(folder, 0o700);
  const entries = await readdir(folder, { withFileTypes: true });
  const files = entries.filter((entry) => !entry.isDirectory());
  for (let at = 0; at < files.length; at += atOnce)
    await Promise.all(files.slice(at, at + atOnce).map(({ name }) => unlinked(join(folder, name))));
  for (const entry of entries)
    if (entry.isDirectory()) await unlessGone(removeFolder(join(folder, entry.name)));
  await rmdir(folder);
}

/** @returns false for a folder */
async function unlinked(path: string): Promise<boolean> {
  try {
    await unlessGone(unlink(path));
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    // Linux says the first of folders, POSIX the second.
    if (code === 'EISDIR' || code === 'EPERM') return false;
    throw error;
  }
}

async function unlessGone(removal: Promise<void>): Promise<void> {
  try {
    await removal;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
}
