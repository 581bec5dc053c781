/**
 * Files of a data directory that was given up, to be used again under other names, emptied. Where thousands of files were just
 * removed, ext4 looks at each of their inodes again for every file that is made (it reuses none that went a minute ago), which
 * costs a restore more than its data does.
 */
import { constants } from 'node:fs';
import { type FileHandle, open, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Owner } from './restored-files.ts';

export class SpareFiles {
  private readonly paths: string[];
  private readonly owner: Owner | undefined;

  private constructor(paths: string[], owner: Owner | undefined) {
    this.paths = paths;
    this.owner = owner;
  }

  /** @param folder may be absent; no server works in it */
  static async open(folder: string, owner: Owner | undefined): Promise<SpareFiles> {
    const found = await readdir(folder, { recursive: true, withFileTypes: true }).catch(
      (fault: NodeJS.ErrnoException) => {
        if (fault.code === 'ENOENT') return [];
        throw fault;
      },
    );
    const files = found.filter((entry) => entry.isFile());
    return new SpareFiles(
      files.map(({ parentPath, name }) => join(parentPath, name)),
      owner,
    );
  }

  /** An empty file of the owner's at this path, where nothing is yet. @returns undefined when there is none to be had */
  async take(path: string): Promise<FileHandle | undefined> {
    const spare = this.paths.pop();
    if (spare === undefined) return undefined;
    await rename(spare, path);
    const handle = await open(path, constants.O_RDWR | constants.O_NOFOLLOW).catch(() => undefined);
    if (handle !== undefined) {
      if (await this.isOurs(handle)) {
        await handle.truncate(0);
        return handle;
      }
      await handle.close();
    }
    await rm(path, { recursive: true, force: true });
    return undefined;
  }

  /** Nobody else has it, under any name. */
  private async isOurs(handle: FileHandle): Promise<boolean> {
    const stats = await handle.stat();
    const uid = this.owner?.uid ?? process.getuid?.();
    return stats.isFile() && stats.nlink === 1 && stats.uid === uid && (stats.mode & 0o177) === 0;
  }
}
