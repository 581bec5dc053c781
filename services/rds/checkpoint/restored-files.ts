/** Files of a data directory in the making: owned by the server's user, readable by nobody else, holes where nothing was written. */
import { constants } from 'node:fs';
import { chown, type FileHandle, mkdir, open, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { CheckpointError } from './errors.ts';
import type { SpareFiles } from './spare-files.ts';

/** Who the server runs as; undefined: who we are. */
export interface Owner {
  readonly uid: number;
  readonly gid: number;
}

export class RestoredFiles {
  readonly dataDir: string;
  private readonly owner: Owner | undefined;
  private readonly spare: SpareFiles | undefined;
  private readonly made = new Map<string, Promise<void>>();

  constructor(dataDir: string, owner: Owner | undefined, spare?: SpareFiles) {
    this.dataDir = dataDir;
    this.owner = owner;
    this.spare = spare;
  }

  /** The data directory itself, and folders in it, each behind the one it stands in. @throws CheckpointError `not-empty` */
  async makeFolders(folders: readonly string[]): Promise<void> {
    await mkdir(this.dataDir, { recursive: true, mode: 0o700 });
    if ((await readdir(this.dataDir)).length > 0)
      throw new CheckpointError('not-empty', 'the folder to restore into is not empty');
    await this.give(this.dataDir);
    for (const folder of folders) {
      const path = join(this.dataDir, folder);
      await mkdir(path, { mode: 0o700 });
      await this.give(path);
    }
  }

  /** A small file. */
  write(path: string, content: Buffer): Promise<void> {
    return this.make(path, content.length, (handle) => handle.writeFile(content));
  }

  /** A file of this length, of which `fill` writes what is not zero; the first to come makes the file. */
  async make(path: string, size: number, fill: (handle: FileHandle) => Promise<void>): Promise<void> {
    const maker = this.made.get(path);
    if (maker !== undefined) {
      await maker;
      await closing(await open(join(this.dataDir, path), constants.O_RDWR), fill);
      return;
    }
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    promise.catch(() => undefined);
    this.made.set(path, promise);
    try {
      await closing(await this.create(join(this.dataDir, path)), async (handle) => {
        if (size > 0) await handle.truncate(size);
        resolve();
        await fill(handle);
      });
    } catch (error) {
      reject(error);
      throw error;
    }
  }

  has(path: string): boolean {
    return this.made.has(path);
  }

  private async create(path: string): Promise<FileHandle> {
    const spare = await this.spare?.take(path);
    if (spare !== undefined) return spare;
    const handle = await open(path, constants.O_RDWR | constants.O_CREAT | constants.O_EXCL, 0o600);
    if (this.owner !== undefined) await handle.chown(this.owner.uid, this.owner.gid);
    return handle;
  }

  private async give(path: string): Promise<void> {
    if (this.owner !== undefined) await chown(path, this.owner.uid, this.owner.gid);
  }
}

async function closing(handle: FileHandle, work: (handle: FileHandle) => Promise<void>): Promise<void> {
  try {
    await work(handle);
  } finally {
    await handle.close();
  }
}
